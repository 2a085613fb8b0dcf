import StoreModel

/// One of those that are compared: a machine's manifest, a store, a binary cache.
public struct AuditSide: Sendable {
    /// What the user called it.
    public let name: String
    /// What it says it has.
    public let manifest: Manifest
    /// The name of the trusted key that signed all of it; `nil` when no key was asked for, or when
    /// each entry is signed by itself, as in a cache.
    public let signer: String?
    /// What could not be used of it, and why, in sentences.
    public let remarks: [String]

    /// A side.
    public init(name: String, manifest: Manifest, signer: String? = nil, remarks: [String] = []) {
        self.name = name
        self.manifest = manifest
        self.signer = signer
        self.remarks = remarks
    }

    /// Why both are one side under two names; `nil` when nothing says so.
    ///
    /// What one store says twice agrees with itself, whatever it holds.
    func reasonForBeing(_ other: AuditSide) -> String? {
        if let identity = manifest.machine?.storeID, identity == other.manifest.machine?.storeID {
            return "they are of one store"
        }
        if name == other.name { return "they have one name" }
        if let machine = manifest.machine, machine == other.manifest.machine,
            !manifest.entries.isEmpty, manifest.entries == other.manifest.entries
        {
            return "they say the same, word for word"
        }
        return copiesBuilds(of: other)
            ? "they tell of the same builds, to the millisecond: one was copied from the other"
            : nil
    }

    /// Whether all builds that both tell of have the same times and memory, which no two runs have.
    private func copiesBuilds(of other: AuditSide) -> Bool {
        var common = 0
        for (path, entry) in manifest.entries {
            guard case .built(let mine?) = entry.origin,
                case .built(let theirs?)? = other.manifest.entries[path]?.origin
            else { continue }
            guard mine == theirs, mine.peakMemory > 0 else { return false }
            common += 1
        }
        return common > 0
    }
}
