import Glibc
public import Primitives
import SystemSupport
import TOML

/// The keys that were trusted with `key trust`: `trusted-keys` in a folder of settings, one a line.
public struct TrustedKeysFile: Sendable {
    /// A key, and where it stands.
    public struct Line: Sendable, Hashable {
        /// The key.
        public let key: PublicKey
        /// File and line.
        public let place: String
    }

    /// The file.
    public let path: String
    /// The keys in it; none when there is no file.
    public private(set) var lines: [Line] = []
    private var texts: [String] = []

    /// The file in `folder`.
    ///
    /// - Throws: ``SettingsFileError`` for a line that is no key; why a file that is there cannot be read.
    public init(in folder: String) throws {
        path = "\(folder)/trusted-keys"
        guard let bytes = try MachineSettings.contents(of: path) else { return }
        texts = String(decoding: bytes, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false
        ).map(String.init)
        if texts.last == "" { texts.removeLast() }
        for (index, text) in texts.enumerated() {
            guard let word = text.words.first, !word.hasPrefix("#") else { continue }
            do {
                lines.append(
                    Line(key: try PublicKey(parsing: String(word)), place: "\(path):\(index + 1)"))
            } catch {
                throw SettingsFileError(
                    path, TOMLPlace(line: index + 1, column: 1), "'\(word)': \(error)")
            }
        }
    }

    /// Adds `key`; a key of its name is not replaced.
    ///
    /// - Returns: whether it was not there.
    /// - Throws: ``TrustedKeyError/otherKey(name:place:)``; why the file cannot be written.
    public mutating func trust(_ key: PublicKey) throws -> Bool {
        if let known = lines.first(where: { $0.key.name == key.name }) {
            guard known.key == key else {
                throw TrustedKeyError.otherKey(name: key.name, place: known.place)
            }
            return false
        }
        texts.append("\(key)")
        try write()
        return true
    }

    /// Removes the keys called `name`, and what else stands on their lines.
    ///
    /// - Returns: whether there were any.
    public mutating func revoke(_ name: String) throws -> Bool {
        let before = texts.count
        texts.removeAll {
            guard let word = $0.words.first else { return false }
            // A comment is no key.
            return (try? PublicKey(parsing: String(word)))?.name == name
        }
        guard texts.count < before else { return false }
        try write()
        return true
    }

    /// Writes all of it to a new file, which takes the name of the old one.
    private func write() throws {
        let folder = path.prefix(path.utf8.count - "/trusted-keys".utf8.count)
        try Folders.make(String(folder))
        let temporary = path + ".new"
        unsafe unlink(temporary.systemPath)
        let file = unsafe open(
            temporary.systemPath, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw HostError.system("create", temporary, errno) }
        defer { close(file) }
        let bytes = Array(texts.map { $0 + "\n" }.joined().utf8)
        let written = unsafe bytes.withUnsafeBytes {
            unsafe Glibc.write(file, $0.baseAddress, $0.count)
        }
        guard written == bytes.count, fsync(file) == 0 else {
            throw HostError.system("write", temporary, errno)
        }
        guard unsafe rename(temporary.systemPath, path.systemPath) == 0 else {
            throw HostError.system("rename", temporary, errno)
        }
    }
}

/// Why a key is not trusted.
public enum TrustedKeyError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Another key of this name is trusted already.
    case otherKey(name: String, place: String)

    /// The sentence a user reads.
    public var description: String {
        switch self {
        case .otherKey(let name, let place):
            "another key called '\(name)' is trusted (\(place)): revoke that one first, if this one is its successor"
        }
    }
}

/// Folders of settings.
private enum Folders {
    static func make(_ path: String) throws {
        var made = ""
        for name in path.split(separator: "/") {
            made += "/\(name)"
            guard unsafe mkdir(made.systemPath, 0o755) == 0 || errno == EEXIST else {
                throw HostError.system("make", made, errno)
            }
        }
    }
}
