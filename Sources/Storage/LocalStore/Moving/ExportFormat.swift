import Primitives
import StoreModel

/// The numbers of Nix's export stream (`docs/formats/export.md`): for each item 1, its NAR, a magic number,
/// the path, the references, the deriver, 0; behind the last item 0.
enum ExportFormat {
    static let item: UInt64 = 1
    static let end: UInt64 = 0
    /// "NIXE", least significant byte first.
    static let magic: UInt64 = 0x4558_494e
    /// The longest text that is read: a store path, or a signature.
    static let maximumText = 65_536

    static func number(_ value: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
    }

    static func string(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        return number(UInt64(bytes.count)) + bytes
            + [UInt8](repeating: 0, count: 7 & -bytes.count)
    }
}
