import Primitives
package import StoreModel

/// What a binary cache says of itself in its file `nix-cache-info`.
package struct CacheInfo: Hashable, Sendable {
    /// The file's name.
    package static let fileName = "nix-cache-info"
    /// The most bytes that are read of it.
    package static let maximumCount = 65_536

    /// Caches with smaller numbers are asked first; 0, as Nix has it, when it gives none.
    package var priority = 0

    /// Reads the file.
    ///
    /// - Parameters:
    ///   - url: the cache's, for messages.
    ///   - store: the directory whose paths it must have; one that names none is of any.
    /// - Throws: ``BinaryCacheError/malformed(url:reason:)``,
    ///   ``BinaryCacheError/otherStore(url:stated:expected:)``.
    package init(
        parsing bytes: [UInt8], from url: String, for store: StoreDirectory
    ) throws(BinaryCacheError) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw BinaryCacheError.malformed(
                url: "\(url)/\(Self.fileName)", reason: "it is not UTF-8")
        }
        for line in text.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            let value = parts[1].split(separator: " ").joined(separator: " ")
            switch parts[0] {
            case "StoreDir":
                guard value == store.path else {
                    throw BinaryCacheError.otherStore(
                        url: url, stated: value, expected: store)
                }
            case "Priority": priority = Int(value) ?? priority
            default: break
            }
        }
    }

    /// The text for a new cache of `store`.
    package static func text(for store: StoreDirectory) -> String {
        "StoreDir: \(store.path)\nWantMassQuery: 1\nPriority: 40\n"
    }
}
