package import TOML

/// What is wrong at one place of a recipe file.
package struct RecipeProblem: Sendable, Hashable {
    /// Where; `nil` for what is wrong with the file as a whole.
    package let place: TOMLPlace?
    /// What, and what to do.
    package let reason: String

    /// A problem.
    package init(at place: TOMLPlace?, _ reason: String) {
        self.place = place
        self.reason = reason
    }
}

/// Why a recipe file cannot be used: everything that is wrong with it, in the order of its lines.
package struct RecipeFileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file, as the person who asked for it would name it.
    package let file: String
    /// What is wrong with it.
    package let problems: [RecipeProblem]

    /// An error.
    package init(file: String, problems: [RecipeProblem]) {
        self.file = file
        let start = TOMLPlace(line: 0, column: 0)
        var seen: Set<RecipeProblem> = []
        self.problems = problems.filter { seen.insert($0).inserted }
            .sorted { ($0.place ?? start) < ($1.place ?? start) }
    }

    /// A line for each problem: `FILE:LINE:COLUMN: REASON`.
    package var description: String {
        problems.map { problem in
            let place = problem.place.map { ":\($0.line):\($0.column)" } ?? ""
            return "\(file)\(place): \(problem.reason)"
        }.joined(separator: "\n")
    }
}
