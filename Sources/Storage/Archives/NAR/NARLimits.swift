/// The limits of the format, from Nix 2.36; they do not depend on the machine.
enum NARLimits {
    /// The longest keyword that is read, in bytes; the longest that exists has 13.
    static let keyword: UInt64 = 32
    /// The longest file name in bytes.
    static let name: UInt64 = 255
    /// The longest symbolic link target in bytes.
    static let target: UInt64 = 4095

    /// Why these bytes cannot be the target of a symbolic link; `nil` when they can.
    static func fault(inTarget bytes: [UInt8]) -> String? {
        if bytes.isEmpty { return "the target of a symbolic link is empty" }
        if bytes.count > target {
            return "the target of a symbolic link is longer than \(target) bytes"
        }
        if bytes.contains(0) { return "the target of a symbolic link contains a NUL byte" }
        return nil
    }
}
