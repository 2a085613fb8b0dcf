import Glibc
public import Primitives
import SystemSupport

/// Why a build could not be run. A build that ran and failed is a `BuildOutcome`, not an error.
public enum SandboxError: Error, Hashable, Sendable, CustomStringConvertible {
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
    /// This process may not create user namespaces, or not mount in them; the message says at which step.
    case userNamespacesUnavailable(message: String)
    /// The command does not exist in the sandbox or cannot be executed.
    case commandNotExecutable(ByteString, message: String)
    /// The surroundings of the builder could not be made.
    case setupFailed(message: String)
    /// An entry of the builder's root directory could not be made, one of its inputs for example.
    case entryNotMade(String, inputs: Int, errno: Int32)
    /// libseccomp refused a rule of the filter: an incomplete filter is no filter.
    case filterFailed(rule: String, errno: Int32)
    /// Process 1 of the build ended without a word.
    case processDied
    /// The process that starts builds was killed.
    case spawnerDied
    /// A system call failed.
    case system(operation: String, path: String?, errno: Int32)

    /// What was wrong, where, and what to do.
    public var description: String {
        switch self {
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
        case .commandNotExecutable(let command, let message):
            "the builder '\(command)' cannot be executed in the sandbox: \(message)"
        case .setupFailed(let message):
            "the build sandbox could not be set up: \(message)"
        case .entryNotMade(let path, let inputs, let errno):
            "'\(path)' could not be made in the build sandbox: \(Self.text(errno))"
                + Self.hint(errno, inputs: inputs)
        case .filterFailed(let rule, let errno):
            "libseccomp refused the filter rule for \(rule): \(Self.text(errno))"
        case .processDied:
            "the first process of the build ended without a word; the build is stopped"
        case .spawnerDied:
            "the process that starts builds was killed; start the command again"
        case .system(let operation, let path, let errno):
            "\(operation)\(path.map { " '\($0)'" } ?? ""): \(Self.text(errno))"
        }
    }

    /// An input that is not there.
    static func missingInput(_ path: String) -> SandboxError {
        .unsuitableInput(path, reason: "it does not exist")
    }

    /// An input that is a device, for example.
    static func specialInput(_ path: String) -> SandboxError {
        .unsuitableInput(
            path, reason: "it is neither a file, a directory nor a symbolic link")
    }

    private static func hint(_ errno: Int32, inputs: Int) -> String {
        switch errno {
        case ENOSYS: "; the sandbox needs Linux 5.12 or newer"
        case ENOSPC:
            "; \(inputs) inputs need more mounts than 'sysctl fs.mount-max' allows"
        default: ""
        }
    }

    static func text(_ errno: Int32) -> String {
        systemMessage(errno)
    }
}
