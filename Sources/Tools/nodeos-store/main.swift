import Glibc
import StoreCommands

let status = await NodeosStore.run(Array(CommandLine.arguments.dropFirst()), in: .process())
exit(status.rawValue)
