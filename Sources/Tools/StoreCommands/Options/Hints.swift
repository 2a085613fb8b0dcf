import Archives
import Audits
import LocalStore
import Primitives
import Realisation
import StoreDatabase
import StoreModel
import Substitutes
import SystemSupport

/// What somebody at a command line can do about an error: the one place that turns errors of the lower
/// layers, which know no command and no option, into sentences that name them.
package enum Hints {
    /// The whole message for `error`: what is wrong, and what to do.
    package static func sentence(_ error: any Error) -> String {
        if case RealisationError.several(let errors) = error {
            return errors.map { sentence($0) }.joined(separator: "\n")
        }
        return "\(error)" + hint(error)
    }

    /// What follows the description of `error`; empty when that says all.
    private static func hint(_ error: any Error) -> String {
        switch error {
        case let error as RealisationError: hint(error)
        case let error as LocalStoreError: hint(error)
        case let error as StoreDatabaseError: hint(error)
        case MirrorError.unknownMirror(let name): "; or with --mirror \(name)=URL"
        case ArchivesError.tooManyEntries: "; list it without --json"
        case KeyFileError.malformed: "; 'nodeos-store key generate' makes one"
        case let error as AnswerError:
            "; make it anew with 'nodeos-store audit \(error.kind.rawValue) --json'"
        case let error as ManifestError: hint(error)
        case BinaryCacheError.notPut(_, .refused(status: 401)),
            BinaryCacheError.notPut(_, .refused(status: 403)):
            "; credentials are taken from --netrc FILE, --token-file FILE and, for s3://, from "
                + "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        case AuditError.noDeriver: "; import or instantiate its .drv"
        default: ""
        }
    }

    private static func hint(_ error: ManifestError) -> String {
        switch error.reason {
        case .notAManifest: "; make one with 'nodeos-store audit manifest'"
        case .unsigned:
            "; sign it with 'nodeos-store audit manifest --sign KEYFILE', or compare without "
                + "--trusted-key"
        default: ""
        }
    }

    private static func hint(_ error: StoreDatabaseError) -> String {
        switch error {
        case .missing: "; is --root or --state-dir right?"
        case .corrupt:
            "; 'nodeos-store db rebuild' makes it again from what lies in the store"
        case .foreign: "; choose another --state-dir"
        case .otherStore: "; check --store-dir and --state-dir"
        default: ""
        }
    }

    private static func hint(_ error: LocalStoreError) -> String {
        switch error {
        case .cannotCreate: ", or use '--root DIR' with a directory of yours"
        case .missingStore: "; is --root or --store-dir right?"
        case .lostDatabase: "; 'nodeos-store db rebuild' makes it again"
        case .falselyValid(let path, _):
            "; remove it with 'nodeos-store gc --delete \(path)' and try again"
        case .derivationName:
            ": use 'nodeos-store derivation add', or choose another name"
        default: ""
        }
    }

    private static func hint(_ error: RealisationError) -> String {
        switch error {
        case .cannotRepair: "; name a directory that holds it with --from"
        case .noDerivation: "; add it with 'derivation add' or make it with 'instantiate'"
        case .noexec: ", or put the store elsewhere with --root"
        case .foreignBuilder(_, builder: "/bin/sh"), .builderIsNoShell:
            "; --sandbox-shell FILE shows a static shell of this machine there"
        case .buildFailed(let path, _, _): "\nwhole log: nodeos-store log \(path)"
        case .notFetched(_, _, let unplaced, _):
            "\nwho may have these bytes:"
                + unplaced.map {
                    "\n  mirror://\($0)/ of its URLs: say where it is with --mirror \($0)=URL"
                }
                .joined()
                + "\n  a machine that has them: 'sources --write-mirror DIR' there, '--source-mirror DIR' here"
        case .failedBefore(let path, _):
            " (--cache-failures)\nits log: nodeos-store log \(path)"
                + "\nto try again: nodeos-store failures --clear \(path)"
        case .notDeterministic(_, let differences): hint(differences)
        case .notCheckable: ": name its .drv ('nodeos-store query deriver' tells it)"
        case .inputsMissing(let path, _):
            "\n'nodeos-store realise --check \(path)' makes them first"
        case .kept(let error, _): hint(error)
        case .machine(_, let error): hint(error)
        default: ""
        }
    }

    private static func hint(_ differences: [OutputDifference]) -> String {
        // The hash differs from the database's, the bytes do not from the file system's.
        (differences.contains { $0.count == 0 }
            ? "\n  see 'nodeos-store verify --check-contents' for what else was changed" : "")
            + (differences.contains { $0.second == nil }
                ? "\n  --keep-failed keeps both trees, to be compared with diffoscope" : "")
    }

    /// What removes or mends what `finding` is about, if it is not a repair.
    static func remedy(_ finding: VerificationFinding) -> String {
        switch finding.remedy {
        case nil: ""
        case .collection: ", 'gc' removes it"
        case .rebuildOrCollection: "; 'db rebuild' makes it valid, 'gc' removes it"
        case .writing: "; 'db check --repair' writes it"
        case .optimisationOrCollection: "; 'optimise' and 'gc' put it right"
        }
    }
}
