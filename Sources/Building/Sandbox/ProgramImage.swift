import CLoader
import Glibc

/// This program's own files: what a sandbox must show for the program to run itself inside.
public struct ProgramImage: Sendable, Hashable {
    /// The executable.
    public let executable: String
    /// The shared objects it has loaded, as the dynamic loader found them, so that each base name
    /// is the name by which others ask for it. The dynamic loader itself is among them.
    public let sharedObjects: [String]

    /// The dynamic loader among ``sharedObjects``; `nil` for a static program.
    public var loader: String? {
        sharedObjects.first { $0.split(separator: "/").last?.hasPrefix("ld-linux") == true }
    }

    /// An image of known files.
    public init(executable: String, sharedObjects: [String]) {
        self.executable = executable
        self.sharedObjects = sharedObjects
    }

    /// The files of the running program. `nil` when `/proc` is not mounted.
    public static func current() -> ProgramImage? {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = unsafe readlink("/proc/self/exe", &path, Int(PATH_MAX))
        guard count > 0 else { return nil }
        let executable = String(
            decoding: path.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        var buffer = [CChar](repeating: 0, count: nodeos_shared_objects(nil, 0))
        let used = unsafe nodeos_shared_objects(&buffer, buffer.count)
        guard used <= buffer.count else { return nil }
        let objects = buffer.prefix(used).split(separator: 0).map {
            String(decoding: $0.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        return ProgramImage(executable: executable, sharedObjects: objects)
    }
}
