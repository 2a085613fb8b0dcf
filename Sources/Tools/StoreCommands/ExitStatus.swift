import ArgumentParser
import Realisation

/// The exit statuses of every command, as `nix-store` has them where it has any. Build failures of
/// several kinds are or-ed.
package struct ExitStatus: Hashable, Sendable, RawRepresentable {
    /// The number the shell sees.
    package let rawValue: Int32

    /// The status with this number.
    package init(rawValue: Int32) { self.rawValue = rawValue }

    /// All went well.
    package static let success = ExitStatus(rawValue: 0)
    /// Something failed that has no status of its own, or a check found a difference.
    package static let failure = ExitStatus(rawValue: 1)
    /// The command line is wrong.
    package static let usage = ExitStatus(rawValue: 2)
    /// Sides that were compared disagree; what `guix challenge` ends with.
    package static let mismatch = ExitStatus(rawValue: 2)
    /// A check found no difference, but could not judge everything.
    package static let inconclusive = ExitStatus(rawValue: 3)
    /// A build failed.
    package static let buildFailed = ExitStatus(rawValue: 100)
    /// A build took too long or was silent too long.
    package static let timedOut = ExitStatus(rawValue: 101)
    /// A fixed output has another hash than stated.
    package static let hashMismatch = ExitStatus(rawValue: 102)
    /// A build repeated gave something else.
    package static let notDeterministic = ExitStatus(rawValue: 104)
    /// The user stopped it; what a shell shows for `SIGINT`.
    package static let interrupted = ExitStatus(rawValue: 130)
    /// The reader of the output went away; what a shell shows for `SIGPIPE`.
    package static let outputClosed = ExitStatus(rawValue: 141)

    /// This failure and another.
    package func union(_ other: ExitStatus) -> ExitStatus {
        ExitStatus(rawValue: rawValue | other.rawValue)
    }

    /// The status for `error`.
    package static func of(_ error: any Error) -> ExitStatus {
        switch error {
        case let silent as SilentExit: return silent.status
        case StoreCommandsError.outputClosed: return .outputClosed
        case let error as RealisationError: return of(error)
        case is CancellationError: return .interrupted
        case let code as ExitCode: return ExitStatus(rawValue: code.rawValue)
        default:
            switch NodeosStoreCommand.exitCode(for: error) {
            case .success: return .success
            case .validationFailure: return .usage
            default: return .failure
            }
        }
    }

    private static func of(_ error: RealisationError) -> ExitStatus {
        switch error {
        case .buildFailed, .failedBefore, .rejected, .missingOutput, .forbiddenReference,
            .dependencyFailed, .notFetched:
            .buildFailed
        case .timedOut: .timedOut
        case .hashMismatch, .downloadMismatch: .hashMismatch
        case .notDeterministic: .notDeterministic
        case .kept(let error, _): of(error)
        case .several(let errors): errors.map(of).reduce(.success) { $0.union($1) }
        case .interrupted: .interrupted
        default: .failure
        }
    }
}

/// Ends a command with a status after it has said everything itself.
package struct SilentExit: Error, Sendable {
    /// The status.
    package let status: ExitStatus

    /// Ends with `status`.
    package init(_ status: ExitStatus) { self.status = status }
}
