import Glibc
import Primitives
import Sandbox
import StoreModel
import SystemSupport

/// What this machine can build.
public struct Machine: Sendable, Hashable {
    /// Its own system, such as `x86_64-linux`.
    public let system: String
    /// The systems it can build for.
    public let systems: Set<String>
    /// What `requiredSystemFeatures` may ask for.
    public let features: Set<String>

    /// What builds are remembered to have run on: system, kernel, processors.
    public let description: String

    /// A machine with these abilities.
    ///
    /// - Parameter description: what to remember builds by; `nil` is the system alone.
    public init(
        system: String, systems: Set<String>, features: Set<String>, description: String? = nil
    ) {
        self.description = description ?? system
        self.system = system
        self.systems = systems.union([system])
        self.features = features
    }

    /// The systems of 32 bits that the kernel of another runs, too.
    private static let narrow: [String: Set<String>] = [
        "x86_64-linux": ["i686-linux"], "aarch64-linux": ["armv6l-linux", "armv7l-linux"],
    ]

    /// Whether builders for `system` expect a machine of 32 bits, whatever the kernel is.
    static func is32Bit(_ system: String) -> Bool { narrow.values.contains { $0.contains(system) } }

    /// This machine: the kernel's architecture, and `kvm` when `/dev/kvm` can be opened.
    public static func current() -> Machine {
        var names = utsname()
        unsafe uname(&names)
        let architecture = unsafe withUnsafeBytes(of: &names.machine) {
            unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        let system = (architecture == "armv7l" ? "armv7l" : architecture) + "-linux"
        // Nothing else is taken for granted.
        let others = SandboxProbe.runs32BitPrograms ? narrow[system, default: []] : []
        var features: Set<String> = ["benchmark", "big-parallel"]
        if unsafe access("/dev/kvm", R_OK | W_OK) == 0 { features.insert("kvm") }
        let kernel = unsafe withUnsafeBytes(of: &names.release) {
            unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        return Machine(
            system: system, systems: others, features: features,
            description: "\(system), Linux \(kernel), \(Processors.count) processors")
    }

    /// Refuses a derivation that this machine cannot build.
    func check(_ derivation: Derivation, path: StorePath) throws(RealisationError) {
        let required = derivation.system.description
        guard derivation.isBuiltin || required == "builtin" || systems.contains(required) else {
            throw .wrongSystem(path, required: required, machine: system)
        }
        let attributes = try DerivationAttributes(derivation, path: path)
        let needed = try attributes.words("requiredSystemFeatures") ?? []
        if let missing = needed.first(where: { !features.contains($0) }) {
            throw .missingFeature(path, feature: missing)
        }
    }
}
