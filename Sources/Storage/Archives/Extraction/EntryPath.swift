import Primitives

/// A path of an archive in its parts, without `.` and empty ones.
enum EntryPath {
    /// One part.
    enum Part: Equatable {
        case name(FileName)
        case parent
    }

    /// The longest path in bytes (PATH_MAX of Linux).
    static let maximumCount = 4096

    /// Splits a path; the text says why it cannot be one.
    static func split(_ path: ByteString) -> Result<[Part], EntryFault> {
        if path.bytes.count > maximumCount {
            return .failure(EntryFault("its path is longer than \(maximumCount) bytes"))
        }
        var parts: [Part] = []
        for bytes in path.bytes.split(separator: 0x2f) {
            if bytes == [0x2e] { continue }
            if bytes == [0x2e, 0x2e] {
                parts.append(.parent)
                continue
            }
            do throws(ArchivesError) {
                parts.append(.name(try FileName(bytes: Array(bytes))))
            } catch {
                return .failure(EntryFault(error.description))
            }
        }
        return .success(parts)
    }

    /// Splits the path of an entry: relative, and without `..`.
    static func names(_ path: ByteString) -> Result<[FileName], EntryFault> {
        if path.bytes.first == 0x2f { return .failure(EntryFault("its path is absolute")) }
        return split(path).flatMap { parts in
            var names: [FileName] = []
            for part in parts {
                guard case .name(let name) = part else {
                    return .failure(EntryFault("its path contains '..'"))
                }
                names.append(name)
            }
            return .success(names)
        }
    }

    /// Whether a link in the directory `names` with this target stays in the tree, by its text.
    static func staysInside(_ target: ByteString, of names: some Collection<FileName>) -> Bool {
        if target.bytes.first == 0x2f { return false }
        guard case .success(let parts) = split(target) else { return false }
        var depth = names.count
        for part in parts {
            switch part {
            case .name: depth += 1
            case .parent:
                if depth == 0 { return false }
                depth -= 1
            }
        }
        return true
    }
}

/// Why an entry is refused.
struct EntryFault: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
}
