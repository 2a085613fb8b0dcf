import Archives
import Audits
import Primitives
import Realisation

/// Looks at two trees that should be the same and are not.
package struct TreeInspector: Sendable {
    /// A program of the user's that is shown both trees.
    package struct Program: Sendable {
        /// Its path; looked for in `PATH` when it has no slash.
        let name: String
        /// What it gets from the environment.
        let environment: [String: String]
        /// Gets what it prints, line by line.
        let onLine: @Sendable ([UInt8]) -> Void

        /// A program from its parts.
        package init(
            _ name: String, environment: [String: String],
            onLine: @escaping @Sendable ([UInt8]) -> Void
        ) {
            self.name = name
            self.environment = environment
            self.onLine = onLine
        }
    }

    /// Whether files are opened to see where they differ.
    let looksInside: Bool
    let program: Program?

    /// An inspector; `program` is shown what it looks at, too.
    package init(looksInside: Bool, program: Program? = nil) {
        self.looksInside = looksInside
        self.program = program
    }

    /// Compares the trees at two places of this machine.
    ///
    /// - Parameter limit: how many differences are looked into; all are counted.
    /// - Throws: ``ArchivesError`` for what cannot be read.
    func look(_ first: String, _ second: String, limit: Int = 50) async throws -> DifferenceReport {
        if let program {
            await DiffHook(program: program.name, environment: program.environment).run(
                [first, second], onLine: program.onLine)
        }
        return try DifferenceReport(
            comparing: TreeLocation(first), with: TreeLocation(second), limit: limit,
            looksInside: looksInside)
    }
}
