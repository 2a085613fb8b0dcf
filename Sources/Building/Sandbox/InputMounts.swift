import Glibc
import Primitives

/// Which inputs of a build bubblewrap mounts, and which are mounted around it before.
///
/// bubblewrap takes 9000 arguments, an input three of them, and reads the mount table after each of its
/// mounts. Many inputs are therefore mounted by the supervisor, in a mount namespace of its own: bubblewrap
/// then binds them with the directory in which they lie. Root may always do that. Another user needs a user
/// namespace for it, which some machines grant to bubblewrap alone: only where there is no other way.
struct InputMounts {
    /// The inputs that bubblewrap mounts.
    let byBubblewrap: [BuildRequest.Input]
    /// For each other input its host path and its mount point on the host, in turn.
    let before: [[UInt8]]

    /// So many mounts of bubblewrap take less than a tenth of a second.
    private static let few = 250
    /// What is left for the arguments that every build has.
    private static let ownArguments = 150

    /// Divides the inputs that are to be mounted.
    init(_ inputs: [BuildRequest.Input], of request: BuildRequest) {
        let arguments = 3 * (inputs.count + request.environment.count) + request.arguments.count
        let isMany =
            geteuid() == 0
            ? inputs.count > Self.few
            : arguments > BubblewrapArguments.limit - Self.ownArguments
        func isInStore(_ input: BuildRequest.Input) -> Bool {
            BuildRequest.parent(of: input.sandboxPath) == request.storeDirectory
        }
        byBubblewrap = isMany ? inputs.filter { !isInStore($0) } : inputs
        let around = isMany ? inputs.filter(isInStore) : []
        before = around.flatMap { input in
            let name = input.sandboxPath.dropFirst(request.storeDirectory.utf8.count)
            return [input.hostPath, request.hostStoreDirectory + name].map { $0.systemBytes }
        }
    }
}
