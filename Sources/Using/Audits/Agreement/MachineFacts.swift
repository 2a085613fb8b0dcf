import Archives
import Glibc
public import LocalStore
import Primitives
import SystemSupport

/// What a manifest tells of the machine and the store it was written on: what may explain a
/// difference, and what lets the same side be recognised under two names.
public struct MachineFacts: Hashable, Sendable {
    /// A digest that stands for the machine and does not tell its identity; `nil` when it has none.
    public var machineID: String?
    /// The same for the store; `nil` when it has no identity.
    public var storeID: String?
    /// The processor and system, such as `x86_64-linux`.
    public var system: String
    /// The kernel's name and version, such as `Linux 6.1.0-18-amd64`.
    public var kernel: String
    /// The processor's model name; `nil` where the kernel does not tell.
    public var processor: String?
    /// How many processors are in use.
    public var processorCount: Int
    /// The file system that the store directory lies on, such as `ext4`, or `unknown`.
    public var fileSystem: String

    /// Facts from their parts.
    public init(
        machineID: String? = nil, storeID: String? = nil, system: String, kernel: String,
        processor: String? = nil, processorCount: Int, fileSystem: String
    ) {
        self.machineID = machineID
        self.storeID = storeID
        self.system = system
        self.kernel = kernel
        self.processor = processor
        self.processorCount = processorCount
        self.fileSystem = fileSystem
    }

    /// The facts of this machine and of the store of `layout`.
    ///
    /// - Parameter identity: what the store's database has; never anything of the machine, for two that were
    ///   made of one image have all of that in common.
    public init(of layout: StoreLayout, identity: String?) {
        var names = utsname()
        unsafe uname(&names)
        system = unsafe withUnsafeBytes(of: &names.machine) { unsafe Self.text($0) } + "-linux"
        kernel =
            unsafe withUnsafeBytes(of: &names.sysname) { unsafe Self.text($0) } + " "
            + withUnsafeBytes(of: &names.release) { unsafe Self.text($0) }
        processor = Self.processorName()
        processorCount = Processors.count
        fileSystem = Self.fileSystem(of: layout.realStoreDirectory)
        storeID = identity.map { Self.digest("store", $0) }
        guard let machine = Self.firstLine(of: "/etc/machine-id"), !machine.isEmpty else { return }
        machineID = Self.digest("machine", machine)
    }

    /// One line for people.
    public var description: String {
        "\(system), \(kernel), \(processorCount) processors"
            + (processor.map { " (\($0))" } ?? "") + ", \(fileSystem)"
    }

    /// 128 bits that tell nothing of what they are made of.
    private static func digest(_ kind: String, _ secret: String) -> String {
        let text = "nodeos-store \(kind)\n" + secret
        return Base16.encode(Array(Digest.hash(text).bytes[..<16]))
    }

    private static func text(_ bytes: UnsafeRawBufferPointer) -> String {
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    private static func processorName() -> String? {
        guard let text = contents(of: "/proc/cpuinfo") else { return nil }
        for line in text.split(separator: "\n") where line.hasPrefix("model name") {
            return line.split(separator: ":", maxSplits: 1).last.map { name in
                name.split(separator: " ").joined(separator: " ")
            }
        }
        return nil
    }

    /// The beginning of a file of the kernel, as text.
    private static func contents(of path: String) -> String? {
        // A fact that the machine does not tell is left out; nothing is decided by it.
        guard let file = try? OpenFile(reading: path) else { return nil }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        // What could be read of it is told; see above.
        while bytes.count < 1 << 20, let count = try? file.read(into: &buffer, count: buffer.count),
            count > 0
        { bytes += buffer[..<count] }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }

    private static func firstLine(of path: String) -> String? {
        contents(of: path).map { String($0.prefix { $0 != "\n" }) }
    }

    /// The type of the mount that `path` lies below, by `/proc/self/mountinfo`.
    private static func fileSystem(of path: String) -> String {
        var best: (mount: Substring, type: Substring) = ("", "unknown")
        for line in (contents(of: "/proc/self/mountinfo") ?? "").split(separator: "\n") {
            let words = line.split(separator: " ")
            // Optional fields end with a dash; the type follows.
            guard words.count > 4, let dash = words.firstIndex(of: "-"), dash + 1 < words.count
            else { continue }
            let mount = words[4]
            let isAbove = mount == "/" || path == mount || path.hasPrefix(mount + "/")
            // Of two mounts at one place the later one is seen.
            if isAbove, mount.utf8.count >= best.mount.utf8.count {
                best = (mount, words[dash + 1])
            }
        }
        return String(best.type)
    }
}
