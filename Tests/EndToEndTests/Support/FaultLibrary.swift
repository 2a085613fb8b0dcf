import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

/// The libraries of Tests/FaultInjection, compiled once each and loaded into commands with LD_PRELOAD.
enum FaultLibrary {
    private static let compiled = Mutex<[String: String]>([:])

    /// The library made of `name`.c; cancels the test on a machine without a C compiler.
    static func path(_ name: String) throws -> String {
        try compiled.withLock { compiled in
            if let known = compiled[name] { return known }
            let compilers = ["/usr/bin/cc", "/usr/bin/clang", "/opt/swift/usr/bin/clang"]
            guard let compiler = compilers.first(where: { unsafe access($0, X_OK) == 0 }) else {
                try Test.cancel("no C compiler; Debian's package clang has one")
            }
            let tests = URL(filePath: #filePath).deletingLastPathComponent()
                .deletingLastPathComponent().deletingLastPathComponent()
            let source = tests.appending(path: "FaultInjection/\(name).c").path
            if compiled.isEmpty { atexit { FaultLibrary.removeAll() } }
            let output = "\(NSTemporaryDirectory())/nodeos-\(name)-\(getpid()).so"
            compiled[name] = output
            let result = try ChildProcess(
                [compiler, "-shared", "-fPIC", "-o", output, source, "-ldl"],
                environment: ["PATH": "/usr/bin:/bin"]
            ).wait()
            guard result.status == 0 else {
                throw ChildProcessError(command: [compiler], reason: result.error)
            }
            return output
        }
    }

    private static func removeAll() {
        compiled.withLock { compiled in
            for path in compiled.values { unsafe unlink(path) }
        }
    }
}
