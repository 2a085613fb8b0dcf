import Archives
import Glibc
package import LocalStore
import Primitives
import StoreModel
import SystemSupport

/// A directory of downloads by their hashes, which `--source-mirror` reads: `<algorithm>/<base 16>`
/// (`docs/formats/mirrors.md`). It can be served as it is by any web server.
package struct SourceMirror: ~Copyable {
    private let directory: DirectoryDescriptor

    /// Opens the mirror at `path` for writing, and makes the directory when it is missing. Waits
    /// while another process writes to it.
    ///
    /// - Throws: why it cannot be made or opened.
    package init(writingTo path: String) throws {
        if unsafe mkdir(path.systemPath, 0o755) != 0, errno != EEXIST {
            throw HostError.system("create directory", path, errno)
        }
        let directory = try DirectoryDescriptor(opening: path)
        // Who was killed left parts behind; with the lock they are nobody's.
        while flock(directory.rawValue, LOCK_EX) != 0 {
            guard errno == EINTR else {
                throw HostError.system("lock", path, errno)
            }
        }
        self.directory = directory
    }

    /// What became of one source.
    package enum Outcome: Hashable, Sendable {
        /// It was copied; its size in bytes.
        case written(UInt64)
        /// It was there already, with the right bytes.
        case present
        /// Its hash is not of its bytes, so no mirror can serve it.
        case notServable
    }

    /// Puts a valid source into the mirror. The file appears whole and with the right hash, or not
    /// at all; one that is there with other bytes is replaced.
    ///
    /// - Throws: ``RealisationError/hashMismatch(_:specified:got:)`` when the bytes in the store are
    ///   not what the derivation states; why files cannot be read or written.
    package borrowing func add(_ source: SourceFile, from store: LocalStore) throws -> Outcome {
        guard source.mirrorPath != nil else { return .notServable }
        let folder = try subdirectory(FileName(source.digest.algorithm.rawValue))
        let name = try FileName(source.digest.base16)
        if try folder.statusIfPresent(of: name) != nil {
            if try digest(name, in: folder, source.digest.algorithm) == source.digest {
                return .present
            }
            try removeTree(name, in: folder)
        }
        let part = try FileName(".\(source.digest.base16).partial")
        if try folder.statusIfPresent(of: part) != nil { try removeTree(part, in: folder) }
        do {
            let size = try copy(source, from: store, to: part, in: folder)
            try folder.rename(part, to: name, in: folder)
            return .written(size)
        } catch {
            try? folder.removeFile(part)
            throw error
        }
    }

    private borrowing func subdirectory(_ name: FileName) throws -> DirectoryDescriptor {
        if try directory.statusIfPresent(of: name) == nil {
            try directory.makeDirectory(name, mode: 0o755)
        }
        return try directory.openDirectory(name)
    }

    /// The digest of a file; `nil` when there is something else under the name.
    private func digest(
        _ name: FileName, in folder: borrowing DirectoryDescriptor, _ algorithm: HashAlgorithm
    ) throws -> Digest? {
        guard case .regular = try folder.status(of: name).kind else { return nil }
        var source = FileSource(try folder.openFile(name))
        var sink = DigestSink(algorithm)
        try pump(&source) { sink.write($0) }
        return sink.digest()
    }

    private func copy(
        _ source: SourceFile, from store: LocalStore, to name: FileName,
        in folder: borrowing DirectoryDescriptor
    ) throws -> UInt64 {
        let location = try TreeLocation(store.layout.realPath(of: source.output))
        var input = FileSource(try location.parent.openFile(location.name))
        let file = try folder.createFile(name, mode: 0o644)
        var sink = DigestSink(source.digest.algorithm)
        try pump(&input) {
            sink.write($0)
            try file.write($0)
        }
        let got = sink.digest()
        guard got == source.digest else {
            throw RealisationError.hashMismatch(
                source.derivation, specified: source.digest, got: got)
        }
        // A name with the hash of its bytes must not stand for fewer after a power cut.
        guard fsync(file.rawValue) == 0 else {
            throw HostError.system("write", file.path, errno)
        }
        return sink.byteCount
    }

    private func pump(_ source: inout FileSource, _ body: (Span<UInt8>) throws -> Void) throws {
        var buffer = [UInt8](repeating: 0, count: 262_144)
        while case let count = try source.read(into: &buffer), count > 0 {
            try body(buffer.span.extracting(0..<count))
        }
    }
}
