import Archives
import Glibc
import LocalStore
import Primitives
import Sandbox
import StoreDatabase
import StoreModel
import Substitutes

extension StepRunner {
    /// Turns a builder's end that is not success into the error a user reads.
    ///
    /// - Parameter killsBefore: ``MemoryShortage/killCount()`` before it began.
    func judge(
        _ outcome: BuildOutcome, _ log: StepLog, killsBefore: Int?
    ) throws(RealisationError) {
        let lines = log.lastLines
        func failed(_ reason: String) -> RealisationError {
            let shortage = MemoryShortage.note(
                killsBefore: killsBefore, peak: outcome.peakResidentBytes)
            return .buildFailed(step.path, reason: reason + shortage, lastLines: lines)
        }
        func late(_ reason: String) -> RealisationError {
            .timedOut(step.path, reason: reason, lastLines: lines)
        }
        let options = realiser.options
        switch outcome.ending {
        case .exited(0): break
        case .exited(BuiltinChild.hashMismatchStatus) where step.kind == .fetch:
            throw .downloadMismatch(step.path, lastLines: lines)
        case .exited(BuiltinChild.notFoundStatus) where step.kind == .fetch:
            if let fixed = derivation.fixedOutput {
                throw .notFetched(
                    step.path, wanted: fixed.digest,
                    unplaced: realiser.mirrors.unplaced(in: derivation.urls), lastLines: lines)
            }
            throw failed("found its source nowhere")
        case .exited(let status): throw failed("failed with exit status \(status)")
        case .signalled(let signal): throw failed("was killed by signal \(signal)")
        case .timedOut: throw late("ran longer than \(Self.seconds(options.timeout ?? 0))")
        case .silent:
            throw late("printed nothing for \(Self.seconds(options.maxSilentTime ?? 0))")
        case .logTooLong:
            throw failed("printed more than \(options.maxLogSize ?? 0) bytes")
        case .cancelled: throw .interrupted
        }
    }

    /// With ``RealisationOptions/cachesFailures``: what failed here last time fails again at once. A fixed
    /// output's failure may be the machine's, which is another day another.
    func refuseWhatFailedBefore() throws {
        guard realiser.options.cachesFailures, step.kind == .build, derivation.fixedOutput == nil,
            let failure = try store.database.lastFailures(of: step.path).first
        else { return }
        throw RealisationError.failedBefore(step.path, time: failure.startTime / 1000)
    }

    /// `error` as users are told of it: what the builder did wrong is its failure and not the
    /// machine's, and the build directory is kept when that was asked for.
    ///
    /// - Parameter scratch: the build's directory; `nil` only looks at whose fault it is.
    func told(_ error: any Error, _ scratch: ScratchDirectory?) -> any Error {
        let failure = blamed(error, scratch)
        guard let scratch, let failure else { return error }
        // These have kept their trees themselves.
        if case .notDeterministic = failure { return failure }
        if step.kind == .fetch {
            discardIfNothingArrived(scratch)
        } else if realiser.options.keepFailed, !failure.isInterruption,
            let place = try? scratch.keep(as: derivation.name)
        {
            return RealisationError.kept(failure, at: place + "/build")
        }
        return failure
    }

    func blamed(_ error: any Error, _ scratch: ScratchDirectory?) -> RealisationError? {
        switch error {
        case let error as RealisationError: return error
        case ArchivesError.unsupportedFileType, ArchivesError.foreignHardLink,
            ArchivesError.foreignOwner, ArchivesError.tooDeep, ArchivesError.invalidName,
            LocalStoreError.notFlat, SandboxError.commandNotExecutable,
            SandboxError.inputReplaced:
            // The builder's names for its files: those of the scratch directory are gone soon.
            let inside = store.storeDirectory.path + "/"
            let text = scratch.map { "\(error)".replacing($0.path + "/store/", with: inside) }
            return .rejected(step.path, reason: text ?? "\(error)")
        // Outputs in a circle, and those with a derivation's name that are none or claim another's.
        case StoreDatabaseError.cycle, LocalStoreError.wrongContent, is DerivationError:
            return .rejected(step.path, reason: "\(error)")
        default: return nil
        }
    }

    /// A download that brought nothing leaves nothing to go on from.
    private func discardIfNothingArrived(_ scratch: ScratchDirectory) {
        var status = stat()
        let partial = scratch.path + "/build/" + StepAction.partialName
        if unsafe stat(partial.systemPath, &status) != 0 || status.st_size == 0 {
            scratch.discard()
        }
    }

    /// For people: "1 second", "2.5 seconds".
    private static func seconds(_ number: Double) -> String {
        if number == 1 { return "1 second" }
        return number.rounded() == number ? "\(Int(number)) seconds" : "\(number) seconds"
    }
}

extension RealisationError {
    var isInterruption: Bool {
        if case .interrupted = self { true } else { false }
    }
}

extension BuildRecord.Status {
    /// How a build that failed with `error` is remembered.
    init(_ error: any Error) {
        switch error {
        case RealisationError.timedOut: self = .timedOut
        case RealisationError.hashMismatch, RealisationError.downloadMismatch: self = .hashMismatch
        case RealisationError.forbiddenReference, RealisationError.rejected: self = .rejected
        case RealisationError.interrupted: self = .cancelled
        case RealisationError.notDeterministic: self = .notDeterministic
        default: self = .failed
        }
    }
}
