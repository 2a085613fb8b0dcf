import Glibc
import Primitives

/// Files of keys.
enum KeyFile {
    /// The most bytes that a file of keys may have.
    private static let maximumCount = 65_536

    /// The secret key in the file at `path`.
    ///
    /// - Throws: ``StoreCommandsError`` when it is not one, or when others than its owner may read
    ///   it; no message holds what is in it.
    static func secret(at path: String) throws -> SecretKey {
        var status = stat()
        guard unsafe stat(path.systemPath, &status) == 0 else {
            throw StoreCommandsError.system("open", path, errno)
        }
        guard status.st_mode & 0o077 == 0 else {
            throw StoreCommandsError.badFile(
                path,
                reason: "a secret key that others than its owner may read is none: make a new one, "
                    + "or, if nobody else uses this machine, 'chmod 600' it")
        }
        do { return try SecretKey(parsing: text(at: path)) } catch let error as KeyError {
            throw StoreCommandsError.badFile(path, reason: error.description)
        }
    }

    /// The public keys that `text` is or names: a key `NAME:BASE64`, several with spaces between,
    /// or a file of them, one a line, `#` before remarks.
    static func publicKeys(_ text: String, _ context: CommandContext) throws -> [PublicKey] {
        if let keys = try? text.split(separator: " ").map({ try PublicKey(parsing: String($0)) }),
            !keys.isEmpty
        {
            return keys
        }
        let path = context.absolute(text)
        var status = stat()
        guard unsafe stat(path.systemPath, &status) == 0 else {
            throw StoreCommandsError.badArgument(
                text, reason: "neither a public key 'NAME:BASE64' nor a file of such keys")
        }
        var keys: [PublicKey] = []
        // By scalars: the two of a line end of Windows are one Swift character.
        let lines = try self.text(at: path).unicodeScalars.split(
            separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            for word in String(line.prefix { $0 != "#" }).words {
                do { keys.append(try PublicKey(parsing: word)) } catch {
                    throw StoreCommandsError.badFile(
                        path, reason: "line \(index + 1): \(error.description)")
                }
            }
        }
        return keys
    }

    private static func text(at path: String) throws -> String {
        let bytes = try FileBytes.read(path: path, limit: maximumCount)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw StoreCommandsError.badFile(path, reason: "it is not a file of keys")
        }
        return text
    }
}
