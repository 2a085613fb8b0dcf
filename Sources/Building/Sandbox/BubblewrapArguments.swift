import Glibc
import Primitives

/// bubblewrap's arguments for a request, in the form that `--args FD` reads: each ended by a NUL byte.
struct BubblewrapArguments {
    /// The encoded arguments.
    private(set) var bytes: [UInt8] = []
    private var count = 0

    /// bubblewrap's own limit is 9000 with those on its command line; an input takes three.
    static let limit = 8900

    /// The descriptors bubblewrap reads or writes.
    struct Files {
        let status: Int32
        let filters: [Int32]
        let passwd: Int32
        let group: Int32
        /// `nil` where the host's own is bound.
        let hosts: Int32?

        var all: [Int32] { [status, passwd, group] + filters + (hosts.map { [$0] } ?? []) }
    }

    static let passwd = """
        root:x:0:0:root:/build:/noshell
        nixbld:x:1000:100:build user:/build:/noshell
        nobody:x:65534:65534:nobody:/:/noshell

        """
    static let group = """
        root:x:0:
        nixbld:!:100:
        nogroup:x:65534:

        """
    static let hosts = """
        127.0.0.1 localhost
        ::1 localhost

        """

    /// The places where distributions keep all CA certificates in one file.
    private static let certificateFiles = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem",
    ]

    /// The arguments of a checked request.
    ///
    /// - Parameter inputs: those that bubblewrap is to mount.
    init(
        _ request: BuildRequest, _ directory: borrowing BuildDirectory, _ files: Files,
        inputs: [BuildRequest.Input]
    ) throws(SandboxError) {
        add("--unshare-user", "--disable-userns", "--uid", "1000", "--gid", "100")
        add("--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-cgroup")
        if request.network == .none { add("--unshare-net") }
        add("--hostname", request.conditions.hostName, "--die-with-parent", "--cap-drop", "ALL")
        if request.interaction == .logged { add("--new-session") }
        add("--json-status-fd", "\(files.status)")
        for filter in files.filters { add("--add-seccomp-fd", "\(filter)") }
        add("--clearenv")
        for (key, value) in request.environment.sorted(by: { $0.key < $1.key }) {
            add("--setenv")
            add(key)
            add(value)
        }
        add("--dev", "/dev")
        for device in directory.devices {
            add("--dev-bind", device.hostPath, "/dev/" + device.name)
        }
        if request.kvm, !directory.devices.contains(where: { $0.name == "kvm" }) {
            add("--dev-bind", "/dev/kvm", "/dev/kvm")
        }
        add("--perms", "1777", "--tmpfs", "/tmp")
        add("--file", "\(files.passwd)", "/etc/passwd", "--file", "\(files.group)", "/etc/group")
        if let hosts = files.hosts { add("--file", "\(hosts)", "/etc/hosts") }
        if request.network == .host { addNetworkFiles() }
        add("--bind", request.hostScratchDirectory, "/build", "--chdir", "/build")
        add("--bind", request.hostStoreDirectory, request.storeDirectory)
        for input in inputs { add("--ro-bind", input.hostPath, input.sandboxPath) }
        for link in directory.links {
            add("--symlink")
            add(ByteString(link.target))
            add(ByteString(link.path))
        }
        // Read-only as a whole: where the caller is root, the files in it that belong to the machine
        // (sysctls, and the modes of all others) are the builder's.
        add("--proc", "/proc", "--remount-ro", "/proc")
        guard count + request.arguments.count <= Self.limit else {
            throw .invalidRequest(
                "\(request.inputs.count) inputs, \(request.environment.count) environment variables and "
                    + "\(request.arguments.count) arguments are more than bubblewrap takes")
        }
    }

    private mutating func addNetworkFiles() {
        for path in ["/etc/hosts", "/etc/nsswitch.conf", "/etc/resolv.conf", "/etc/services"] {
            add("--ro-bind-try", path, path)
        }
        if let file = Self.certificateFiles.first(where: { unsafe access($0, R_OK) == 0 }) {
            add("--ro-bind", file, Self.certificateFiles[0])
        }
    }

    private mutating func add(_ arguments: String...) {
        for argument in arguments { add(ByteString(argument.systemBytes)) }
    }

    private mutating func add(_ argument: ByteString) {
        bytes.append(contentsOf: argument.bytes)
        bytes.append(0)
        count += 1
    }
}
