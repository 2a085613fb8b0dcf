import SystemSupport

/// The user's program that is shown two trees that should be the same (`--diff-hook`).
///
/// It is the user's own, so it runs outside of the sandbox, as the user. What it prints is shown; how it
/// ends changes nothing.
package struct DiffHook {
    /// Its path; looked for in `PATH` when it has no slash.
    let program: String
    let environment: [String: String]

    /// The program, and the environment it gets.
    package init(program: String, environment: [String: String]) {
        self.program = program
        self.environment = environment
    }

    /// The most that is shown of what it prints, in bytes.
    private static let maximumCount = 1 << 20

    /// Runs it to its end, or until the task is cancelled, which kills it and what it started.
    ///
    /// - Parameter onLine: gets what it prints, line by line, and why it could not be run.
    package func run(_ arguments: [String], onLine: ([UInt8]) -> Void) async {
        var lines = LineSplitter()
        do {
            let path = HostProgram.path(of: program, environment: environment) ?? program
            let hook = HostProgram(path: path, arguments: arguments, environment: environment)
            let (_, count) = try await hook.run(errors: .asOutput, limit: Self.maximumCount) {
                lines.feed($0.span, onLine)
            }
            lines.finish(onLine)
            if count > Self.maximumCount { onLine(Array(Self.isCut.utf8)) }
        } catch {
            lines.finish(onLine)
            // Whoever cancelled knows.
            guard case HostError.system(let call, _, let code) = error else { return }
            let reason = systemMessage(code)
            onLine(Array("cannot \(call) the diff hook '\(program)': \(reason)".utf8))
        }
    }

    private static let isCut = "(the diff hook printed more than 1 MiB: the rest is not shown)"
}
