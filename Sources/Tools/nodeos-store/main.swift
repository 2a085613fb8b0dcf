import Glibc
import StoreCommands

let status = await NodeosStore.run(CommandContext.arguments(), in: .process())
exit(status.rawValue)
