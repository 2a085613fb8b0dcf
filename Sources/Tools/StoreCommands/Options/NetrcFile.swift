import Glibc
import Primitives
import SystemSupport

/// Where credentials for the hosts of downloads and caches are.
enum NetrcFile {
    /// The file that `--netrc` names, else `NETRC`; `nil` when neither does. `~/.netrc` is not looked for:
    /// what a download may use is said, not found.
    ///
    /// - Throws: ``StoreCommandsError`` when it cannot be read.
    static func path(_ option: String?, _ context: CommandContext) throws -> String? {
        let variable = context.variable("NETRC").flatMap { $0.isEmpty ? nil : $0 }
        guard let path = (option ?? variable).map(context.absolute) else { return nil }
        guard unsafe access(path.systemPath, R_OK) == 0 else {
            throw HostError.system("read the netrc file", path, errno)
        }
        return path
    }
}
