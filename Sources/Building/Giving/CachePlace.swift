import Archives
package import Primitives
package import StoreModel

/// A binary cache that can be added to. Calls block, and several threads may call at once.
package protocol CachePlace: Sendable {
    /// Where it is, without credentials.
    var url: String { get }
    /// Where the files lie that are to be put, until they are.
    var workDirectory: String { get }
    /// Whether ``publish(_:isAbandoned:)`` is best called with much at once, by one thread.
    var takesBatches: Bool { get }

    /// The bytes of the file `name`; `nil` when there is none.
    ///
    /// - Throws: why it cannot be known; that it has more than `limit` bytes.
    func contents(of name: String, limit: Int) throws -> [UInt8]?

    /// Puts a NAR there, of which nobody hears before its narinfo is there, too.
    func send(_ nar: PackedNAR, isAbandoned: @escaping () -> Bool) throws

    /// Puts narinfos there, each after those before it; what they tell of is there by then.
    func publish(_ entries: [CacheEntry], isAbandoned: @escaping () -> Bool) throws

    /// Puts a small file there.
    func put(_ bytes: [UInt8], as name: String) throws

    /// Notes that a file which is there is still wanted.
    func noteUse(of name: String)

    /// Removes what is on its way, also from under threads that nobody waits for any more.
    func discard()

    /// Returns when all that was published stays, whatever happens to the machine.
    func finish() throws
}

/// A compressed NAR in a file of this machine, on its way into a cache.
package struct PackedNAR: Sendable {
    /// The file.
    package let path: String
    /// What the cache calls it.
    package let name: String
    /// Its size in bytes.
    package let size: UInt64
    /// Its SHA-256 digest.
    package let digest: Digest
}

/// What a cache is given of one path.
package struct CacheEntry: Sendable {
    /// What it says of the path.
    package let narInfo: NarInfo
    /// The text of that.
    package let text: [UInt8]
    /// The NAR; `nil` when it is there already.
    package let nar: PackedNAR?

    init(_ narInfo: NarInfo, _ nar: PackedNAR?, in store: StoreDirectory) {
        self.narInfo = narInfo
        self.nar = nar
        text = Array(narInfo.text(in: store).utf8)
    }
}

/// Empties a directory for what is on its way, whoever still has it.
func removeWork(_ work: WorkDirectory) {
    // What is left of it goes with the next copy, or with all that is temporary.
    guard let place = try? TreeLocation(work.path) else { return }
    // As above.
    try? removeTree(place.name, in: place.parent)
}

extension NarInfo {
    /// The name of its file in a cache.
    package var fileName: String { Self.fileName(of: info.path) }

    /// The name of the file that tells of `path`.
    static func fileName(of path: StorePath) -> String { path.hashPart + ".narinfo" }
}
