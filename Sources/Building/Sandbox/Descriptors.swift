import CKernel
import Glibc
import Primitives

/// The open descriptors of one build; all are closed when it goes away. Every one is closed on exec and
/// numbered above 2.
struct Descriptors: ~Copyable, Sendable {
    private var open: Set<Int32> = []

    deinit {
        for number in open { Glibc.close(number) }
    }

    /// Takes over a descriptor.
    mutating func own(_ number: Int32) -> Int32 {
        open.insert(number)
        return number
    }

    /// Closes one early.
    mutating func close(_ number: Int32) {
        if open.remove(number) != nil { Glibc.close(number) }
    }

    /// An anonymous file that holds `bytes`, to be read from its start.
    mutating func file(_ name: String, holding bytes: [UInt8]) throws(SandboxError) -> Int32 {
        let number = unsafe own(
            try SystemCall.checkNegated(nodeos_memory_file(name), "create a memory file"))
        try SystemCall.write(bytes, to: number)
        lseek(number, 0, SEEK_SET)
        return number
    }

    /// A pipe whose reading end does not block.
    mutating func pipe() throws(SandboxError) -> (reading: Int32, writing: Int32) {
        var reading: Int32 = -1
        var writing: Int32 = -1
        try SystemCall.checkNegated(unsafe nodeos_pipe(&reading, &writing), "create a pipe")
        _ = fcntl(own(reading), F_SETFL, O_NONBLOCK)
        return (reading, own(writing))
    }

    /// Opens a subdirectory, made when missing, with exactly this mode and no access list.
    mutating func makeDirectory(
        _ name: String, mode: mode_t, in directory: Int32, _ path: String
    ) throws(SandboxError) -> Int32 {
        if unsafe mkdirat(directory, name.systemPath, mode) != 0, errno != EEXIST {
            throw .system(operation: "create", path: "\(path)/\(name)", errno: errno)
        }
        let number = own(
            try SystemCall.checkNegated(
                unsafe nodeos_openat(
                    directory, name.systemPath, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0),
                "open", "\(path)/\(name)"))
        nodeos_remove_acl(number)
        try SystemCall.check(fchmod(number, mode), "change mode of", "\(path)/\(name)")
        return number
    }

    /// Opens a file.
    mutating func open(_ path: String, _ flags: Int32) throws(SandboxError) -> Int32 {
        let number = unsafe try SystemCall.check(
            Glibc.open(path.systemPath, flags | O_CLOEXEC), "open", path)
        guard number <= 2 else { return own(number) }
        defer { Glibc.close(number) }
        return own(try SystemCall.check(fcntl(number, F_DUPFD_CLOEXEC, 3), "open", path))
    }
}
