import Glibc
import Primitives
import Sandbox
import SystemSupport

extension CommandContext {
    /// The context of this process: its environment, directory, streams and clock.
    ///
    /// `SIGPIPE` is ignored from here on: a closed pipe is an error of the write, and ends the
    /// command quietly (``StoreCommandsError/outputClosed``).
    package static func process() -> CommandContext {
        signal(SIGPIPE, SIG_IGN)
        let environment = processEnvironment()
        let noColour = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
        var context = CommandContext(
            environment: environment, workingDirectory: currentDirectory(),
            input: CommandInput { buffer in
                try FileBytes.readSome(STDIN_FILENO, into: &buffer, from: 0, name: "standard input")
            },
            output: stream(STDOUT_FILENO, "standard output", noColour: noColour),
            errorOutput: stream(STDERR_FILENO, "standard error", noColour: noColour),
            now: { Int64(time(nil)) })
        context.inputIsTerminal = isatty(STDIN_FILENO) == 1
        return context
    }

    /// The arguments of this process, without the program's name.
    package static func arguments() -> [String] { Array(ProgramImage.arguments().dropFirst()) }

    private static func stream(
        _ descriptor: Int32, _ name: String, noColour: Bool
    ) -> CommandOutput {
        let isTerminal = isatty(descriptor) == 1
        return CommandOutput(
            isTerminal: isTerminal, usesColour: isTerminal && !noColour,
            size: { isTerminal ? terminalSize(descriptor) : TerminalSize() }
        ) { bytes in
            var start = 0
            while start < bytes.count {
                let rest = bytes.extracting(start..<bytes.count)
                let written = unsafe rest.withUnsafeBufferPointer {
                    unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
                }
                guard written < 0 else {
                    start += written
                    continue
                }
                switch errno {
                case EINTR: continue
                case EPIPE: throw StoreCommandsError.outputClosed
                default: throw HostError.system("write", name, errno)
                }
            }
        }
    }

    private static func terminalSize(_ descriptor: Int32) -> TerminalSize {
        var window = winsize()
        var size = TerminalSize()
        guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &window) == 0 else { return size }
        // A terminal that does not know its size says 0.
        if window.ws_col > 0 { size.columns = Int(window.ws_col) }
        if window.ws_row > 0 { size.rows = Int(window.ws_row) }
        // In the background: the shell's prompt stands where one would draw.
        let foreground = tcgetpgrp(descriptor)
        if foreground > 0, foreground != getpgrp() { size.rows = 0 }
        return size
    }

    private static func processEnvironment() -> [String: String] {
        var result: [String: String] = [:]
        var entry = unsafe environ
        while let text = unsafe entry.pointee {
            let line = unsafe String(systemString: text)
            // By bytes: a value may begin with a mark that is combined with the sign.
            if let separator = line.utf8.firstIndex(of: UInt8(ascii: "=")) {
                result[String(line[..<separator])] = String(
                    line[line.utf8.index(after: separator)...])
            }
            unsafe entry += 1
        }
        return result
    }

    private static func currentDirectory() -> String {
        // A directory that has no path any more: what is looked for in it is not there either.
        guard let path = unsafe getcwd(nil, 0) else { return "/proc/self/cwd" }
        defer { unsafe free(path) }
        return unsafe String(systemString: path)
    }
}
