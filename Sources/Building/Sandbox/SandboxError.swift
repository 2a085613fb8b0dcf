public import Primitives
import SystemSupport

/// Why a build could not be run. A build that ran and failed is a `BuildOutcome`, not an error.
public enum SandboxError: Error, Hashable, Sendable, CustomStringConvertible {
    /// No `bwrap` in the search path: without it there is no sandbox, and nothing is built outside one.
    case bubblewrapNotFound(searchPath: String)
    /// The request contradicts itself, so that the builder would not see what it says.
    case invalidRequest(String)
    /// The private directory is missing, not ours, open to others or holds old files: outputs of somebody
    /// else could be taken for the build's.
    case unsuitableDirectory(String, reason: String)
    /// A file the request names as input is missing or neither file, directory nor symbolic link.
    case unsuitableInput(String, reason: String)
    /// The builder replaced an input that is a symbolic link: what it built is not what was asked for.
    case inputReplaced(String)
    /// `/dev/kvm` was asked for and cannot be used.
    case kvmUnavailable(reason: String)
    /// This process may not create user namespaces; bubblewrap's words say at which step.
    case userNamespacesUnavailable(message: String)
    /// The installed bubblewrap is older than 0.8.
    case bubblewrapTooOld(message: String)
    /// The command does not exist in the sandbox or cannot be executed.
    case commandNotExecutable(ByteString, message: String)
    /// bubblewrap could not set the sandbox up; its words.
    case setupFailed(message: String)
    /// So many inputs that they are mounted before bubblewrap starts could not be mounted.
    case inputsNotMounted(count: Int, errno: Int32)
    /// libseccomp refused a rule of the filter: an incomplete filter is no filter.
    case filterFailed(rule: String, errno: Int32)
    /// The process that watches over the build was killed before it could report.
    case supervisorDied
    /// A system call failed.
    case system(operation: String, path: String?, errno: Int32)

    /// What was wrong, where, and what to do.
    public var description: String {
        switch self {
        case .bubblewrapNotFound(let searchPath):
            "bubblewrap ('bwrap') is not in PATH (\(searchPath)); install it, on Debian: "
                + "apt-get install bubblewrap"
        case .invalidRequest(let reason):
            "the build request is not valid: \(reason)"
        case .unsuitableDirectory(let path, let reason):
            "'\(path)' cannot be the private directory of a build: \(reason)"
        case .unsuitableInput(let path, let reason):
            "'\(path)' cannot be an input of a build: \(reason)"
        case .inputReplaced(let path):
            "the builder replaced its own input '\(path)'"
        case .kvmUnavailable(let reason):
            "the build needs /dev/kvm, which cannot be used: \(reason)"
        case .userNamespacesUnavailable(let message):
            "this process may not create user namespaces, which the build sandbox needs (\(message)); "
                + "as root, whichever of these the kernel has: sysctl -w "
                + "kernel.unprivileged_userns_clone=1, sysctl -w user.max_user_namespaces=15000, "
                + "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0; in a container: run it "
                + "with user namespaces and mount allowed"
        case .bubblewrapTooOld(let message):
            "the installed bubblewrap is too old (\(message)); version 0.8 or newer is needed"
        case .commandNotExecutable(let command, let message):
            "the builder '\(command)' cannot be executed in the sandbox: \(message)"
        case .setupFailed(let message):
            "bubblewrap could not set up the build sandbox: \(message)"
        case .inputsNotMounted(let count, let errno):
            "the build's \(count) inputs could not be mounted: \(Self.text(errno)); so many need Linux 5.12, "
                + "'sysctl fs.mount-max' of more than twice their number, and, for users other than root, "
                + "leave to mount in a user namespace"
        case .filterFailed(let rule, let errno):
            "libseccomp refused the filter rule for \(rule): \(Self.text(errno))"
        case .supervisorDied:
            "the process that supervises the build was killed; the build is stopped"
        case .system(let operation, let path, let errno):
            "\(operation)\(path.map { " '\($0)'" } ?? ""): \(Self.text(errno))"
        }
    }

    static func text(_ errno: Int32) -> String {
        systemMessage(errno)
    }
}
