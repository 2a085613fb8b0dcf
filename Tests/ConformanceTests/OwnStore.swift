import Glibc
import LocalStore
import Primitives
import StoreCommands
import StoreDatabase
import StoreModel
import Synchronization
import TestSupport

/// A store of this program with Nix's store directory, below a temporary one, beside the store of the real Nix.
struct OwnStore {
    let directory: TemporaryDirectory

    /// Makes or opens it.
    func open() throws -> LocalStore {
        try LocalStore(
            opening: StoreLayout(
                storeDirectory: StoreDirectory("/nix/store"), root: directory.file("root")),
            access: .create)
    }

    /// Runs a command on it, or on the one below another `root`.
    func run(_ arguments: [String], root: String = "root") async -> (
        status: StoreCommands.ExitStatus, text: String, errors: String
    ) {
        let printed = Mutex([UInt8]())
        let complained = Mutex([UInt8]())
        let context = CommandContext(
            environment: [
                "NODEOS_ROOT": directory.file(root), "NODEOS_STORE_DIR": "/nix/store",
                "PATH": "/usr/local/bin:/usr/bin:/bin",
            ],
            workingDirectory: directory.path, input: CommandInput { _ in 0 },
            output: CommandOutput { bytes in
                let copy = bytes.copied()
                printed.withLock { $0 += copy }
            },
            errorOutput: CommandOutput { bytes in
                let copy = bytes.copied()
                complained.withLock { $0 += copy }
            }, now: { Int64(time(nil)) })
        let status = await NodeosStoreCommand.run(arguments, in: context)
        return (
            status, printed.withLock { String(decoding: $0, as: UTF8.self) },
            complained.withLock { String(decoding: $0, as: UTF8.self) }
        )
    }
}
