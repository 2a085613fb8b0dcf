import Primitives

/// The binary seeds of one system: what `bootstrap-seeds/<system>.json` says.
package struct SeedManifest: Sendable, Hashable {
    /// The system that they run on.
    package let system: String
    /// The groups, by the order of the file.
    package let groups: [SeedGroup]

    /// The manifest that this program carries for `cpu`.
    ///
    /// - Throws: ``RecipesError/noSeeds(system:)`` when there is none yet.
    package static func embedded(for cpu: CPU) throws(RecipesError) -> SeedManifest {
        switch cpu {
        case .x8664:
            try SeedManifest(parsing: PackageResources.x86_64_linux_json, system: cpu.system)
        case .i686, .aarch64, .armv7: throw .noSeeds(system: cpu.system)
        }
    }

    /// A manifest from its JSON text. Every field must be there and mean something.
    ///
    /// - Parameter system: the system it must be for.
    /// - Throws: ``RecipesError/badManifest(system:reason:)`` or
    ///   ``RecipesError/badDigest(url:_:)``.
    package init(parsing bytes: [UInt8], system: String) throws(RecipesError) {
        let json: JSONValue
        do { json = try JSONValue(parsing: bytes) } catch {
            throw .badManifest(system: system, reason: "\(error)")
        }
        let said = try Self.text(json, "system", of: "the manifest", system)
        guard said == system else {
            throw .badManifest(system: system, reason: "it is for \(said)")
        }
        self.system = system
        var groups: [SeedGroup] = []
        for group in try Self.list(json, "groups", of: "the manifest", system) {
            let name = try Self.text(group, "name", of: "a group", system)
            var packages: [SeedPackage] = []
            for entry in try Self.list(group, "packages", of: name, system) {
                packages.append(try Self.package(entry, in: name, system))
            }
            groups.append(
                SeedGroup(
                    name: name, reason: try Self.text(group, "reason", of: name, system),
                    packages: packages))
        }
        self.groups = groups
    }

    /// The group called `name`.
    ///
    /// - Throws: ``RecipesError/noSeedGroup(_:system:)``.
    package func group(_ name: String) throws(RecipesError) -> SeedGroup {
        guard let group = groups.first(where: { $0.name == name }) else {
            throw .noSeedGroup(name, system: system)
        }
        return group
    }

    private static func package(
        _ json: JSONValue, in group: String, _ system: String
    ) throws(RecipesError) -> SeedPackage {
        let name = try text(json, "name", of: "a package of \(group)", system)
        guard let size = json["size"]?.integer, size > 0 else {
            throw .badManifest(system: system, reason: "\(name) has no 'size' in bytes")
        }
        let url = try text(json, "url", of: name, system)
        let archive = "mirror://debian/"
        guard url.hasPrefix(archive) else {
            throw .badManifest(system: system, reason: "\(name) does not come from '\(archive)'")
        }
        return SeedPackage(
            name: name, version: try text(json, "version", of: name, system),
            source: try .debian(
                String(url.dropFirst(archive.count)),
                sha256: text(json, "sha256", of: name, system), size: size),
            reason: try text(json, "reason", of: name, system))
    }

    private static func text(
        _ json: JSONValue, _ key: String, of what: String, _ system: String
    ) throws(RecipesError) -> String {
        guard let text = json[key]?.string, !text.isEmpty else {
            throw .badManifest(system: system, reason: "\(what) has no text '\(key)'")
        }
        return text
    }

    private static func list(
        _ json: JSONValue, _ key: String, of what: String, _ system: String
    ) throws(RecipesError) -> [JSONValue] {
        guard let list = json[key]?.array, !list.isEmpty else {
            throw .badManifest(system: system, reason: "\(what) has no list '\(key)'")
        }
        return list
    }
}
