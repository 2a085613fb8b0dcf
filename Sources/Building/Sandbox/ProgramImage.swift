import CKernel
import Glibc
import Primitives

/// This program's own files: what a sandbox must show for the program to run itself inside.
package struct ProgramImage: Sendable, Hashable {
    /// The executable.
    package let executable: String
    /// The shared objects it has loaded, as the dynamic loader found them, so that each base name
    /// is the name by which others ask for it. The dynamic loader itself is among them.
    package let sharedObjects: [String]

    /// The dynamic loader among ``sharedObjects``; `nil` for a static program.
    package var loader: String? {
        sharedObjects.first { $0.split(separator: "/").last?.hasPrefix("ld-linux") == true }
    }

    /// An image of known files.
    package init(executable: String, sharedObjects: [String]) {
        self.executable = executable
        self.sharedObjects = sharedObjects
    }

    /// The arguments of the running program, its name first, each byte of them as it was given.
    package static func arguments() -> [String] {
        var count: Int32 = 0
        guard let values = unsafe nodeos_arguments(&count) else { return [] }
        return (0..<Int(count)).compactMap { index in
            unsafe values[index].map { unsafe String(systemString: $0) }
        }
    }

    /// The files of the running program. `nil` when `/proc` is not mounted.
    package static func current() -> ProgramImage? {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = unsafe readlink("/proc/self/exe", &path, Int(PATH_MAX))
        guard count > 0 else { return nil }
        let executable = String(systemBytes: path.prefix(count).map { UInt8(bitPattern: $0) })
        var buffer = [CChar](repeating: 0, count: nodeos_shared_objects(nil, 0))
        let used = unsafe nodeos_shared_objects(&buffer, buffer.count)
        guard used <= buffer.count else { return nil }
        let objects = buffer.prefix(used).split(separator: 0).map {
            String(systemBytes: $0.map { UInt8(bitPattern: $0) })
        }
        return ProgramImage(executable: executable, sharedObjects: objects)
    }
}
