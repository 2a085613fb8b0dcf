import Archives
import Glibc
import LocalStore
import Primitives
import StoreModel
import Synchronization
import SystemSupport

/// Compressed NARs in a folder, as many as fit, those used last; and those that are being packed just now.
///
/// A file is called as the NAR is in URLs, then a dot and the digest of its bytes in nix32.
final class KeptNARs: Sendable {
    private struct Entry {
        let digest: Digest
        let size: UInt64
        var lastUse: UInt64
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var packing: [String: PublishedFile] = [:]
        var size: UInt64 = 0
        /// Counts uses: who was used last has the highest.
        var clock: UInt64 = 0
    }

    private let folder: DirectoryDescriptor
    private let incoming: WorkDirectory
    private let limit: UInt64
    private let lock: FileLock
    private let state: Mutex<State>

    /// Opens `path`, which is made when it is not there, and removes what does not belong into it.
    ///
    /// - Parameter limit: how many bytes the files may have together.
    /// - Throws: ``PublishingError/folderInUse(path:)``, and why it cannot be read or written.
    init(in path: String, limit: UInt64) throws {
        folder = try DirectoryDescriptor.making(path, mode: 0o700)
        guard
            let lock = try FileLock.acquire(FileName(".lock"), in: folder, .exclusive, waits: false)
        else { throw PublishingError.folderInUse(path: path) }
        self.lock = lock
        self.limit = limit
        state = Mutex(try Self.read(folder))
        incoming = try WorkDirectory(in: path)
        evict()
    }

    /// What the folder holds; what is left of a process that died is removed.
    private static func read(_ folder: borrowing DirectoryDescriptor) throws -> State {
        var found: [(name: String, digest: Digest, size: UInt64, time: Int64)] = []
        let listing = try DirectoryListing(of: folder.reopened())
        for index in 0..<listing.count {
            let name = listing.name(at: index)
            if name.description == ".lock" { continue }
            guard case .regular = try folder.status(of: name).kind,
                let (nar, digest) = parse(name.description)
            else {
                try removeTree(name, in: folder)
                continue
            }
            let size = try folder.status(of: name).size
            found.append((nar, digest, size, try folder.lastUse(of: name)))
        }
        var state = State()
        for file in found.sorted(by: { $0.time < $1.time }) {
            state.clock += 1
            state.size += file.size
            state.entries[file.name] = Entry(
                digest: file.digest, size: file.size, lastUse: state.clock)
        }
        return state
    }

    private static func parse(_ name: String) -> (nar: String, digest: Digest)? {
        guard let dot = name.lastIndex(of: "."), PublishedNAR(parsing: String(name[..<dot])) != nil,
            // Not a digest: not one of ours.
            let digest = try? Digest(
                parsing: String(name[name.index(after: dot)...]), algorithm: .sha256)
        else { return nil }
        return (String(name[..<dot]), digest)
    }

    /// Digest and size of the packed NAR `name`; `nil` unless it is there.
    func known(_ name: String) -> (digest: Digest, size: UInt64)? {
        state.withLock { $0.entries[name].map { ($0.digest, $0.size) } }
    }

    /// How many NARs are kept, and their bytes.
    var usage: (count: Int, size: UInt64) {
        state.withLock { ($0.entries.count, $0.size) }
    }

    /// The packed NAR `name`, when it is there or on its way.
    func file(_ name: String) throws -> PublishedFile? {
        let found: (entry: Entry?, packing: PublishedFile?) = state.withLock { state in
            state.clock += 1
            state.entries[name]?.lastUse = state.clock
            return (state.entries[name], state.packing[name])
        }
        guard let entry = found.entry else { return found.packing }
        let fileName = try FileName("\(name).\(entry.digest.nix32)")
        do {
            let file = try folder.openFile(fileName)
            // For the order after a new start only.
            try? file.setModificationTime(Int64(time(nil)))
            return try PublishedFile(whole: file, tag: entry.digest.nix32)
        } catch ArchivesError.system(_, _, ENOENT) {
            // Somebody emptied the folder, as anybody may at any time.
            forget(name)
            return found.packing
        }
    }

    /// Begins to pack the NAR `name`, or joins who packs it already.
    ///
    /// - Parameter pack: writes it to the empty file at this path, and tells of each piece that was written.
    /// - Returns: the file as it grows, and what is left to do for who began, to be called on a thread that may
    ///   block: afterwards the file is whole or broken.
    func begin(
        _ name: String,
        _ pack:
            @escaping @Sendable (
                _ file: consuming OpenFile, _ path: String, _ grew: @escaping (Int) -> Void
            ) throws -> PackedNAR
    ) throws -> (file: PublishedFile, work: (@Sendable () -> Void)?) {
        let directory = try DirectoryDescriptor(opening: incoming.path)
        let fileName = try FileName(name)
        let (file, isMine) = try state.withLock { state in
            if let known = state.packing[name] { return (known, false) }
            try makeEmpty(fileName, in: directory)
            let file = PublishedFile(growing: try directory.openFile(fileName), tag: name)
            state.packing[name] = file
            return (file, true)
        }
        guard isMine else { return (file, nil) }
        return (
            file,
            { [self] in
                do {
                    let folder = try DirectoryDescriptor(opening: incoming.path)
                    let packed = try pack(
                        folder.openForReplacing(FileName(name)), "\(incoming.path)/\(name)"
                    ) { file.grow(by: $0) }
                    try keep(name, packed)
                    file.end()
                } catch {
                    file.fail(error)
                }
                // Where it was kept, it has another name now.
                abandon(name)
            }
        )
    }

    /// Ends what was begun and is not done.
    func abandon(_ name: String) {
        state.withLock { $0.packing[name] = nil }
        _ = unsafe unlink("\(incoming.path)/\(name)".systemPath)
    }

    private func keep(_ name: String, _ packed: PackedNAR) throws {
        guard packed.size <= limit else { return }
        let directory = try DirectoryDescriptor(opening: incoming.path)
        try directory.rename(
            FileName(name), to: FileName("\(name).\(packed.digest.nix32)"), in: folder)
        state.withLock { state in
            state.clock += 1
            state.size += packed.size
            state.entries[name] = Entry(
                digest: packed.digest, size: packed.size, lastUse: state.clock)
        }
        evict()
    }

    private func forget(_ name: String) {
        state.withLock { state in
            if let entry = state.entries.removeValue(forKey: name) { state.size -= entry.size }
        }
    }

    /// Removes what was not used for longest, until the rest fits. Who reads it goes on.
    private func evict() {
        while true {
            let oldest: (name: String, entry: Entry)? = state.withLock { state in
                guard state.size > limit,
                    let oldest = state.entries.min(by: { $0.value.lastUse < $1.value.lastUse })
                else { return nil }
                state.entries[oldest.key] = nil
                state.size -= oldest.value.size
                return (oldest.key, oldest.value)
            }
            guard let oldest else { return }
            // What cannot be removed is removed at the next start.
            try? folder.removeFile(FileName("\(oldest.name).\(oldest.entry.digest.nix32)"))
        }
    }
}

/// Makes the empty file `name`.
private func makeEmpty(
    _ name: FileName, in directory: borrowing DirectoryDescriptor
) throws(ArchivesError) {
    _ = try directory.createFile(name, mode: 0o600)
}
