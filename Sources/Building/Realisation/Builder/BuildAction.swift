public import Primitives
public import Sandbox
public import StoreModel

/// One build, as a builder on any machine could run it: everything it may see, and what it is to make.
///
/// `docs/formats/build-environment.md` describes what the builder finds.
public struct BuildAction: Sendable {
    /// A store path that the builder sees at its own place, read-only.
    public struct Input: Hashable, Sendable {
        /// The path.
        public let path: StorePath
        /// Where it is on this machine.
        public let place: String
        /// The digest of its tree in the form that another store of trees wants; `nil` when nobody has
        /// computed it.
        public var treeDigest: Digest?

        /// An input.
        public init(_ path: StorePath, at place: String, treeDigest: Digest? = nil) {
            self.path = path
            self.place = place
            self.treeDigest = treeDigest
        }
    }

    /// What runs.
    public enum Work: Sendable {
        /// A program in an input, by its path, with these arguments.
        case program(ByteString, [ByteString])
        /// What this library does itself, in a child: see ``BuiltinProgram``.
        case builtin(BuiltinJob)
    }

    /// The derivation that is built.
    public let derivation: StorePath
    /// The system that the builder is a program of, such as `x86_64-linux`.
    public let system: String
    /// The system features that it requires, such as `kvm`.
    public let features: Set<String>
    /// The store directory as the builder sees it.
    public let storeDirectory: StoreDirectory
    /// The closure of what it is built from.
    public let inputs: [Input]
    /// What runs.
    public let work: Work
    /// The whole environment.
    public let environment: [ByteString: ByteString]
    /// Files in `/build`, where the builder starts, by name.
    public let files: [String: [UInt8]]
    /// Files of this machine that the user, or a download, wants shown. Where there are none of these, the
    /// build is the same on any machine.
    public let machineFiles: [BuildRequest.Input]
    /// What it is to make. Some of it may be valid on other machines already.
    public let outputs: [StorePath]
    /// What it may reach.
    public let network: BuildRequest.Network
    /// When it is stopped.
    public let limits: BuildRequest.Limits
    /// What no derivation states; an audit varies it.
    public let conditions: BuildConditions
    /// A directory of this machine for this build only, mode 0700, on the file system of the store. The
    /// outputs are to be in a directory in it. The caller removes it.
    public let directory: String

    /// Whether it is a download, which has the network and arrives in `/build`.
    var isDownload: Bool { if case .builtin(.fetch) = work { true } else { false } }

    /// Whether a program of the derivation's own runs.
    var isProgram: Bool { if case .program = work { true } else { false } }
}
