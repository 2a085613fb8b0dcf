import ArgumentParser
import Glibc
import LocalStore
import Primitives
import Sandbox
import StoreDatabase
import Substitutes

/// What `doctor` found.
struct Diagnosis: CommandAnswer {
    /// How bad a finding is.
    enum Severity: String {
        /// As it should be.
        case good
        /// Something that only some commands need is missing.
        case missing
        /// Builds cannot work.
        case broken
    }

    /// One thing that was looked at.
    struct Finding {
        let subject: String
        let severity: Severity
        let message: String
        /// What to do, when there is something to do.
        var remedy: String?
    }

    var findings: [Finding] = []

    var json: JSONValue {
        .object([
            "findings": .array(
                findings.map { finding in
                    .object([
                        "subject": .string(finding.subject),
                        "severity": .string(finding.severity.rawValue),
                        "message": .string(finding.message),
                        "remedy": .optional(finding.remedy),
                    ])
                })
        ])
    }

    func text(for output: CommandOutput) -> String {
        var text = ""
        for finding in findings {
            let mark =
                switch finding.severity {
                case .good: output.coloured("ok     ", "32")
                case .missing: output.coloured("missing", "33")
                case .broken: output.coloured("broken ", "31")
                }
            text += "\(mark)  \(finding.subject): \(finding.message)\n"
            if let remedy = finding.remedy { text += "         -> \(remedy)\n" }
        }
        return text
    }

    /// Looks at the machine.
    static func of(_ store: StoreOptions, in context: CommandContext) async -> Diagnosis {
        var diagnosis = Diagnosis()
        diagnosis.lookAtStore(store, context)
        await diagnosis.lookAtSandbox(context)
        diagnosis.lookAtMirrors(context)
        diagnosis.lookAtPrograms(context)
        return diagnosis
    }

    private mutating func add(
        _ subject: String, _ severity: Severity, _ message: String, remedy: String? = nil
    ) {
        findings.append(
            Finding(subject: subject, severity: severity, message: message, remedy: remedy))
    }

    private mutating func lookAtStore(_ options: StoreOptions, _ context: CommandContext) {
        let layout: StoreLayout
        do { layout = try options.layout(context) } catch {
            add("store", .broken, "\(error)")
            return
        }
        do {
            let store = try options.open(context)
            let count = try store.database.allValidPaths().count
            add("store", .good, "\(layout.realStoreDirectory), \(count) valid paths")
        } catch LocalStoreError.missingStore, StoreDatabaseError.missing {
            lookAtMissingStore(layout)
        } catch {
            add("store", .broken, "\(error)")
        }
        lookAtDisk(layout)
    }

    private mutating func lookAtMissingStore(_ layout: StoreLayout) {
        if unsafe access(Self.existing(layout.realStoreDirectory), W_OK) == 0 {
            add("store", .good, "\(layout.realStoreDirectory) is made when first needed")
        } else {
            add(
                "store", .broken, "\(layout.realStoreDirectory) cannot be made by this user",
                remedy: "use --root DIR (or NODEOS_ROOT) with a directory of yours")
        }
    }

    private mutating func lookAtDisk(_ layout: StoreLayout) {
        var status = statvfs()
        let path = Self.existing(layout.realStoreDirectory)
        guard unsafe statvfs(path, &status) == 0 else { return }
        let free = UInt64(status.f_bavail) * UInt64(status.f_frsize)
        let enough: UInt64 = 10_000_000_000
        add(
            "disk", free < enough ? .missing : .good, "\(ByteCount(free)) free at \(path)",
            remedy: free < enough
                ? "the preview needs about 10 GB; put the store elsewhere with --root" : nil)
    }

    private mutating func lookAtSandbox(_ context: CommandContext) async {
        do {
            let probe = try await SandboxProbe.run(
                searchPath: context.variable("PATH") ?? "/usr/bin:/bin",
                in: context.variable("TMPDIR") ?? "/tmp")
            if let failure = probe.failure {
                add("sandbox", .broken, "\(failure)")
            } else {
                let version = probe.bubblewrapVersion ?? "of unknown version"
                add("sandbox", .good, "bubblewrap \(version), user namespaces, system call filter")
            }
            add(
                "kvm", probe.hasKVM ? .good : .missing,
                probe.hasKVM
                    ? "/dev/kvm can be opened" : "/dev/kvm cannot be opened: guests run emulated",
                remedy: probe.hasKVM ? nil : "add yourself to the group kvm, if there is a KVM")
        } catch {
            add("sandbox", .broken, "\(error)")
        }
    }

    private mutating func lookAtMirrors(_ context: CommandContext) {
        do {
            let table = try RealisationOptionGroup.parse([]).mirrors(context)
            let mirrors = try table.mirrors(named: "debian")
            if let first = mirrors.first {
                let more = mirrors.count > 1 ? ", and \(mirrors.count - 1) more" : ""
                add("mirror debian", .good, "\(first.base) (\(first.origin))\(more)")
            } else {
                add(
                    "mirror debian", .missing, "no place to download seeds and sources from",
                    remedy: "set NODEOS_MIRROR_DEBIAN or use --mirror debian=URL")
            }
        } catch {
            add("mirror debian", .missing, "\(error)")
        }
    }

    private mutating func lookAtPrograms(_ context: CommandContext) {
        let programs = [
            ("qemu-system-x86_64", "boots what was built", "qemu-system-x86"),
            ("dot", "draws graphs", "graphviz"),
            ("diffoscope", "compares outputs that differ", "diffoscope-minimal"),
        ]
        for (program, purpose, package) in programs {
            if let path = Self.find(program, context) {
                add(program, .good, "\(path): \(purpose)")
            } else {
                add(
                    program, .missing, "not in PATH: \(purpose)",
                    remedy: "apt install \(package)")
            }
        }
    }

    private static func find(_ program: String, _ context: CommandContext) -> String? {
        let directories = (context.variable("PATH") ?? "/usr/bin:/bin").split(separator: ":")
        return directories.map { $0 + "/" + program }.first { unsafe access($0, X_OK) == 0 }
    }

    /// The deepest directory of `path` that exists.
    private static func existing(_ path: String) -> String {
        var path = path
        while unsafe access(path, F_OK) != 0, path != "/", path != "." {
            path = SymbolicLink.directory(of: path)
        }
        return path
    }
}
