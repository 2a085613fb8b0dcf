import ArgumentParser
import Glibc
import Primitives
import Sandbox
import Substitutes

extension Diagnosis {
    /// Looks at the machine and the store.
    static func of(_ store: StoreOptions, in context: CommandContext) async -> Diagnosis {
        var diagnosis = Diagnosis()
        diagnosis.lookAtStore(store, context)
        await diagnosis.lookAtSandbox(context)
        diagnosis.lookAtMirrors(context)
        diagnosis.lookAtPrograms(context)
        return diagnosis
    }

    private mutating func lookAtSandbox(_ context: CommandContext) async {
        do {
            let probe = try await SandboxProbe.run(
                searchPath: context.variable("PATH") ?? "/usr/bin:/bin",
                in: context.variable("TMPDIR") ?? "/tmp")
            let version = probe.bubblewrapVersion ?? "of unknown version"
            switch probe.failure {
            case nil: add("sandbox", .good, "bubblewrap \(version), system call filter")
            case .bubblewrapNotFound:
                add(
                    "sandbox", .broken, "bubblewrap ('bwrap') is not in PATH",
                    remedy: "apt install bubblewrap")
            case .userNamespacesUnavailable(let message):
                add(
                    "user namespaces", .broken, "refused to this user (\(message))",
                    remedy: Self.namespaceRemedy())
            case let failure?: add("sandbox", .broken, "\(failure)")
            }
            if probe.failure == nil {
                add("user namespaces", .good, "can be made by this user")
            }
            if let limit = probe.processLimit { lookAtProcessLimit(limit) }
            lookAtKVM(isUsable: probe.hasKVM)
        } catch {
            add(
                "sandbox", .broken, "\(error)",
                remedy: "name a directory of yours in TMPDIR, if this one cannot be written to")
        }
    }

    /// The settings that stand in the way, each as the command that changes it.
    private static func namespaceRemedy() -> String {
        let settings: [(name: String, blocks: (Int) -> Bool, value: Int)] = [
            ("kernel.unprivileged_userns_clone", { $0 == 0 }, 1),
            ("user.max_user_namespaces", { $0 == 0 }, 15_000),
            ("kernel.apparmor_restrict_unprivileged_userns", { $0 != 0 }, 0),
        ]
        let commands = settings.compactMap { name, blocks, value -> String? in
            let file = "/proc/sys/" + name.replacing(".", with: "/")
            guard let bytes = try? FileBytes.read(path: file),
                let number = Int(
                    String(decoding: bytes, as: UTF8.self).prefix { $0 != "\n" }),
                blocks(number)
            else { return nil }
            return "sysctl -w \(name)=\(value)"
        }
        return commands.isEmpty
            ? "in a container: run it with user namespaces and mount allowed (docker: --security-opt "
                + "seccomp=unconfined --security-opt systempaths=unconfined)"
            : "as root: " + commands.joined(separator: "; ")
    }

    private mutating func lookAtProcessLimit(_ limit: ProcessLimit) {
        switch limit {
        case .controlGroup(let parent):
            add("process limit", .good, "a control group for each build, in \(parent)")
        case .resourceLimit:
            add("process limit", .good, "RLIMIT_NPROC, counted for each build")
        case .unlimited(let reason):
            add(
                "process limit", .missing, "a build may have any number of processes: \(reason)",
                remedy:
                    "build as another user than root; or mount the control groups writable, with "
                    + "the controller 'pids'")
        }
    }

    private mutating func lookAtKVM(isUsable: Bool) {
        if isUsable { return add("kvm", .good, "/dev/kvm can be opened") }
        let isThere = unsafe access("/dev/kvm", F_OK) == 0
        add(
            "kvm", .missing,
            isThere
                ? "/dev/kvm cannot be opened by this user: guests run emulated"
                : "there is no /dev/kvm: guests run emulated",
            remedy: isThere
                ? "as root: adduser USER kvm, then log in again"
                : "none is needed; 'modprobe kvm_intel' or 'kvm_amd' where the processor has it")
    }

    private mutating func lookAtMirrors(_ context: CommandContext) {
        do {
            let table = try RealisationOptionGroup.parse([]).mirrors(context)
            let mirrors = try table.mirrors(named: "debian")
            let isAbsent = { (mirror: Mirror) in
                mirror.base.filePath.map { unsafe access($0.systemPath, R_OK | X_OK) != 0 } ?? false
            }
            for mirror in mirrors where isAbsent(mirror) {
                add(
                    "mirror debian", .missing, "\(mirror.base) (\(mirror.origin)) is not there",
                    remedy: "correct or remove it where it is named")
            }
            let usable = mirrors.filter { !isAbsent($0) }
            guard let first = usable.first else {
                return add(
                    "mirror debian", .missing, "no place to download seeds and sources from",
                    remedy: "set NODEOS_MIRROR_DEBIAN or use --mirror debian=URL")
            }
            let more = usable.count > 1 ? ", and \(usable.count - 1) more" : ""
            add("mirror debian", .good, "\(first.base) (\(first.origin))\(more)")
        } catch {
            add(
                "mirror debian", .missing, "\(error)",
                remedy: "set NODEOS_MIRROR_DEBIAN or use --mirror debian=URL")
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
        return directories.map { $0 + "/" + program }.first {
            unsafe access($0.systemPath, X_OK) == 0
        }
    }
}
