/// How the metadata of one file in a store item are not canonical (`docs/formats/nar.md`).
package struct MetadataFault: Hashable, Sendable {
    /// The names that lead to the file from the item; none for the item itself.
    package let place: [FileName]
    /// What is not canonical, as the rest of a sentence about the file.
    package let reason: String
    /// Whether it is a directory whose owner may write to it, or that was changed, and nothing more:
    /// so it looks to others while its owner works in it.
    package let isAtWork: Bool
}

/// Looks at every file of the tree `name` in `directory`, a store item; changes nothing.
///
/// - Parameters:
///   - owner: the user that everything should belong to.
///   - limit: stop when so many faults are known.
/// - Returns: what ``canonicaliseMetadata(of:in:)-(FileName,_)`` would change.
/// - Throws: ``ArchivesError`` for what cannot be looked at.
package func metadataFaults(
    of name: FileName, in directory: borrowing DirectoryDescriptor, owner: UInt32,
    limit: Int = .max
) throws(ArchivesError) -> [MetadataFault] {
    var search = MetadataSearch(owner: owner, limit: limit)
    try search.look(at: name, in: directory)
    return search.faults
}

private struct MetadataSearch {
    let owner: UInt32
    let limit: Int
    var faults: [MetadataFault] = []
    private var place: [FileName] = []

    init(owner: UInt32, limit: Int) {
        self.owner = owner
        self.limit = limit
    }

    mutating func look(
        at name: FileName, in directory: borrowing DirectoryDescriptor
    ) throws(ArchivesError) {
        guard faults.count < limit else { return }
        if place.count >= TreeWalker.maximumDepth {
            throw .tooDeep(path: directory.path(of: name))
        }
        let status = try directory.status(of: name)
        let reasons = try self.reasons(status, name, in: directory)
        if !reasons.isEmpty {
            var isAtWork = false
            if case .directory = status.kind {
                isAtWork =
                    status.user == owner && [0o555, 0o755].contains(status.mode)
                    && !reasons.contains { $0.hasPrefix(Self.attributes) }
            }
            faults.append(
                .init(
                    place: place, reason: reasons.joined(separator: ", "), isAtWork: isAtWork))
        }
        guard case .directory = status.kind else { return }
        let child = try directory.openDirectory(name)
        let listing = try DirectoryListing(of: child)
        for index in 0..<listing.count {
            let name = listing.name(at: index)
            place.append(name)
            try look(at: name, in: child)
            place.removeLast()
        }
    }

    private static let attributes = "has the extended attribute"

    private func reasons(
        _ status: NodeStatus, _ name: FileName, in directory: borrowing DirectoryDescriptor
    ) throws(ArchivesError) -> [String] {
        var reasons: [String] = []
        if status.mode != status.canonicalMode {
            reasons.append(
                "has mode \(octal(status.mode)) instead of \(octal(status.canonicalMode))")
        }
        if status.user != owner {
            reasons.append("belongs to user \(status.user) instead of \(owner)")
        }
        if !status.hasCanonicalTime {
            reasons.append(
                "was changed at \(status.modificationSeconds) instead of "
                    + "\(canonicalModificationTime) seconds after 1970")
        }
        let attributes = try directory.foreignExtendedAttributes(of: name)
        if !attributes.isEmpty {
            reasons.append(
                "\(Self.attributes)\(attributes.count == 1 ? "" : "s") "
                    + attributes.map { "'\($0)'" }.joined(separator: ", "))
        }
        return reasons
    }

    private func octal(_ mode: UInt32) -> String {
        let digits = String(mode, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
