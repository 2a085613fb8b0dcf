import Primitives

/// What is kept of a valid path outside of the database, so that the database can be made again: a
/// narinfo (`docs/formats/narinfo.md`), as a cache of this store would serve it, and two lines that only
/// this machine needs (`docs/formats/registrations.md`).
public struct Registration: Hashable, Sendable {
    /// Everything the database knows of the path, but its last use.
    public var info: PathInfo

    /// The registration of a path.
    public init(_ info: PathInfo) { self.info = info }

    /// The text, ended by a newline.
    public func text(in store: StoreDirectory) -> String {
        NarInfo(info: info, url: "nar/\(info.narHash.nix32).nar").text(in: store)
            + "Ultimate: \(info.isUltimate ? 1 : 0)\nRegistrationTime: \(info.registrationTime)\n"
    }

    /// Parses the text.
    ///
    /// The registration time stands last, and every line ends with a newline: a file that was cut
    /// off anywhere is noticed.
    ///
    /// - Parameter store: the store directory the path must lie in.
    /// - Throws: ``NarInfoError`` with the line.
    public init(parsing bytes: [UInt8], in store: StoreDirectory) throws(NarInfoError) {
        info = try NarInfo(parsing: bytes, in: store).info
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .suffix(3).map { String(decoding: $0, as: UTF8.self) }
        guard lines.count == 3, lines[2].isEmpty,
            let time = Self.value("RegistrationTime", lines[1]).flatMap({ Int64($0) })
        else { throw .missing(key: "RegistrationTime at its end: the file is cut off") }
        switch Self.value("Ultimate", lines[0]) {
        case "0": info.isUltimate = false
        case "1": info.isUltimate = true
        default: throw .missing(key: "Ultimate: 0 or 1 before its end")
        }
        info.registrationTime = time
    }

    private static func value(_ key: String, _ line: String) -> String? {
        line.hasPrefix(key + ": ") ? String(line.dropFirst(key.utf8.count + 2)) : nil
    }
}
