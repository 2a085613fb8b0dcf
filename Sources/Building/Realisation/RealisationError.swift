import Glibc
public import Primitives
public import StoreModel

/// Why something could not be realised.
public enum RealisationError: Error, Sendable, CustomStringConvertible {
    /// The path is not valid, and it is not a derivation that could be built.
    case cannotMake(StorePath)
    /// A damaged path that no source has and no valid derivation makes.
    case cannotRepair(StorePath)
    /// The `.drv` is not in the store.
    case noDerivation(StorePath)
    /// The derivation has no output of that name.
    case noSuchOutput(StorePath, output: String)
    /// The output's path follows only from its content; such derivations are not supported.
    case unknownOutputPath(StorePath, output: String)
    /// An input source is not valid: nothing can make it.
    case missingSource(StorePath, neededBy: StorePath)
    /// Derivations that need each other.
    case cycle(GraphCycle<StorePath>)
    /// The derivation is for another kind of machine.
    case wrongSystem(StorePath, required: String, machine: String)
    /// The derivation needs something the machine does not offer.
    case missingFeature(StorePath, feature: String)
    /// The derivation's description is unusable.
    case badDerivation(StorePath, reason: String)
    /// The store lies where nothing may be executed.
    case noexec(StorePath, builder: String)
    /// The builder failed.
    case buildFailed(StorePath, reason: String, lastLines: [String])
    /// The builder could not be started, or made something that no store item may be.
    case rejected(StorePath, reason: String)
    /// The builder ran or was silent for too long.
    case timedOut(StorePath, reason: String, lastLines: [String])
    /// The builder failed when it was last run, at this time in seconds since 1970, and failures are
    /// remembered.
    case failedBefore(StorePath, time: Int64)
    /// The builder did not make an output.
    case missingOutput(StorePath, output: String, path: String)
    /// A fixed output has other bytes than the derivation says.
    case hashMismatch(StorePath, specified: Digest, got: Digest)
    /// No place a download was tried from gave the bytes that the derivation states.
    case downloadMismatch(StorePath, lastLines: [String])
    /// No place has the source whose digest is `wanted`. `unplaced` names the mirrors of its URLs that nothing
    /// on this machine says a place of.
    case notFetched(StorePath, wanted: Digest, unplaced: [String], lastLines: [String])
    /// An output refers to something it may not.
    case forbiddenReference(StorePath, output: StorePath, reason: String, places: [String])
    /// Two builds gave different outputs.
    case notDeterministic(StorePath, [OutputDifference])
    /// The environment of the derivation's builds cannot be entered.
    case noShell(StorePath, reason: String)
    /// No shell was given to enter the environment with, and the builder is none.
    case builderIsNoShell(StorePath, builder: ByteString)
    /// The builder is no part of the inputs: it could be anything of the machine.
    case foreignBuilder(StorePath, builder: ByteString)
    /// What no derivation is named for cannot be built again to be compared.
    case notCheckable(StorePath)
    /// What is to be built again needs what is not valid: these derivations' outputs.
    case inputsMissing(StorePath, [StorePath])
    /// As the error within; the build directory is left at this path to be looked at.
    indirect case kept(RealisationError, at: String)
    /// Several derivations failed (`--keep-going`).
    case several([RealisationError])
    /// Something it needs failed.
    case dependencyFailed(StorePath, dependency: StorePath)
    /// The user stopped it.
    case interrupted
    /// A failure of the machine (disk, database, sandbox) while realising a derivation.
    case machine(StorePath, any Error)

    /// The sentence a user reads.
    public var description: String {
        switch self {
        case .cannotMake(let path):
            "'\(path)' is not valid, and no derivation is given that makes it; name its .drv"
        case .cannotRepair(let path):
            "'\(path)' cannot be made again: no derivation in this store that is whole makes it"
        case .noDerivation(let path):
            "'\(path)' is not a derivation in this store"
        case .noSuchOutput(let path, let output):
            "derivation '\(path)' has no output '\(output)'"
        case .unknownOutputPath(let path, let output):
            "output '\(output)' of '\(path)' is content-addressed and not fixed; this tool builds "
                + "derivations whose output paths are known"
        case .missingSource(let source, let user):
            "'\(source)', a source of '\(user)', is not in this store; add it, or import a closure "
                + "that holds it"
        case .cycle(let cycle):
            "derivations need each other: \(cycle)"
        case .wrongSystem(let path, let required, let machine):
            "'\(path)' is built on '\(required)', but this machine is '\(machine)'"
        case .missingFeature(let path, let feature):
            "'\(path)' requires the system feature '\(feature)', which this machine does not have"
        case .badDerivation(let path, let reason):
            "'\(path)' cannot be built: \(reason)"
        case .noexec(let path, let builder):
            "'\(path)' cannot be built: its builder '\(builder)' is on a file system that is mounted "
                + "noexec; remount it with exec"
        case .buildFailed(let path, let reason, let lines):
            "builder for '\(path)' \(reason)\(Self.lastLines(lines))"
        case .rejected(let path, let reason):
            "build of '\(path)' rejected: \(reason)"
        case .kept(let error, let place):
            "\(error)\nthe build directory is kept at '\(place)', with what was made in the store beside it"
        case .timedOut(let path, let reason, let lines):
            "builder for '\(path)' \(reason)\(Self.lastLines(lines))"
        case .failedBefore(let path, let time):
            "builder for '\(path)' failed before, at \(Self.text(time)), and is not run again"
        case .missingOutput(let path, let output, let place):
            "builder for '\(path)' did not make its output '\(output)' at '\(place)'"
        case .hashMismatch(let path, let specified, let got):
            "hash mismatch in fixed-output derivation '\(path)':\n"
                + "  specified: \(specified.sri)\n        got: \(got.sri)"
        case .downloadMismatch(let path, let lines):
            "hash mismatch in fixed-output derivation '\(path)':"
                + lines.map { "\n  \($0)" }.joined()
        case .notFetched(let path, let wanted, _, let lines):
            "source '\(path)' cannot be had\(Self.lastLines(lines))\nwanted: \(wanted.sri)"
        case .forbiddenReference(let path, let output, let reason, let places):
            "output '\(output)' of '\(path)' \(reason)"
                + places.map { "\n  \($0)" }.joined()
        case .notDeterministic(let path, let differences):
            "derivation '\(path)' may not be deterministic:"
                + differences.map { "\n  \($0)" }.joined()
        case .noShell(let path, let reason):
            "no shell in the build environment of '\(path)': \(reason)"
        case .builderIsNoShell(let path, let builder):
            "no shell in the build environment of '\(path)': its builder '\(builder)' is none"
        case .foreignBuilder(let path, let builder):
            "'\(path)' cannot be built: its builder '\(builder)' is not in one of its inputs"
        case .notCheckable(let path):
            "'\(path)' is not a derivation, and only those are built again"
        case .inputsMissing(let path, let missing):
            "'\(path)' cannot be built again before what it needs is valid:"
                + missing.prefix(5).map { "\n  \($0)" }.joined()
        case .several(let errors):
            errors.map(\.description).joined(separator: "\n")
        case .dependencyFailed(let path, let dependency):
            "'\(path)' was not built: '\(dependency)', which it needs, failed"
        case .interrupted:
            "interrupted"
        case .machine(let path, let error):
            "while realising '\(path)': \(error)"
        }
    }

    /// The time in UTC, as `2026-11-30 09:00:00 UTC`.
    private static func text(_ time: Int64) -> String {
        var seconds = time_t(time)
        var parts = unsafe tm()
        var text = [CChar](repeating: 0, count: 32)
        guard unsafe (gmtime_r(&seconds, &parts) != nil),
            unsafe strftime(&text, text.count, "%Y-%m-%d %H:%M:%S UTC", &parts) > 0
        else { return "second \(time) of 1970" }
        return String(
            decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func lastLines(_ lines: [String]) -> String {
        guard !lines.isEmpty else { return "; it printed nothing" }
        return "; last \(lines.count) lines:" + lines.map { "\n  > \($0)" }.joined()
    }
}
