public import Primitives
import StoreModel

extension Manifest {
    /// The whole text as a value; equal manifests give equal values.
    public var json: JSONValue {
        var members = body
        members["digest"] = .string(Self.digest(of: members).prefixedNix32)
        members["signatures"] = .strings(signatures.sorted())
        return .object(members)
    }

    /// Everything but digest and signatures.
    var body: [String: JSONValue] {
        [
            "type": .string(Self.type), "version": .integer(Self.version), "tool": .string(tool),
            "store": .string(store.path), "machine": machine?.json ?? .null,
            "roots": .strings(roots.sorted().map(\.baseName)),
            "entries": .array(
                entries.values.sorted { $0.path < $1.path }.map { $0.json(in: store) }),
            "derivations": .object(
                Dictionary(
                    derivations.map { ($0.baseName, $1.json) }, uniquingKeysWith: { one, _ in one })
            ),
        ]
    }
}

extension MachineFacts {
    var json: JSONValue {
        .object([
            "id": .optional(machineID), "storeID": .optional(storeID), "system": .string(system),
            "kernel": .string(kernel), "processor": .optional(processor),
            "processorCount": .count(processorCount), "fileSystem": .string(fileSystem),
        ])
    }
}

extension ManifestEntry {
    func json(in store: StoreDirectory) -> JSONValue {
        .object([
            "path": .string(store.path(of: path)), "narHash": .string(narHash.prefixedNix32),
            "narSize": .count(narSize), "references": .strings(references.map(\.baseName)),
            "deriver": .optional(deriver?.baseName), "output": .optional(output),
            "contentAddress": .optional(contentAddress), "origin": origin.json,
            "signatures": .strings(signatures.sorted()),
        ])
    }
}

extension ManifestOrigin {
    var json: JSONValue {
        var members: [String: JSONValue] = [:]
        switch self {
        case .built(let build):
            members["kind"] = .string("built")
            if let build {
                members["startTime"] = .integer(build.startTime)
                members["stopTime"] = .integer(build.stopTime)
                members["userTime"] = .integer(build.userTime)
                members["systemTime"] = .integer(build.systemTime)
                members["peakMemory"] = .count(build.peakMemory)
                members["machine"] = .string(build.machine)
            }
        case .added: members["kind"] = .string("added")
        case .fetched(let url):
            members["kind"] = .string("fetched")
            members["url"] = .string(url)
        case .substituted(let url):
            members["kind"] = .string("substituted")
            members["url"] = .string(url)
        case .imported: members["kind"] = .string("imported")
        case .unknown: members["kind"] = .string("unknown")
        }
        return .object(members)
    }
}

extension ManifestDerivation {
    var json: JSONValue {
        .object([
            "outputs": .object(outputs.mapValues { .string($0.baseName) }),
            "inputs": .strings(inputs.map(\.baseName)),
        ])
    }
}
