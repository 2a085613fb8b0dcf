package import ArgumentParser
import LocalStore
import Primitives
import Realisation
import Sandbox
import Substitutes

/// `doctor`: is this machine fit?
package struct DoctorCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check that this machine can build, and say what to do where it cannot.",
        discussion: """
            Looks at the store, the sandbox, and the programs that some commands need. The exit \
            status is 1 when builds cannot work here.

            Example:
              nodeos-store doctor --root ~/.local/share/nodeos
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @OptionGroup
    var output: OutputOptions

    /// The command without arguments.
    package init() {}

    /// Looks at everything and prints what was found.
    package func run(in context: CommandContext) async throws {
        let diagnosis = await Diagnosis(
            of: Result { try store.layout(context) }, environment: context.environment,
            mirrors: { try BuildOptions.parse([]).mirrors(context) })
        try output.print(DiagnosisAnswer(findings: diagnosis.findings), to: context.output)
        if diagnosis.isBroken { throw SilentExit(.failure) }
    }
}

/// What `doctor` answers: of each finding what it is about, a sentence, and what to do.
private struct DiagnosisAnswer: CommandAnswer {
    let findings: [Diagnosis.Finding]

    var json: JSONValue {
        .object([
            "findings": .array(
                findings.map { finding in
                    let words = finding.words
                    return .object([
                        "subject": .string(words.subject),
                        "severity": .string(finding.severity.rawValue),
                        "message": .string(words.message),
                        "remedy": .optional(words.remedy),
                    ])
                })
        ])
    }

    func text(for output: CommandOutput) -> StyledText {
        var text: StyledText = ""
        for finding in findings {
            let mark =
                switch finding.severity {
                case .good: output.coloured("ok     ", "32")
                case .missing: output.coloured("missing", "33")
                case .broken: output.coloured("broken ", "31")
                }
            let words = finding.words
            text += "\(mark)  \(words.subject): \(words.message)\n"
            if let remedy = words.remedy { text += "         -> \(remedy)\n" }
        }
        return text
    }
}

extension Diagnosis.Finding {
    fileprivate typealias Words = (subject: String, message: String, remedy: String?)

    fileprivate var words: Words {
        switch self {
        case .sandbox, .brokenSandbox, .untriedSandbox, .userNamespaces,
            .noUserNamespaces, .processLimit, .kvm, .mirror, .absentMirror, .noMirror, .badMirrors,
            .program:
            machineWords
        default: storeWords
        }
    }

    private var storeWords: Words {
        switch self {
        case .store(let directory, let count):
            ("store", "\(directory), \(count) valid paths", nil)
        case .noStore(let directory, true):
            ("store", "\(directory) is made when first needed", nil)
        case .noStore(let directory, false):
            (
                "store", "\(directory) cannot be made by this user",
                "use --root DIR (or NODEOS_ROOT) with a directory of yours"
            )
        case .storeFault(let fault): ("store", "\(fault)", fault.remedy)
        case .database(let error): ("database", Hints.sentence(error), nil)
        case .unusableStore(let error): ("store", Hints.sentence(error), nil)
        case .roots(let count): ("roots", "\(count) links keep what they point to", nil)
        case .unreadableRoot(let root):
            (
                "roots", "'\(root.target)' cannot be read: \(root.reason)",
                "'gc' deletes nothing before it can be; make it readable, or remove '\(root.link)'"
            )
        case .staleRoot(let root):
            (
                "roots", "'\(root.link)' -> '\(root.target)' keeps nothing: \(root.reason)",
                root.isRemovable
                    ? "the next 'gc' removes the link" : "make the path again, or remove the link"
            )
        case .readOnlyDisk(let path):
            (
                "disk", "\(path) is mounted read-only: questions are answered, no more",
                "mount it writable, or put the store elsewhere with --root"
            )
        case .noexecDisk(let path):
            (
                "noexec", "\(path) is mounted noexec: no builder can be executed",
                "as root: mount -o remount,exec …, or put the store elsewhere with --root"
            )
        case .disk(let path, let free):
            (
                "disk", "\(ByteCount(free)) free at \(path)",
                severity == .good
                    ? nil
                    : "the preview needs about \(ByteCount(Diagnosis.enoughSpace)): 'gc' makes room, "
                        + "or put the store elsewhere with --root"
            )
        case .fewFiles(let path, let free):
            (
                "inodes", "room for \(free) more files at \(path)",
                "the preview makes about \(Diagnosis.enoughFiles); put the store on a file system "
                    + "with more inodes"
            )
        default: machineWords
        }
    }

    private var machineWords: Words {
        switch self {
        case .sandbox: ("sandbox", "namespaces, mounts, system call filter", nil)
        case .untriedSandbox(let error):
            (
                "sandbox", "\(error)",
                "name a directory of yours in TMPDIR, if this one cannot be written to"
            )
        case .userNamespaces: ("user namespaces", "can be made by this user", nil)
        case .noUserNamespaces(let message, let settings):
            (
                "user namespaces", "refused to this user (\(message))",
                settings.isEmpty
                    ? "in a container: run it with user namespaces and mount allowed (docker: "
                        + "--security-opt seccomp=unconfined --security-opt systempaths=unconfined)"
                    : "as root: "
                        + settings.map { "sysctl -w \($0.name)=\($0.value)" }
                        .joined(separator: "; ")
            )
        case .processLimit(let limit): Self.words(limit)
        case .kvm(isThere: _, isUsable: true): ("kvm", "/dev/kvm can be opened", nil)
        case .kvm(isThere: true, isUsable: _):
            (
                "kvm", "/dev/kvm cannot be opened by this user: guests run emulated",
                "as root: adduser USER kvm, then log in again"
            )
        case .kvm:
            (
                "kvm", "there is no /dev/kvm: guests run emulated",
                "none is needed; 'modprobe kvm_intel' or 'kvm_amd' where the processor has it"
            )
        case .mirror(let mirror, let more):
            (
                "mirror debian",
                "\(mirror.base) (\(mirror.origin))" + (more > 0 ? ", and \(more) more" : ""), nil
            )
        case .absentMirror(let mirror):
            (
                "mirror debian", "\(mirror.base) (\(mirror.origin)) is not there",
                "correct or remove it where it is named"
            )
        case .noMirror:
            (
                "mirror debian", "no place to download seeds and sources from",
                Self.mirrorRemedy
            )
        case .badMirrors(let error): ("mirror debian", "\(error)", Self.mirrorRemedy)
        case .program(let program, let path): Self.words(program, path)
        case .brokenSandbox(let error): ("sandbox", "\(error)", nil)
        default: ("machine", "\(self)", nil)
        }
    }

    private static let mirrorRemedy = "set NODEOS_MIRROR_DEBIAN or use --mirror debian=URL"

    private static func words(_ limit: ProcessLimit) -> Words {
        switch limit {
        case .controlGroup(let parent):
            ("process limit", "a control group for each build, in \(parent)", nil)
        case .resourceLimit: ("process limit", "RLIMIT_NPROC, counted for each build", nil)
        case .unlimited(let reason):
            (
                "process limit", "a build may have any number of processes: \(reason)",
                "build as another user than root; or mount the control groups writable, with the "
                    + "controller 'pids'"
            )
        }
    }

    private static func words(_ program: Diagnosis.Program, _ path: String?) -> Words {
        let (purpose, package) =
            switch program {
            case .qemu: ("boots what was built", "qemu-system-x86")
            case .dot: ("draws graphs", "graphviz")
            case .diffoscope: ("compares outputs that differ", "diffoscope-minimal")
            }
        guard let path else {
            return (program.rawValue, "not in PATH: \(purpose)", "apt install \(package)")
        }
        return (program.rawValue, "\(path): \(purpose)", nil)
    }
}
