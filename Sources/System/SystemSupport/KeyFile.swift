import Glibc
package import Primitives

/// Why a file of keys cannot be used. No message holds what is in it.
package enum KeyFileError: Error, Sendable, CustomStringConvertible {
    /// A secret key that others than its owner may read.
    case exposed(path: String)
    /// The file holds something else; why, and where when that is one line of several.
    case malformed(path: String, line: Int?, reason: String)
    /// A text that is no public key, and names no file either.
    case neither(String)

    /// The sentence a user reads.
    package var description: String {
        switch self {
        case .exposed(let path):
            "\(Self.quoted(path)): a secret key that others than its owner may read is none: make a "
                + "new one, or, if nobody else uses this machine, 'chmod 600' it"
        case .malformed(let path, let line, let reason):
            "\(Self.quoted(path)): \(line.map { "line \($0): " } ?? "")\(reason)"
        case .neither(let text):
            "\(Self.quoted(text)): neither a public key 'NAME:BASE64' nor a file of such keys"
        }
    }

    private static func quoted(_ text: String) -> String {
        "'\(URLRedaction.redact(in: text).oneLine)'"
    }
}

/// Files of keys.
package enum KeyFile {
    /// The most bytes that a file of keys may have.
    private static let maximumCount = 65_536

    /// The secret key in the file at `path`.
    ///
    /// - Throws: ``KeyFileError`` when it is not one, or when others than its owner may read it;
    ///   ``HostError``.
    package static func secret(at path: String) throws -> SecretKey {
        var status = stat()
        guard unsafe stat(path.systemPath, &status) == 0 else {
            throw HostError.system("open", path, errno)
        }
        guard status.st_mode & 0o077 == 0 else { throw KeyFileError.exposed(path: path) }
        do { return try SecretKey(parsing: text(at: path)) } catch let error as KeyError {
            throw KeyFileError.malformed(path: path, line: nil, reason: error.description)
        }
    }

    /// Writes `key` to a new file that only its owner may read, and syncs it.
    ///
    /// - Throws: ``HostError``, also when there is something at `path`.
    package static func write(_ key: SecretKey, to path: String) throws {
        let descriptor = unsafe open(
            path.systemPath, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw HostError.system("create", path, errno) }
        defer { close(descriptor) }
        let bytes = Array((key.secretText + "\n").utf8)
        let written = unsafe bytes.withUnsafeBytes {
            unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
        }
        guard written == bytes.count, fsync(descriptor) == 0 else {
            let code = errno
            unsafe unlink(path.systemPath)
            throw HostError.system("write", path, code)
        }
    }

    /// The public keys that `text` is: one `NAME:BASE64`, or several with spaces between. Else those
    /// in the file at `path`, one a line, `#` before remarks.
    package static func publicKeys(_ text: String, orIn path: String) throws -> [PublicKey] {
        // What is no key may be the name of a file.
        if let keys = try? text.words.map({ try PublicKey(parsing: $0) }), !keys.isEmpty {
            return keys
        }
        var status = stat()
        guard unsafe stat(path.systemPath, &status) == 0 else { throw KeyFileError.neither(text) }
        var keys: [PublicKey] = []
        // By scalars: the two of a line end of Windows are one Swift character.
        let lines = try self.text(at: path).unicodeScalars.split(
            separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            for word in String(line.prefix { $0 != "#" }).words {
                do { keys.append(try PublicKey(parsing: word)) } catch {
                    throw KeyFileError.malformed(
                        path: path, line: index + 1, reason: error.description)
                }
            }
        }
        return keys
    }

    private static func text(at path: String) throws -> String {
        let bytes = try FileBytes.read(path: path, limit: maximumCount)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw KeyFileError.malformed(path: path, line: nil, reason: "it is not a file of keys")
        }
        return text
    }
}
