import Glibc
import StoreCommands

let status = await NodeosStoreCommand.run(CommandContext.arguments(), in: .process())
exit(status.rawValue)
