import Primitives

/// The directory that an archive is unpacked into.
///
/// Every directory on the way to an entry is opened by its single name; symbolic links are read
/// and followed by hand, so that no link can lead out of the tree.
struct ExtractionTree: ~Copyable {
    /// A directory that can be kept and returned.
    final class Directory {
        let descriptor: DirectoryDescriptor
        /// Its path in the tree, without symbolic links.
        let path: [FileName]

        init(_ descriptor: consuming DirectoryDescriptor, path: [FileName]) {
            self.descriptor = descriptor
            self.path = path
        }

        func open(_ name: FileName) throws -> Directory {
            Directory(try descriptor.openDirectory(name), path: path + [name])
        }
    }

    /// A file that is being written.
    final class File {
        let file: OpenFile
        init(_ file: consuming OpenFile) { self.file = file }
    }

    private let root: Directory
    private let archive: String
    private let options: ExtractionOptions
    private var summary = ExtractionSummary()
    /// The directory of the last entry: the next one is mostly in the same.
    private var last: (path: [FileName], directory: Directory)?
    /// Directories get their times at the end, when nothing more is put into them.
    private var directoryTimes: [[FileName]: Int64] = [:]

    init(
        _ directory: consuming DirectoryDescriptor, archive: String, options: ExtractionOptions
    ) {
        root = Directory(directory, path: [])
        self.archive = archive
        self.options = options
    }

    /// Creates the entry.
    ///
    /// - Returns: the file to write the entry's data to, when it has any.
    mutating func begin(_ entry: ArchiveEntry) throws -> File? {
        if summary.entries >= options.limits.entries {
            throw ArchivesError.limitExceeded(
                archive: archive, limit: "\(options.limits.entries) entries")
        }
        guard let path = try strippedPath(entry.path, of: entry), let name = path.last else {
            return nil
        }
        summary.entries += 1
        if let size = entry.size { try reserve(size) }
        let parent = try directory(Array(path.dropLast()), for: entry)
        switch entry.kind {
        case .other(let type): throw refusal(entry, "it is a \(type)")
        case .directory:
            try makeDirectory(name, in: parent, path: path, entry)
            return nil
        case .symlink(let target):
            try makeSymlink(name, to: target, in: parent, path: path, entry)
            return nil
        case .hardLink(let target):
            return try makeHardLink(name, to: target, in: parent, path: path, entry)
        case .regular:
            try makeRoom(name, in: parent, entry)
            return File(try parent.descriptor.createFile(name, mode: 0o600))
        }
    }

    /// Ends a file.
    mutating func end(_ file: File, of entry: ArchiveEntry, written: UInt64) throws {
        let size = max(written, entry.size ?? 0)
        // A hole at the end has no data.
        if size > written { try file.file.setSize(size) }
        summary.totalBytes += size
        try file.file.setMode(entry.mode & 0o755 | 0o400)
        if let time = time(of: entry) { try file.file.setModificationTime(time) }
    }

    /// Throws when a file that reaches up to `end` would be too much.
    func reserve(_ end: UInt64) throws {
        let (sum, overflow) = summary.totalBytes.addingReportingOverflow(end)
        if overflow || sum > options.limits.totalBytes {
            throw ArchivesError.limitExceeded(
                archive: archive, limit: "\(options.limits.totalBytes) bytes")
        }
    }

    /// Throws when the files, the last of which reaches up to `end`, are too large for the part of
    /// the archive that was read.
    func checkRatio(_ end: UInt64, compressed: UInt64) throws {
        let total = summary.totalBytes + end
        if total < options.limits.ratioMinimum { return }
        if total / options.limits.ratio > compressed {
            throw ArchivesError.limitExceeded(
                archive: archive, limit: "\(options.limits.ratio) times its size")
        }
    }

    /// Sets the times of the directories, the deepest first.
    mutating func finish() throws -> ExtractionSummary {
        for (path, time) in directoryTimes.sorted(by: { $0.key.count > $1.key.count }) {
            // What is no directory any more was replaced by a later entry. A time of a directory is
            // no reason to refuse an archive.
            guard let directory = try? reopen(path) else { continue }
            try directory.descriptor.setModificationTime(time)
        }
        return summary
    }

    private func strippedPath(_ path: ByteString, of entry: ArchiveEntry) throws -> [FileName]? {
        switch EntryPath.names(path) {
        case .failure(let fault): throw refusal(entry, fault.reason)
        case .success(let names):
            if names.count <= options.stripComponents { return nil }
            return Array(names.dropFirst(options.stripComponents))
        }
    }

    private func time(of entry: ArchiveEntry) -> Int64? {
        switch options.modificationTimes {
        case .kept: entry.modificationTime
        case .fixed(let time): time
        }
    }

    /// Removes what stands where the entry goes; a directory only when it is empty.
    private mutating func makeRoom(
        _ name: FileName, in parent: Directory, _ entry: ArchiveEntry
    ) throws {
        guard let status = try parent.descriptor.statusIfPresent(of: name) else { return }
        if case .regular = status.kind { return try parent.descriptor.removeFile(name) }
        // The directory of the last entry may have been reached through this name.
        last = nil
        guard case .directory = status.kind else {
            return try parent.descriptor.removeFile(name)
        }
        do {
            try parent.descriptor.removeDirectory(name)
        } catch {
            throw refusal(entry, "a directory with files in it stands in its place")
        }
    }

    private mutating func makeDirectory(
        _ name: FileName, in parent: Directory, path: [FileName], _ entry: ArchiveEntry
    ) throws {
        switch try parent.descriptor.statusIfPresent(of: name)?.kind {
        case nil: try parent.descriptor.makeDirectory(name, mode: 0o755)
        case .directory: break
        case .symlink:
            // A link that leads to no directory of this tree is replaced.
            if options.keepDirectorySymlinks, (try? directory(path, for: entry)) != nil { return }
            try parent.descriptor.removeFile(name)
            last = nil
            try parent.descriptor.makeDirectory(name, mode: 0o755)
        case .regular, .other: throw refusal(entry, "a file stands in its place")
        }
        let made = try parent.open(name)
        try made.descriptor.setMode(entry.mode & 0o755 | 0o700)
        if let time = time(of: entry) { directoryTimes[made.path] = time }
    }

    private mutating func makeSymlink(
        _ name: FileName, to target: ByteString, in parent: Directory, path: [FileName],
        _ entry: ArchiveEntry
    ) throws {
        if let reason = NARLimits.fault(inTarget: target.bytes) { throw refusal(entry, reason) }
        if options.symlinkTargets == .insideTree,
            !EntryPath.staysInside(target, of: path.dropLast())
        {
            throw refusal(entry, "it is a symbolic link out of the tree, to '\(target)'")
        }
        try makeRoom(name, in: parent, entry)
        try parent.descriptor.makeSymlink(name, target: target)
        if let time = time(of: entry) {
            try parent.descriptor.setModificationTime(time, of: name)
        }
    }

    /// Links to a file of the tree; some formats give the data with the link. A second name of a
    /// symbolic link is such a link, too.
    private mutating func makeHardLink(
        _ name: FileName, to target: ByteString, in parent: Directory, path: [FileName],
        _ entry: ArchiveEntry
    ) throws -> File? {
        guard let targetPath = try strippedPath(target, of: entry), let source = targetPath.last
        else {
            throw refusal(entry, "it is a hard link to '\(target)', which is not unpacked")
        }
        let other = try directory(Array(targetPath.dropLast()), for: entry)
        switch try other.descriptor.statusIfPresent(of: source)?.kind {
        case .regular: break
        case .symlink:
            guard path != targetPath else { return nil }
            let text = try other.descriptor.readLink(source)
            try makeSymlink(name, to: text, in: parent, path: path, entry)
            return nil
        default:
            throw refusal(
                entry, "it is a hard link to '\(target)', which is no file or link of the tree")
        }
        let isSame = try other.descriptor.status().identity == parent.descriptor.status().identity
        if isSame && source == name { return nil }
        try makeRoom(name, in: parent, entry)
        try parent.descriptor.makeLink(name, to: source, in: other.descriptor)
        guard let size = entry.size, size > 0 else { return nil }
        return File(try parent.descriptor.openForReplacing(name))
    }

    /// Opens a directory of the tree by its path, creates what is missing, and follows symbolic
    /// links by hand as long as they stay in the tree.
    private mutating func directory(
        _ path: [FileName], for entry: ArchiveEntry
    ) throws -> Directory {
        if path.isEmpty { return root }
        if let last, last.path == path { return last.directory }
        var current = root
        var rest: [EntryPath.Part] = path.reversed().map { .name($0) }
        var followed = 0
        while let part = rest.popLast() {
            guard case .name(let name) = part else {
                if current.path.isEmpty {
                    throw refusal(entry, "a symbolic link on its path leads out of the tree")
                }
                current = try reopen(Array(current.path.dropLast()))
                continue
            }
            switch try current.descriptor.statusIfPresent(of: name)?.kind {
            case nil:
                try makeMissingDirectory(name, in: current)
            case .directory: break
            case .symlink:
                let target = try current.descriptor.readLink(name)
                followed += 1
                if followed > 40 { throw refusal(entry, "too many symbolic links on its path") }
                if target.bytes.first == 0x2f {
                    throw refusal(
                        entry,
                        "the symbolic link '\(name)' on its path leads out of the tree, to "
                            + "'\(target)'")
                }
                guard case .success(let parts) = EntryPath.split(target) else {
                    throw refusal(entry, "the symbolic link '\(name)' on its path is not valid")
                }
                rest += parts.reversed()
                continue
            case .regular, .other: throw refusal(entry, "'\(name)' on its path is a file")
            }
            current = try current.open(name)
        }
        last = (path, current)
        return current
    }

    /// Creates a directory that the archive has no entry for, or not yet.
    private mutating func makeMissingDirectory(_ name: FileName, in parent: Directory) throws {
        try parent.descriptor.makeDirectory(name, mode: 0o755)
        try parent.descriptor.setMode(0o755, of: name)
        if case .fixed(let time) = options.modificationTimes {
            directoryTimes[parent.path + [name]] = time
        }
    }

    private func reopen(_ path: [FileName]) throws -> Directory {
        var directory = root
        for name in path {
            directory = try directory.open(name)
        }
        return directory
    }

    private func refusal(_ entry: ArchiveEntry, _ reason: String) -> ArchivesError {
        .refusedEntry(archive: archive, entry: entry.path.description, reason: reason)
    }
}
