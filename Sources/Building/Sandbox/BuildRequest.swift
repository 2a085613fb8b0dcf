public import Primitives

/// Everything one build may see and do: the same request gives the same environment on any machine.
///
/// A plain value that knows neither derivations nor the store; `docs/formats/build-environment.md` describes
/// what the builder finds. Paths are absolute, without `.`, `..`, empty components or a trailing slash.
public struct BuildRequest: Hashable, Sendable {
    /// A host file, directory or symbolic link that the builder sees, read-only.
    public struct Input: Hashable, Sendable, Comparable {
        /// Where it is on the host.
        public let hostPath: String
        /// Where the builder sees it.
        public let sandboxPath: String

        /// An input.
        public init(hostPath: String, sandboxPath: String) {
            self.hostPath = hostPath
            self.sandboxPath = sandboxPath
        }

        /// By where the builder sees them, as bytes.
        public static func < (left: Input, right: Input) -> Bool {
            left.sandboxPath.utf8.lexicographicallyPrecedes(right.sandboxPath.utf8)
        }
    }

    /// A host file, directory or symbolic link that the builder sees, read-only, in its store directory.
    public struct StoreInput: Hashable, Sendable {
        /// Its name in the store directory.
        public let name: String
        /// Where it is on the host.
        public let hostPath: String

        /// An input.
        public init(_ name: String, at hostPath: String) {
            self.name = name
            self.hostPath = hostPath
        }
    }

    /// What the builder can reach over the network.
    public enum Network: Hashable, Sendable {
        /// Its own loopback interface only.
        case none
        /// All the host can, with the host's name resolution and CA certificates. For fetchers of
        /// fixed-output derivations. Unix sockets are refused.
        case host
    }

    /// Where the builder's standard streams go.
    public enum Interaction: Hashable, Sendable {
        /// Input is empty; output and error are one log.
        case logged
        /// The caller's own terminal, for a shell in the environment of a build.
        case terminal
    }

    /// When a build is stopped. `nil` is no limit.
    public struct Limits: Hashable, Sendable {
        /// Time from start to end.
        public var wallClock: Duration?
        /// Time without a byte of output. Not with `.terminal`.
        public var silence: Duration?
        /// Bytes of output. Not with `.terminal`.
        public var logBytes: UInt64?
        /// Processes and threads at one time; ``ProcessLimit`` says what holds on which machine.
        public var processes: Int?

        /// Limits.
        public init(
            wallClock: Duration? = nil, silence: Duration? = nil, logBytes: UInt64? = nil,
            processes: Int? = nil
        ) {
            self.wallClock = wallClock
            self.silence = silence
            self.logBytes = logBytes
            self.processes = processes
        }
    }

    /// The inputs that are not in the store directory, sorted by where the builder sees them.
    public let inputs: [Input]
    /// The inputs in the store directory, sorted by their names. Nothing else of the host is visible.
    public let storeInputs: [StoreInput]
    /// The program, inside an input, and its arguments. It is called by its path (`argv[0]`).
    public var command: ByteString
    /// The arguments after the program's name.
    public var arguments: [ByteString]
    /// The whole environment. `PWD` is set to `/build` when it is not in it.
    public var environment: [ByteString: ByteString]
    /// The store directory as the builder sees it: it may create entries there, beside its inputs.
    public var storeDirectory: String
    /// The paths directly in `storeDirectory` that the builder is to create.
    public var outputs: Set<String>
    /// A directory of the host for this build only: owned by the caller, mode 0700, on the file system the
    /// outputs are to be on. The sandbox uses `build` (the builder's `/build`; may hold files already) and
    /// `store` (outputs; must be missing or empty unless ``goesOn``) in it. The caller removes it.
    public var hostDirectory: String
    /// Whether `store` in ``hostDirectory`` may hold what an earlier build there left: a shell is to look
    /// at what a builder made before it failed.
    public var goesOn = false
    /// A directory of the host, on the file system of ``hostDirectory``, in which the sandbox may keep what one
    /// build leaves for the next: the places and mounts of their inputs. Directories that it makes there are
    /// locked (flock(2)), have mode 0700, and are removed with the `Sandbox`. `nil`: nothing is kept.
    public var sharedDirectory: String?
    /// What the builder can reach.
    public var network: Network
    /// Whether the builder gets `/dev/kvm`.
    public var kvm: Bool
    /// Whether the builder is a 32-bit program of a 64-bit machine: `uname -m` names the narrower
    /// processor then (`PER_LINUX32`).
    public var is32Bit = false
    /// Where the builder's output goes.
    public var interaction: Interaction
    /// When the build is stopped.
    public var limits: Limits
    /// What no derivation states; the same for all builds but those of an audit.
    public var conditions = BuildConditions()

    /// A request; `Sandbox.run` checks it. Inputs that are directly in the store directory join `storeInputs`.
    public init(
        inputs: [Input], storeInputs: [StoreInput] = [], command: ByteString,
        arguments: [ByteString] = [],
        environment: [ByteString: ByteString] = [:], storeDirectory: String,
        outputs: Set<String> = [], hostDirectory: String, network: Network = .none,
        kvm: Bool = false, interaction: Interaction = .logged, limits: Limits = Limits()
    ) {
        var others: [Input] = []
        var members = storeInputs
        for input in inputs {
            if let name = Self.name(of: input.sandboxPath, in: storeDirectory) {
                members.append(StoreInput(name, at: input.hostPath))
            } else {
                others.append(input)
            }
        }
        self.inputs = others.sorted()
        self.storeInputs = members.sorted { Self.precedes($0.name, $1.name) }
        self.command = command
        self.arguments = arguments
        self.environment = environment
        self.storeDirectory = storeDirectory
        self.outputs = outputs
        self.hostDirectory = hostDirectory
        self.network = network
        self.kvm = kvm
        self.interaction = interaction
        self.limits = limits
    }

    /// Where the builder's `/build` is on the host.
    public var hostScratchDirectory: String { hostDirectory + "/build" }

    /// Where the builder's store directory is on the host; after a build it holds what the builder made
    /// there and nothing else.
    public var hostStoreDirectory: String { hostDirectory + "/store" }

    /// Where an output that the builder sees at `path` is on the host.
    public func hostPath(ofOutput path: String) -> String {
        hostStoreDirectory + path.dropFirst(storeDirectory.utf8.count)
    }
}
