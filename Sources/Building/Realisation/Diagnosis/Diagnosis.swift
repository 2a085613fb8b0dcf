import Glibc
package import LocalStore
import Primitives
package import Sandbox
package import StoreDatabase
package import Substitutes
import SystemSupport

/// Whether a machine, as one user of it finds it, can build: what was looked at, and what was found.
package struct Diagnosis: Sendable {
    /// How bad a finding is.
    package enum Severity: String, Sendable {
        /// As it should be.
        case good
        /// Something that only some commands need is missing.
        case missing
        /// Builds cannot work.
        case broken
    }

    /// One thing that was found.
    package enum Finding: Sendable {
        /// The store can be opened.
        case store(directory: String, validPaths: Int)
        /// There is none yet; whether this user could make it.
        case noStore(directory: String, canBeMade: Bool)
        case storeFault(StoreFault)
        case database(StoreDatabaseError)
        case unusableStore(any Error)
        /// So many links keep what they point to, and none is in doubt.
        case roots(count: Int)
        case unreadableRoot(UnreadableRoot)
        case staleRoot(StaleRoot)
        /// Free bytes where the store is, or would be.
        case disk(path: String, free: UInt64)
        case readOnlyDisk(path: String)
        /// Nothing may be executed where the store is.
        case noexecDisk(path: String)
        /// Room for few more files.
        case fewFiles(path: String, free: UInt64)
        /// Sandboxes work.
        case sandbox
        case brokenSandbox(any Error)
        /// No sandbox could even be tried.
        case untriedSandbox(any Error)
        case userNamespaces
        /// The kernel refuses namespaces, for what these settings are worth.
        case noUserNamespaces(message: String, settings: [KernelSetting])
        case processLimit(ProcessLimit)
        case kvm(isThere: Bool, isUsable: Bool)
        /// Where Debian's packages come from: the first place, and how many more.
        case mirror(DownloadMirror, more: Int)
        /// A mirror's directory that cannot be read.
        case absentMirror(DownloadMirror)
        case noMirror
        case badMirrors(any Error)
        case program(Program, path: String?)

        /// How bad it is.
        package var severity: Severity {
            switch self {
            case .store, .roots, .sandbox, .userNamespaces, .mirror: .good
            case .noStore(_, let canBeMade): canBeMade ? .good : .broken
            case .storeFault, .database, .unusableStore, .readOnlyDisk, .noexecDisk,
                .brokenSandbox, .untriedSandbox, .noUserNamespaces:
                .broken
            case .unreadableRoot, .staleRoot, .fewFiles, .absentMirror, .noMirror, .badMirrors:
                .missing
            case .disk(_, let free): free < Diagnosis.enoughSpace ? .missing : .good
            case .processLimit(let limit):
                if case .unlimited = limit { .missing } else { .good }
            case .kvm(_, let isUsable): isUsable ? .good : .missing
            case .program(_, let path): path == nil ? .missing : .good
            }
        }
    }

    /// A setting of the kernel that stands in the way, and the value with which it does not.
    package struct KernelSetting: Sendable {
        package let name: String
        package let value: Int
    }

    /// A program that some work needs.
    package enum Program: String, CaseIterable, Sendable {
        case qemu = "qemu-system-x86_64"
        case dot
        case diffoscope
    }

    /// What the preview takes, in bytes.
    package static let enoughSpace: UInt64 = 10_000_000_000
    /// What the preview takes, in files and directories.
    package static let enoughFiles: UInt64 = 200_000

    /// Everything found, in the order in which it was looked at.
    package private(set) var findings: [Finding] = []

    /// Whether builds cannot work.
    package var isBroken: Bool { findings.contains { $0.severity == .broken } }

    /// Looks at the store of `layout`, and at the machine.
    ///
    /// - Parameters:
    ///   - layout: where the store is; a failure when not even that is known.
    ///   - environment: `PATH` and `TMPDIR` count.
    ///   - mirrors: how to find the mirrors.
    package init(
        of layout: Result<StoreLayout, any Error>, environment: [String: String],
        mirrors: () throws -> MirrorTable
    ) async {
        switch layout {
        case .success(let layout): lookAtStore(layout)
        case .failure(let error): findings.append(.unusableStore(error))
        }
        let variable = { (name: String) in environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let searchPath = variable("PATH") ?? "/usr/bin:/bin"
        await lookAtSandbox(in: variable("TMPDIR") ?? "/tmp")
        do { try lookAtMirrors(mirrors()) } catch { findings.append(.badMirrors(error)) }
        for program in Program.allCases {
            let path = searchPath.split(separator: ":").map { "\($0)/\(program.rawValue)" }
                .first { unsafe access($0.systemPath, X_OK) == 0 }
            findings.append(.program(program, path: path))
        }
    }

    // MARK: The store

    private mutating func lookAtStore(_ layout: StoreLayout) {
        do {
            let store = try LocalStore(opening: layout, access: .readOnly)
            let count = try store.database.allValidPaths().count
            findings.append(.store(directory: layout.realStoreDirectory, validPaths: count))
            findings += store.faults.map(Finding.storeFault)
            let survey = try store.surveyRoots()
            findings += survey.unreadable.map(Finding.unreadableRoot)
            findings += survey.stale.map(Finding.staleRoot)
            if survey.unreadable.isEmpty, survey.stale.isEmpty, !survey.roots.isEmpty {
                findings.append(.roots(count: survey.roots.count))
            }
        } catch LocalStoreError.unsafe(let fault) {
            findings.append(.storeFault(fault))
        } catch LocalStoreError.missingStore, StoreDatabaseError.missing {
            let parent = Self.existing(layout.realStoreDirectory)
            findings.append(
                .noStore(
                    directory: layout.realStoreDirectory,
                    canBeMade: unsafe access(parent.systemPath, W_OK) == 0))
        } catch let error as StoreDatabaseError {
            findings.append(.database(error))
        } catch {
            findings.append(.unusableStore(error))
        }
        lookAtDisk(layout)
    }

    private mutating func lookAtDisk(_ layout: StoreLayout) {
        var status = statvfs()
        let path = Self.existing(layout.realStoreDirectory)
        guard unsafe statvfs(path.systemPath, &status) == 0 else { return }
        guard status.f_flag & UInt(ST_RDONLY) == 0 else {
            return findings.append(.readOnlyDisk(path: path))
        }
        // ST_NOEXEC, which Swift does not import.
        if status.f_flag & 8 != 0 { findings.append(.noexecDisk(path: path)) }
        findings.append(.disk(path: path, free: UInt64(status.f_bavail) * UInt64(status.f_frsize)))
        // File systems without a fixed number say 0 of 0.
        if status.f_files > 0, UInt64(status.f_favail) < Self.enoughFiles {
            findings.append(.fewFiles(path: path, free: UInt64(status.f_favail)))
        }
    }

    /// The deepest directory of `path` that exists.
    private static func existing(_ path: String) -> String {
        var path = path
        while unsafe access(path.systemPath, F_OK) != 0, path != "/", path != "." {
            path = SymbolicLink.directory(of: path)
        }
        return path
    }

    // MARK: The machine

    private mutating func lookAtSandbox(in directory: String) async {
        do {
            let probe = try await SandboxProbe.run(in: directory)
            switch probe.failure {
            case nil: findings.append(.sandbox)
            case .userNamespacesUnavailable(let message):
                findings.append(
                    .noUserNamespaces(message: message, settings: Self.blockingSettings()))
            case let failure?: findings.append(.brokenSandbox(failure))
            }
            if probe.failure == nil { findings.append(.userNamespaces) }
            if let limit = probe.processLimit { findings.append(.processLimit(limit)) }
            findings.append(
                .kvm(isThere: unsafe access("/dev/kvm", F_OK) == 0, isUsable: probe.hasKVM))
        } catch {
            findings.append(.untriedSandbox(error))
        }
    }

    private static func blockingSettings() -> [KernelSetting] {
        let settings: [(name: String, blocks: (Int) -> Bool, value: Int)] = [
            ("kernel.unprivileged_userns_clone", { $0 == 0 }, 1),
            ("user.max_user_namespaces", { $0 == 0 }, 15_000),
            ("kernel.apparmor_restrict_unprivileged_userns", { $0 != 0 }, 0),
        ]
        return settings.compactMap { name, blocks, value in
            let file = "/proc/sys/" + name.replacing(".", with: "/")
            // A kernel without the setting does not have it in the way; what cannot be read is not named.
            guard let bytes = try? FileBytes.read(path: file),
                let number = Int(String(decoding: bytes, as: UTF8.self).prefix { $0 != "\n" }),
                blocks(number)
            else { return nil }
            return KernelSetting(name: name, value: value)
        }
    }

    private mutating func lookAtMirrors(_ table: MirrorTable) throws {
        let mirrors = try table.mirrors(named: "debian")
        let isAbsent = { (mirror: DownloadMirror) in
            mirror.base.filePath.map { unsafe access($0.systemPath, R_OK | X_OK) != 0 } ?? false
        }
        findings += mirrors.filter(isAbsent).map(Finding.absentMirror)
        let usable = mirrors.filter { !isAbsent($0) }
        if let first = usable.first {
            findings.append(.mirror(first, more: usable.count - 1))
        } else {
            findings.append(.noMirror)
        }
    }
}
