public import Primitives
public import Sandbox
import StoreModel

/// Runs the builders of derivations: in a sandbox of this machine (``LocalBuilder``), on another machine, or
/// by other means.
///
/// It is trusted to run what it is told and nothing else. What it gives is hashed, scanned, checked and
/// registered by the store, whoever made it.
public protocol Builder: Sendable {
    /// Runs one build to its end. When it returns or throws, nothing of the build runs any more. Cancelling
    /// the task stops the build.
    ///
    /// - Parameter log: gets the builder's output as it comes, on any thread, one call at a time. When it
    ///   throws, the build is stopped and the error passed on.
    /// - Returns: how it ended, and where its outputs are; a builder that fails is no error.
    /// - Throws: why the build could not be run as requested; what `log` threw.
    func run(
        _ action: BuildAction, log: @escaping @Sendable (Span<UInt8>) throws -> Void
    ) async throws -> BuildResult

    /// Runs a shell for a person in the place of the builder, on this program's own standard streams.
    ///
    /// - Throws: ``RealisationError/noShell(_:reason:)`` where nobody can be let in.
    func enter(_ action: BuildAction, _ shell: BuildShellRequest) async throws
        -> BuildOutcome.Ending

    /// Lets go of what it keeps of the inputs of builds that have ended. Called before a collection, so that
    /// what is removed takes no space any more.
    func forgetInputs()
}

extension Builder {
    /// Nothing is kept.
    public func forgetInputs() {}

    /// Lets nobody in.
    public func enter(
        _ action: BuildAction, _ shell: BuildShellRequest
    ) async throws -> BuildOutcome.Ending {
        throw RealisationError.noShell(
            action.derivation, reason: "what builds it lets nobody in")
    }
}

/// What a build came to.
public struct BuildResult: Sendable {
    /// How it ended, and what it cost.
    public let outcome: BuildOutcome
    /// The directory in ``BuildAction/directory`` that holds the outputs, each under the base name of its
    /// path. They must lie there themselves, not behind links: they are renamed into the store.
    public let folder: String

    /// What a build came to.
    public init(_ outcome: BuildOutcome, folder: String) {
        self.outcome = outcome
        self.folder = folder
    }
}

/// A shell that a person wants in the place of a builder.
public struct BuildShellRequest: Sendable {
    /// What the shell runs; when empty it reads its own input.
    public let words: [ByteString]
    /// Whether a person sits there, who may stop the words but not the shell.
    public let isOnTerminal: Bool
    /// A static shell of this machine, for builders that are none.
    public let sandboxShell: String?
    /// Whether it is to find what a build left that failed; else it begins as the build would.
    public let isAfterFailure: Bool
    /// Called when it is known that there is one, before it has the terminal.
    public let onStart: @Sendable () -> Void
}
