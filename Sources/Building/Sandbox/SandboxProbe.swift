import CKernel
import Glibc
import Primitives

/// What this machine offers for building: asked by `doctor`.
package struct SandboxProbe: Hashable, Sendable {
    /// Why no build can be run here; `nil` when namespaces, mounts and the system call filter work.
    package let failure: SandboxError?
    /// Whether this user may open `/dev/kvm`. That a guest really runs is another question.
    package let hasKVM: Bool
    /// By what the number of a build's processes is limited; `nil` when no build can be run.
    package var processLimit: ProcessLimit?

    /// Whether the kernel takes the 32-bit personality: arm64 does not where the processor has no such
    /// programs.
    package static var runs32BitPrograms: Bool { nodeos_runs_32_bit() != 0 }

    /// Sets up a sandbox with nothing in it.
    ///
    /// - Parameter directory: where a private directory can be made for a moment.
    /// - Throws: when that directory cannot be made.
    package static func run(in directory: String) async throws -> SandboxProbe {
        let hasKVM = unsafe access("/dev/kvm", R_OK | W_OK) == 0
        let sandbox: Sandbox
        do throws(SandboxError) { sandbox = try Sandbox() } catch {
            return SandboxProbe(failure: error, hasKVM: hasKVM)
        }
        return SandboxProbe(
            failure: try await failure(of: sandbox, in: directory), hasKVM: hasKVM,
            processLimit: sandbox.processLimit)
    }

    /// There need be no program here that runs in an empty sandbox. A file that is none will do: it is
    /// executed only when all else has worked.
    private static func failure(of sandbox: Sandbox, in directory: String) async throws
        -> SandboxError?
    {
        var template = "\(directory)/nodeos-probe-XXXXXX".systemPath
        guard unsafe mkdtemp(&template) != nil else {
            throw SandboxError.system(operation: "create", path: directory, errno: errno)
        }
        let path = String(systemBytes: template.dropLast().map { UInt8(bitPattern: $0) })
        defer {
            for name in ["build", "store"] { unsafe rmdir((path + "/" + name).systemPath) }
            unsafe unlink((path + "/program").systemPath)
            unsafe rmdir(path.systemPath)
        }
        let program = path + "/program"
        close(
            try SystemCall.check(
                unsafe open(program.systemPath, O_WRONLY | O_CREAT | O_CLOEXEC, 0o444), "create",
                program))
        let request = BuildRequest(
            inputs: [.init(hostPath: program, sandboxPath: "/program")], command: "/program",
            storeDirectory: "/store", hostDirectory: path)
        do {
            _ = try await sandbox.run(request) { _ in }
            return nil
        } catch SandboxError.commandNotExecutable {
            return nil
        } catch {
            return error as? SandboxError
        }
    }
}
