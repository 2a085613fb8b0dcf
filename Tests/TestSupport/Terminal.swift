import Foundation
import Glibc

/// A terminal of a test's own (a pseudo-terminal), closed when the value goes.
public final class Terminal: Sendable {
    private let master: Int32
    /// The end that programs write to.
    public let descriptor: Int32

    /// A terminal of this size.
    public init(columns: UInt16 = 80, rows: UInt16 = 24) throws {
        master = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
        // TIOCSPTLCK and TIOCGPTN, whose macros Swift does not see.
        var number: Int32 = 0
        guard master >= 0, unsafe ioctl(master, 0x4004_5431, &number) == 0,
            unsafe ioctl(master, 0x8004_5430, &number) == 0
        else { throw ChildProcessError(command: ["/dev/ptmx"], reason: "gives no terminal") }
        descriptor = unsafe open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw ChildProcessError(command: ["/dev/pts/\(number)"], reason: "cannot be opened")
        }
        resize(columns: columns, rows: rows)
    }

    deinit {
        close(master)
        close(descriptor)
    }

    /// Changes the size, as the user of a window does.
    public func resize(columns: UInt16, rows: UInt16) {
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = unsafe ioctl(master, UInt(TIOCSWINSZ), &size)
    }

    /// What was shown since the last call.
    public func read() -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = unsafe Glibc.read(master, &buffer, buffer.count), count > 0 {
            bytes += buffer[..<count]
        }
        return bytes
    }

    /// What a program shows from now on until it ends, and its exit status.
    public func show(_ program: ChildProcess) throws -> (text: [UInt8], status: Int32) {
        var bytes: [UInt8] = []
        try waitUntil("the program ends") {
            bytes += read()
            return try program.hasEnded()
        }
        return (bytes + read(), try program.wait().status)
    }
}
