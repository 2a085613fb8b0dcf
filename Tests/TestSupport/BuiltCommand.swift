import Foundation
import Glibc

/// The `nodeos-store` that was built together with the tests.
public enum BuiltCommand {
    /// Where it is: `NODEOS_STORE_BINARY`, else beside the test bundle.
    ///
    /// - Throws: ``BuiltCommandError`` when it was not built: tests that cannot run are no success.
    public static func path() throws -> String {
        if let path = ProcessInfo.processInfo.environment["NODEOS_STORE_BINARY"], !path.isEmpty {
            return path
        }
        var candidates: [String] = []
        for argument in CommandLine.arguments + [own()] where argument.contains(".xctest") {
            guard let end = argument.range(of: ".xctest") else { continue }
            let bundle = URL(filePath: String(argument[..<end.upperBound]))
            candidates.append(bundle.deletingLastPathComponent().path + "/nodeos-store")
        }
        guard let found = candidates.first(where: { unsafe access($0, X_OK) == 0 }) else {
            throw BuiltCommandError(candidates: candidates)
        }
        return found
    }

    private static func own() -> String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    }
}

/// There is no `nodeos-store` to test.
public struct BuiltCommandError: Error, CustomStringConvertible {
    let candidates: [String]

    /// What to do.
    public var description: String {
        "no nodeos-store at \(candidates); 'swift build --product nodeos-store' makes it, and "
            + "NODEOS_STORE_BINARY names another"
    }
}
