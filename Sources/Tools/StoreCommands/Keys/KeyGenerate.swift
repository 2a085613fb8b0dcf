public import ArgumentParser
import Glibc
import Primitives

/// `key generate`: a new key pair.
public struct KeyGenerate: StoreCommand {
    /// Name and help.
    public static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Make a new key pair: the secret key goes to a file, the public one is printed.",
        discussion: """
            Ed25519, in the form of Nix's keys: both programs can use them. The file is readable \
            by its owner only, and none is overwritten. A name such as example.org-1 tells whose \
            key it is and leaves room for the next one.

            Example:
              nodeos-store key generate example.org-1 example.secret > example.public
            """)

    @Argument(help: "The key's name.")
    var name: String

    @Argument(
        help: "The file for the secret key.", completion: .file(), transform: PlaceArgument.file)
    var file: String

    /// The command without arguments.
    public init() {}

    /// Makes the key pair.
    public func run(in context: CommandContext) async throws {
        var random = SystemRandomNumberGenerator()
        let key = try SecretKey(generating: name, using: &random)
        try write(key.secretText + "\n", to: context.absolute(file))
        try context.output.print(key.publicKey.description)
    }

    private func write(_ text: String, to path: String) throws {
        let descriptor = unsafe open(
            path.systemPath, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StoreCommandsError.system("create", path, errno) }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        let written = unsafe bytes.withUnsafeBytes {
            unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
        }
        guard written == bytes.count, fsync(descriptor) == 0 else {
            let code = errno
            unsafe unlink(path.systemPath)
            throw StoreCommandsError.system("write", path, code)
        }
    }
}
