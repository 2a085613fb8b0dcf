import Archives
package import LocalStore
public import Primitives
import StoreDatabase
public import StoreModel
import Substitutes
import Synchronization
import SystemSupport

/// What a store tells and gives to others, without a word about how they ask: a binary cache whose narinfos are
/// signed and whose NARs are packed when somebody wants them.
///
/// Nothing but valid paths is ever given, and of the rest of the machine nothing.
public final class StorePublisher: Sendable {
    private let store: LocalStore
    private let options: PublishingOptions
    private let packed: KeptNARs
    private let packers: WorkGate
    private let readers: WorkGate
    /// Questions to the database, which answers one at a time: more threads would wait for each other.
    private let lookups = WorkGate(width: 2, maximumWaiting: .max)
    private let memory = Mutex(Memory())
    /// Signatures by the digest of what they sign: signing costs more than all else of a narinfo.
    private let signatures = Mutex<[Digest: String]>([:])

    /// What was asked for lately, signed; as long as nothing changes in the database.
    private struct Memory {
        var version: StoreDatabase.Version?
        var infos: [String: PathInfo] = [:]
    }

    /// So many signatures and answers are kept.
    private static let maximumKept = 16_384
    private static let maximumNames = 250_000

    /// A publisher of `store`.
    ///
    /// - Throws: ``PublishingError/folderInUse(path:)``, and why the folder for packed NARs cannot be used.
    package init(_ store: LocalStore, _ options: PublishingOptions) throws {
        self.store = store
        self.options = options
        packed = try KeptNARs(in: options.packedDirectory, limit: options.packedLimit)
        packers = WorkGate(width: options.workers, maximumWaiting: 256)
        readers = WorkGate(width: options.workers, maximumWaiting: 256)
    }

    /// The text of `nix-cache-info`.
    public var cacheInfo: String { CacheInfo.text(for: store.storeDirectory) }

    /// How many packed NARs are kept, and their bytes.
    public var packedUsage: (count: Int, size: UInt64) { packed.usage }

    /// The valid path with this hash part.
    public func path(hashPart: String) async throws -> StorePath? {
        try await lookUp { [self] in try store.database.path(hashPart: hashPart) }
    }

    private func lookUp<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await lookups.run { try await Blocking.run(body) }
    }

    // MARK: Narinfos and NARs

    /// The narinfo of the valid path with this hash part, signed when there is a key.
    public func narInfo(hashPart: String) async throws -> [UInt8]? {
        try await lookUp { [self] in
            guard let info = try signedInfo(hashPart: hashPart) else { return nil }
            let name = PublishedNAR(info, options.packing.compression).name
            let known = packed.known(name)
            let narInfo = NarInfo(
                info: info, url: "\(CacheDirectory.narFolder)/\(name)",
                compression: options.packing.compression.rawValue,
                fileHash: known?.digest, fileSize: known?.size)
            return Array(narInfo.text(in: store.storeDirectory).utf8)
        }
    }

    /// The NAR that narinfos call `name`; packed now, unless it is there.
    ///
    /// - Returns: `nil` unless the path is valid and has these contents.
    /// - Throws: ``PublishingError/busy``. Why packing fails, the file tells.
    public func nar(named name: String) async throws -> PublishedFile? {
        guard let wanted = PublishedNAR(parsing: name),
            wanted.ending == options.packing.compression.fileEnding
        else { return nil }
        let found = try await lookUp { [self] () throws -> (PathInfo, PublishedFile?)? in
            guard let info = try info(hashPart: wanted.hashPart), info.narHash == wanted.narHash
            else { return nil }
            return (info, try packed.file(name))
        }
        guard let found else { return nil }
        if let file = found.1 { return file }
        return try pack(found.0, name)
    }

    /// Whether ``nar(named:)`` would have it.
    public func hasNAR(named name: String) async throws -> Bool {
        guard let wanted = PublishedNAR(parsing: name),
            wanted.ending == options.packing.compression.fileEnding
        else { return false }
        return try await lookUp { [self] in
            try info(hashPart: wanted.hashPart)?.narHash == wanted.narHash
        }
    }

    /// Has `info`'s NAR packed: whoever asks meanwhile reads the same file.
    private func pack(_ info: PathInfo, _ name: String) throws -> PublishedFile {
        // Said before anything of an answer is sent.
        guard !packers.isFull else { throw PublishingError.busy }
        let (file, work) = try packed.begin(name) { [self] file, path, grew in
            let lease = try store.lease([info.path])
            defer { withExtendedLifetime(lease) {} }
            // A collector may have been faster.
            guard try store.database.isValid(info.path) else {
                throw StoreDatabaseError.notValid(info.path)
            }
            return try options.packing.pack(
                info, of: store, into: file, at: path, grew: grew, isAbandoned: { false })
        }
        guard let work else { return file }
        // Nobody waits for all of it: it goes on for those that ask next, also when who began has gone.
        Task { [packers] in
            do { try await packers.run { try await Blocking.run(work) } } catch {
                file.fail(error)
                packed.abandon(name)
            }
        }
        return file
    }

    private func signature(of info: PathInfo) throws -> String? {
        guard let key = options.key else { return nil }
        let fingerprint = info.fingerprint(in: store.storeDirectory)
        let digest = Digest.hash(fingerprint)
        if let known = signatures.withLock({ $0[digest] }) { return known }
        let signature = try key.sign(fingerprint)
        signatures.withLock {
            if $0.count >= Self.maximumKept { $0.removeAll() }
            $0[digest] = signature
        }
        return signature
    }

    private func signedInfo(hashPart: String) throws -> PathInfo? {
        // Read first: what changes meanwhile makes it another version.
        let version = try store.database.version()
        let known = memory.withLock { $0.version == version ? $0.infos[hashPart] : nil }
        if let known { return known }
        guard var info = try info(hashPart: hashPart) else { return nil }
        if let signature = try signature(of: info), !info.signatures.contains(signature) {
            info.signatures.append(signature)
        }
        memory.withLock { memory in
            if memory.version != version || memory.infos.count >= Self.maximumKept {
                memory = Memory(version: version)
            }
            memory.infos[hashPart] = info
        }
        return info
    }

    private func info(hashPart: String) throws -> PathInfo? {
        guard let path = try store.database.path(hashPart: hashPart) else { return nil }
        return try store.database.info(path)
    }

    // MARK: What is inside, and where it came from

    /// Runs other work that is as heavy as what stands below, as much of it at once.
    ///
    /// - Throws: ``PublishingError/busy``, and what `body` throws.
    public func limited<Value: Sendable>(
        _ body: @Sendable () async throws -> Value
    ) async throws -> Value { try await readers.run(body) }

    /// The listing of what is in the valid path with this hash part, as `.ls` files of binary caches have it.
    ///
    /// - Throws: ``PublishingError/tooManyNames(limit:)``, ``PublishingError/busy``.
    public func listing(hashPart: String) async throws -> [UInt8]? {
        try await readers.run { [self] in
            try await Blocking.run { [self] in
                guard let path = try store.database.path(hashPart: hashPart) else { return nil }
                let place = try TreeLocation(store.layout.realPath(of: path))
                do {
                    let listing = try NARListing(
                        listing: place.name, in: place.parent, limit: Self.maximumNames)
                    return JSONValue.object([
                        "version": .integer(1), "root": listing.withOffsets().root.json(),
                    ]).text(isPretty: false)
                } catch ArchivesError.tooManyEntries(let limit) {
                    throw PublishingError.tooManyNames(limit: limit)
                }
            }
        }
    }

    /// The log of a build: `name` is the base name of a valid derivation, or of a valid path that was built.
    public func log(named name: String) async throws -> PublishedFile? {
        // Not a store path: there is no log of it.
        guard let path = try? StorePath(baseName: name) else { return nil }
        return try await readers.run { [self] in
            try await Blocking.run { [self] in
                guard try mayTellLog(of: path) else { return nil }
                var sink = DigestingFile(try OpenFile(temporaryIn: options.temporaryDirectory))
                do { try store.readLog(of: path, into: &sink) } catch LocalStoreError.missingLog {
                    return nil
                }
                let tag = sink.digest.digest().nix32
                return try PublishedFile(whole: sink.intoFile(), tag: tag)
            }
        }
    }

    /// Whether `path` is valid, and no download that failed: only its log names the mirrors of this machine.
    private func mayTellLog(of path: StorePath) throws -> Bool {
        guard try store.database.isValid(path) else { return false }
        guard path.isDerivation, try store.derivations.derivation(path).system == "builtin" else {
            return true
        }
        return try !store.database.validPaths(among: store.database.outputs(of: path).values)
            .isEmpty
    }

    /// A download that is valid here: the flat file `name` with these contents, of `guix publish`'s URLs
    /// `/file/NAME/ALGORITHM/HASH`.
    public func file(named name: String, digest: Digest) async throws -> PublishedFile? {
        try await lookUp { [self] in
            let directory = store.storeDirectory
            guard
                // A name that no item can have.
                let path = try? directory.fixedOutputPath(
                    name: name, method: .flat, digest: digest),
                try store.database.isValid(path)
            else { return nil }
            let place = try TreeLocation(store.layout.realPath(of: path))
            guard case .regular = try place.parent.status(of: place.name).kind else { return nil }
            // Open, its bytes stay, whatever a collector does.
            return try PublishedFile(
                whole: place.parent.openFile(place.name), tag: digest.nix32)
        }
    }
}

/// How a store is published.
public struct PublishingOptions: Sendable {
    /// Signs what is told.
    public var key: SecretKey?
    /// How NARs are packed.
    public var packing = PackingOptions()
    /// Where packed NARs are kept; nobody else's.
    public var packedDirectory: String
    /// How many bytes of them.
    public var packedLimit: UInt64 = 4 << 30
    /// How many NARs are packed at once, and how many logs and listings are read.
    public var workers = 2
    /// Where files lie that are read once.
    public var temporaryDirectory = "/tmp"

    /// As usual, with packed NARs in `packedDirectory`.
    public init(packedDirectory: String) { self.packedDirectory = packedDirectory }
}

/// Hashes what is written to a file.
private struct DigestingFile: ByteSink, ~Copyable {
    var digest = DigestSink()
    private let file: OpenFile

    init(_ file: consuming OpenFile) { self.file = file }

    mutating func write(_ bytes: Span<UInt8>) throws {
        digest.write(bytes)
        try file.write(bytes)
    }

    /// Gives the file back.
    consuming func intoFile() -> OpenFile { file }
}
