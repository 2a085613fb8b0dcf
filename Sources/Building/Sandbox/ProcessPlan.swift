import CKernel
import Glibc
import Primitives

/// What process 1 of a build is told: how the builder is started, and each entry of its root directory, as
/// `nodeos_build.h` describes.
struct ProcessPlan {
    /// One entry of the root directory.
    struct Step {
        let kind: nodeos_step
        /// Where the builder sees it.
        let path: String
        /// Its text or target, or where it is on the host.
        var source: [UInt8] = []
    }

    /// The entries, in the order in which they are made.
    let steps: [Step]
    private let request: BuildRequest
    private let filter: BuildFilter

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

    /// The plan for a checked request.
    init(
        _ request: BuildRequest, _ directory: borrowing BuildDirectory, _ filter: BuildFilter
    ) {
        self.request = request
        self.filter = filter
        var steps = Self.devices(request)
        steps += [
            Step(kind: nodeos_step_shared_directory, path: "/tmp"),
            Step(kind: nodeos_step_text, path: "/etc/passwd", source: Array(Self.passwd.utf8)),
            Step(kind: nodeos_step_text, path: "/etc/group", source: Array(Self.group.utf8)),
        ]
        switch request.network {
        case .none:
            steps.append(
                Step(kind: nodeos_step_text, path: "/etc/hosts", source: Array(Self.hosts.utf8)))
        case .host: steps += Self.networkFiles()
        }
        steps += [
            Step(
                kind: nodeos_step_directory, path: "/build",
                source: request.hostScratchDirectory.systemBytes),
            Step(kind: nodeos_step_store, path: request.storeDirectory),
        ]
        steps += directory.binds.map {
            Step(kind: nodeos_step_input, path: $0.sandboxPath, source: $0.hostPath.systemBytes)
        }
        steps += directory.links.map {
            Step(kind: nodeos_step_link, path: $0.path, source: $0.target)
        }
        // Read-only as a whole: where the caller is root, the files in it that belong to the machine
        // (sysctls, and the modes of all others) are the builder's.
        steps.append(Step(kind: nodeos_step_processes, path: "/proc"))
        self.steps = steps
    }

    private static func devices(_ request: BuildRequest) -> [Step] {
        let names =
            ["full", "null", "random", "tty", "urandom", "zero"] + (request.kvm ? ["kvm"] : [])
        let links = [
            ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
            ("stderr", "/proc/self/fd/2"), ("core", "/proc/kcore"), ("ptmx", "pts/ptmx"),
        ]
        return names.map {
            Step(
                kind: nodeos_step_device, path: "/dev/" + $0, source: Array("/dev/\($0)".utf8))
        }
            + links.map {
                Step(kind: nodeos_step_link, path: "/dev/" + $0.0, source: Array($0.1.utf8))
            } + [
                Step(kind: nodeos_step_shared_directory, path: "/dev/shm"),
                Step(kind: nodeos_step_terminals, path: "/dev/pts"),
            ]
    }

    private static func networkFiles() -> [Step] {
        var steps = ["/etc/hosts", "/etc/nsswitch.conf", "/etc/resolv.conf", "/etc/services"].map {
            Step(kind: nodeos_step_optional, path: $0, source: Array($0.utf8))
        }
        if let file = certificateFiles.first(where: { unsafe access($0, R_OK) == 0 }) {
            steps.append(
                Step(
                    kind: nodeos_step_optional, path: certificateFiles[0],
                    source: Array(file.utf8)))
        }
        return steps
    }

    /// The plan as process 1 reads it.
    func encoded() -> [UInt8] {
        let arguments = [request.command.bytes] + request.arguments.map(\.bytes)
        var variables = request.environment
        if variables["PWD"] == nil { variables["PWD"] = "/build" }
        let environment = variables.sorted { $0.key < $1.key }.map {
            $0.key.bytes + [UInt8(ascii: "=")] + $0.value.bytes
        }
        var head = nodeos_plan(
            open_files_soft: 1024, open_files_hard: 524_288,
            processes: UInt64(request.limits.processes ?? 0),
            creation_mask: request.conditions.creationMask,
            personality: request.conditions.personality(is32Bit: request.is32Bit),
            processors: UInt32(clamping: request.conditions.processorCount ?? 0),
            own_network: request.network == .none ? 1 : 0,
            own_session: request.interaction == .logged ? 1 : 0,
            rules_bytes: UInt32(filter.rules.count), ceiling_bytes: UInt32(filter.ceiling.count),
            input_count: UInt32(request.storeInputs.count),
            argument_count: UInt32(arguments.count), environment_count: UInt32(environment.count),
            step_count: UInt32(steps.count))
        var bytes = unsafe withUnsafeBytes(of: &head) { unsafe Array($0) }
        bytes.reserveCapacity(1 << 14 + 160 * request.storeInputs.count)
        bytes += filter.rules
        bytes += filter.ceiling
        func add(_ text: some Sequence<UInt8>) {
            bytes.append(contentsOf: text)
            bytes.append(0)
        }
        add(request.conditions.hostName.utf8)
        add("/build".utf8)
        for input in request.storeInputs {
            add(input.name.systemBytes)
            add(input.hostPath.systemBytes)
        }
        for argument in arguments { add(argument) }
        for variable in environment { add(variable) }
        for step in steps {
            bytes.append(UInt8(truncatingIfNeeded: step.kind.rawValue))
            add(step.path.systemBytes)
            add(step.source)
        }
        return bytes
    }
}
