import SystemSupport

/// The program `dot`, which draws pictures.
struct Graphviz {
    let environment: [String: String]

    /// The largest picture, in bytes: more is nothing that a browser could show.
    private static let maximumCount = 1 << 30

    /// The SVG picture of `text`, in the DOT language.
    ///
    /// - Throws: ``StoreCommandsError`` when the program is missing or fails; it has told the reason
    ///   on standard error then. `CancellationError` after an interruption.
    func draw(_ text: [UInt8]) async throws -> [UInt8] {
        guard let path = HostProgram.path(of: "dot", environment: environment) else {
            throw StoreCommandsError.notFound(
                "the program 'dot' draws SVG pictures and is not in PATH: install graphviz, or take "
                    + "--format dot")
        }
        let program = HostProgram(path: path, arguments: ["-Tsvg"], environment: environment)
        return try await Interruption.cancellingOnSignals {
            var picture: [UInt8] = []
            let (succeeded, count) = try await program.run(
                input: text, errors: .shown, limit: Self.maximumCount
            ) { picture += $0 }
            guard succeeded else {
                throw StoreCommandsError.notFound("'\(path)' could not draw the graph")
            }
            guard count <= Self.maximumCount else {
                throw HostError.tooLarge("the picture", limit: Self.maximumCount)
            }
            return picture
        }
    }
}
