package import Primitives
package import StoreModel

/// Prints a graph as a bill of materials, CycloneDX 1.6 in JSON (ECMA-424): a component a node, the
/// edges as `dependencies`. The same graph gives the same bytes: no time, and a serial number made
/// from the content.
package struct CycloneDXRenderer: Sendable {
    /// What is known about a component from elsewhere than the store.
    package struct Facts: Sendable, Hashable {
        /// The licence, as an SPDX expression.
        package var licence: String?
        /// Where to read about it.
        package var homepage: String?
        /// Who makes it.
        package var supplier: String?
        /// The SHA-512 of a file.
        package var sha512: Digest?

        /// Nothing known.
        package init() {}
    }

    private let storeDirectory: StoreDirectory
    private let facts: [StorePath: Facts]

    /// A renderer for a graph of that store.
    ///
    /// - Parameter facts: what is known about the nodes, by their paths.
    package init(storeDirectory: StoreDirectory, facts: [StorePath: Facts] = [:]) {
        self.storeDirectory = storeDirectory
        self.facts = facts
    }

    /// The JSON value of `graph`.
    package func value(of graph: DependencyGraph) -> JSONValue {
        let roots = graph.roots
        // One thing asked for is what the bill is of; it does not stand among its own parts.
        let subject = roots.count == 1 ? roots[0] : nil
        var metadata: [String: JSONValue] = [
            "tools": .object([
                "components": .array([
                    .object(["type": .string("application"), "name": .string("nodeos-store")])
                ])
            ]),
            "properties": .array([property("relation", graph.relation.rawValue)]),
        ]
        if let subject { metadata["component"] = component(graph.nodes[subject]) }
        let components: [JSONValue] = graph.nodes.indices.filter { $0 != subject }
            .map { component(graph.nodes[$0]) }
        var needs = [[String]](repeating: [], count: graph.nodes.count)
        for edge in graph.edges {
            let (user, used) =
                graph.relation.isReversed ? (edge.to, edge.from) : (edge.from, edge.to)
            needs[user].append(reference(graph.nodes[used]))
        }
        let dependencies: [JSONValue] = graph.nodes.indices.map { index in
            .object([
                "ref": .string(reference(graph.nodes[index])),
                "dependsOn": .strings(Set(needs[index]).sorted()),
            ])
        }
        var document: [String: JSONValue] = [
            "$schema": .string("http://cyclonedx.org/schema/bom-1.6.schema.json"),
            "bomFormat": .string("CycloneDX"),
            "specVersion": .string("1.6"),
            "version": .integer(1),
            "metadata": .object(metadata),
            "components": .array(components),
            "dependencies": .array(dependencies),
        ]
        let content = JSONValue.object(document).text(isPretty: false)
        document["serialNumber"] = .string("urn:uuid:" + Self.identifier(of: content))
        return .object(document)
    }

    private func component(_ node: GraphNode) -> JSONValue {
        var members: [String: JSONValue] = [
            "type": .string(type(node)),
            "bom-ref": .string(reference(node)),
            "name": .string(name(node)),
            "properties": .array(properties(node)),
        ]
        if let version = node.version { members["version"] = .string(version) }
        let facts = facts[node.path] ?? Facts()
        var hashes = hash(node).map { [$0] } ?? []
        if let sha512 = facts.sha512, node.digest?.algorithm != .sha512 {
            hashes.append(
                .object(["alg": .string("SHA-512"), "content": .string(sha512.base16)]))
        }
        if !hashes.isEmpty { members["hashes"] = .array(hashes) }
        if let licence = facts.licence {
            members["licenses"] = .array([.object(["expression": .string(licence)])])
        }
        if let supplier = facts.supplier {
            members["supplier"] = .object(["name": .string(supplier)])
        }
        let references =
            node.urls.map { ("distribution", $0) }
            + (facts.homepage.map { [("website", $0)] } ?? [])
        if !references.isEmpty {
            members["externalReferences"] = .array(
                references.map { type, url in
                    .object([
                        "type": .string(type), "url": .string(escaped(url, "/:+~%?&=#@")),
                    ])
                })
        }
        if let packageURL = packageURL(node) { members["purl"] = .string(packageURL) }
        return .object(members)
    }

    private func type(_ node: GraphNode) -> String {
        switch node.kind {
        case .fetch, .source: "file"
        case .build, .final, .seed, .item: node.isRoot ? "application" : "library"
        case .check, .stage: "application"
        }
    }

    private func reference(_ node: GraphNode) -> String {
        node.identifier == node.path.hashPart
            ? storeDirectory.path(of: node.path) : node.identifier
    }

    /// The name without the version that CycloneDX has a field for.
    private func name(_ node: GraphNode) -> String {
        guard let version = node.version, node.name.hasSuffix("-" + version) else {
            return node.name
        }
        return String(node.name.dropLast(version.count + 1))
    }

    /// The digest of the file itself; CycloneDX has none for trees.
    private func hash(_ node: GraphNode) -> JSONValue? {
        guard let digest = node.digest, node.method == .flat else { return nil }
        let algorithm: String? =
            switch digest.algorithm.rawValue {
            case "md5": "MD5"
            case "sha1": "SHA-1"
            case "sha256": "SHA-256"
            case "sha512": "SHA-512"
            default: nil
            }
        return algorithm.map {
            .object(["alg": .string($0), "content": .string(digest.base16)])
        }
    }

    /// `pkg:generic/name@version?…` (github.com/package-url/purl-spec), qualifiers sorted.
    private func packageURL(_ node: GraphNode) -> String? {
        switch node.kind {
        case .build, .final:
            return node.version.map { version in
                let name = escaped(name(node), "")
                return "pkg:generic/\(name)@\(escaped(version, ""))"
            }
        case .fetch:
            guard let digest = node.digest, node.method == .flat, !node.isFold else { return nil }
            let checksum = "checksum=\(digest.algorithm.rawValue):\(digest.base16)"
            let address = node.urls.first.map { "&download_url=" + escaped($0, "/:") } ?? ""
            return "pkg:generic/\(escaped(node.name, ""))?\(checksum)\(address)"
        case .seed, .check, .source, .item, .stage: return nil
        }
    }

    private func properties(_ node: GraphNode) -> [JSONValue] {
        var properties = [property("kind", node.kind.rawValue)]
        if let stage = node.stage { properties.append(property("stage", stage.name)) }
        if let system = node.system { properties.append(property("system", system)) }
        for output in node.outputs {
            properties.append(property("output", storeDirectory.path(of: output)))
        }
        if let digest = node.digest, node.method == .recursive {
            properties.append(property("narHash", digest.sri))
        }
        if let size = node.size { properties.append(property("narSize", "\(size)")) }
        return properties
    }

    private func property(_ name: String, _ value: String) -> JSONValue {
        .object(["name": .string("nodeos:\(name)"), "value": .string(value)])
    }

    /// `text` with everything but unreserved characters (RFC 3986) and those of `others` in percent
    /// form.
    private func escaped(_ text: String, _ others: String) -> String {
        var out = TextBuffer()
        for byte in text.utf8 {
            let character = UnicodeScalar(byte)
            let isPlain =
                character.properties.isASCIIHexDigit || "-._~".unicodeScalars.contains(character)
                || others.unicodeScalars.contains(character)
                || ("g"..."z").contains(character) || ("G"..."Z").contains(character)
            out.add(isPlain ? String(character) : "%" + Base16.encode([byte]).uppercased())
        }
        return String(decoding: out.bytes, as: UTF8.self)
    }

    /// A UUID of version 8 (RFC 9562) from the SHA-256 of `content`.
    private static func identifier(of content: [UInt8]) -> String {
        var bytes = Array(Digest.hash(content).bytes.prefix(16))
        bytes[6] = bytes[6] & 0x0f | 0x80
        bytes[8] = bytes[8] & 0x3f | 0x80
        let text = Base16.encode(bytes)
        var parts: [Substring] = []
        var rest = text[...]
        for count in [8, 4, 4, 4, 12] {
            parts.append(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
        return parts.joined(separator: "-")
    }
}
