import Primitives
import StoreModel

/// Replaces store paths in texts by those that have their place in another derivation, so that what
/// differs only because an input does is not seen as a difference.
struct PathRenaming {
    /// By hash part.
    private var names: [[UInt8]: (old: [UInt8], new: [UInt8])] = [:]

    mutating func add(_ old: StorePath, _ new: StorePath) {
        names[Array(old.hashPart.utf8)] = (Array(old.baseName.utf8), Array(new.baseName.utf8))
    }

    func renamed(_ text: ByteString) -> ByteString {
        let bytes = text.bytes
        let count = StorePath.hashPartCount
        var result: [UInt8] = []
        var start = 0
        for index in bytes.indices.dropFirst(count) where bytes[index] == UInt8(ascii: "-") {
            let place = index - count
            guard place >= start, let name = names[Array(bytes[place..<index])],
                bytes[place...].starts(with: name.old)
            else { continue }
            result += bytes[start..<place] + name.new
            start = place + name.old.count
        }
        return ByteString(result + bytes[start...])
    }
}
