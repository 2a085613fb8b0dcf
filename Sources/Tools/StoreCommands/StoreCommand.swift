package import ArgumentParser

/// A subcommand. What it needs from outside comes in the context, so that it runs in tests.
package protocol StoreCommand: AsyncParsableCommand {
    /// Does the work; answers go to `context.output`.
    func run(in context: CommandContext) async throws
}

extension StoreCommand {
    /// Runs in this process's context.
    package func run() async throws { try await run(in: .process()) }
}
