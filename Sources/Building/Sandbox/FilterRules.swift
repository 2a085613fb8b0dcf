import CSeccomp
import Glibc

/// The rules of the build filter, given to libseccomp.
@safe
struct FilterRules: ~Copyable {
    /// A condition on one argument.
    private struct Condition {
        let comparison: scmp_arg_cmp

        /// `(argument & mask) == value`.
        init(argument: UInt32, mask: UInt64, value: UInt64) {
            comparison = scmp_arg_cmp(
                arg: argument, op: SCMP_CMP_MASKED_EQ, datum_a: mask, datum_b: value)
        }

        private init(_ comparison: scmp_arg_cmp) { self.comparison = comparison }

        static func bits(_ bits: Int32, of argument: UInt32) -> Condition {
            Condition(argument: argument, mask: UInt64(bits), value: UInt64(bits))
        }

        static func equals(_ value: UInt32, of argument: UInt32) -> Condition {
            Condition(argument: argument, mask: 0xffff_ffff, value: UInt64(value))
        }

        static func isNotNull(_ argument: UInt32) -> Condition {
            Condition(scmp_arg_cmp(arg: argument, op: SCMP_CMP_NE, datum_a: 0, datum_b: 0))
        }
    }

    private let context: scmp_filter_ctx

    private init() throws(SandboxError) {
        guard let context = unsafe seccomp_init(nodeos_filter_allow()) else {
            throw .filterFailed(rule: "the start", errno: ENOMEM)
        }
        unsafe self.context = unsafe context
    }

    deinit { unsafe seccomp_release(context) }

    /// The program for a build with this network.
    static func compile(network: BuildRequest.Network) throws(SandboxError) -> [UInt8] {
        let filter = try FilterRules()
        try filter.configure(network)
        try filter.refuseKernelInterfaces()
        try filter.refuseNamespaces()
        try filter.refusePrivilegedModes()
        try filter.refuseHoldsOnOthers()
        try filter.refuseSockets(network)
        return try filter.program()
    }

    private func configure(_ network: BuildRequest.Network) throws(SandboxError) {
        try attribute(SCMP_FLTATR_ACT_BADARCH, nodeos_filter_refuse(UInt32(ENOSYS)), "architecture")
        // A binary tree: a few comparisons for each system call, not one for each rule.
        try attribute(SCMP_FLTATR_CTL_OPTIMIZE, 2, "optimisation")
        // 32-bit builders run; a fetcher is one of our own programs. (x32 is never added.)
        guard network == .none, let narrow = Self.narrow[seccomp_arch_native()] else { return }
        let result = unsafe seccomp_arch_add(context, narrow)
        guard result == 0 else { throw .filterFailed(rule: "32-bit programs", errno: -result) }
    }

    /// The 32-bit architecture whose programs the kernel of a 64-bit one runs, too, by linux/audit.h.
    private static let narrow: [UInt32: UInt32] = [
        0xc000_003e: 0x4000_0003,  // AUDIT_ARCH_X86_64: AUDIT_ARCH_I386
        0xc000_00b7: 0x4000_0028,  // AUDIT_ARCH_AARCH64: AUDIT_ARCH_ARM
    ]

    /// What a builder has no use for and what has let others out: keys outlive a build, `bpf`, `io_uring`,
    /// `userfaultfd` and performance counters are the kernel's weak places.
    private func refuseKernelInterfaces() throws(SandboxError) {
        for call in [
            "add_key", "keyctl", "request_key", "bpf", "perf_event_open", "kexec_load",
            "kexec_file_load", "init_module", "finit_module", "delete_module", "open_by_handle_at",
            "name_to_handle_at", "fanotify_init", "quotactl", "quotactl_fd", "acct", "reboot",
            "swapon", "swapoff", "iopl", "ioperm", "settimeofday", "clock_settime", "syslog",
            "lookup_dcookie", "sethostname", "setdomainname", "vhangup",
        ] {
            try refuse(call, EPERM)
        }
        for call in ["io_uring_setup", "io_uring_enter", "io_uring_register", "userfaultfd"] {
            try refuse(call, ENOSYS)
        }
        // Input pushed into a terminal is read by the shell that started us.
        try refuse("ioctl", EPERM, .equals(0x5412, of: 1))  // TIOCSTI
        try refuse("ioctl", EPERM, .equals(0x541c, of: 1))  // TIOCLINUX
        try refusePersonalities()
    }

    /// PER_LINUX (0), PER_LINUX32 (8) and the question (all ones) are allowed: nothing with a flag, as
    /// ADDR_NO_RANDOMIZE, and no other system's personality.
    private func refusePersonalities() throws(SandboxError) {
        let top: UInt64 = 1 << 31
        for shift: UInt64 in 0..<31 {
            let bit: UInt64 = 1 << shift
            let isQuestionCutShort = Condition(argument: 0, mask: top | bit, value: top)
            try refuse("personality", EPERM, isQuestionCutShort)
            if bit == 8 { continue }
            try refuse("personality", EPERM, Condition(argument: 0, mask: top | bit, value: bit))
        }
    }

    private func refuseNamespaces() throws(SandboxError) {
        for call in [
            "mount", "umount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree",
            "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr", "setns",
        ] {
            try refuse(call, EPERM)
        }
        let newUserNamespace: Int32 = 0x1000_0000  // CLONE_NEWUSER
        try refuse("unshare", EPERM, .bits(newUserNamespace, of: 0))
        try refuse("clone", EPERM, .bits(newUserNamespace, of: 0))
        // Its flags are in memory, where a filter cannot look; C libraries fall back to clone.
        try refuse("clone3", ENOSYS)
    }

    /// No file with a set-user-ID or set-group-ID bit or an extended attribute, not even for a moment: on the
    /// host it is a real file, owned by the user who builds.
    private func refusePrivilegedModes() throws(SandboxError) {
        for bit: Int32 in [0o4000, 0o2000] {
            try refuse("chmod", EPERM, .bits(bit, of: 1))
            try refuse("fchmod", EPERM, .bits(bit, of: 1))
            try refuse("fchmodat", EPERM, .bits(bit, of: 2))
            try refuse("creat", EPERM, .bits(bit, of: 1))
            try refuse("mkdir", EPERM, .bits(bit, of: 1))
            try refuse("mkdirat", EPERM, .bits(bit, of: 2))
            try refuse("mknod", EPERM, .bits(bit, of: 1))
            try refuse("mknodat", EPERM, .bits(bit, of: 2))
            // Without one of these flags the mode is whatever the register held.
            for flag in [O_CREAT, 0o20_000_000] {  // O_CREAT, the own bit of O_TMPFILE
                try refuse("open", EPERM, .bits(flag, of: 1), .bits(bit, of: 2))
                try refuse("openat", EPERM, .bits(flag, of: 2), .bits(bit, of: 3))
            }
        }
        // Its mode is in memory; callers fall back to openat.
        try refuse("openat2", ENOSYS)
        for call in ["setxattr", "lsetxattr", "fsetxattr"] { try refuse(call, ENOTSUP) }
    }

    /// What would hold up others. A lease, delegation or watch on an input, which belongs to the user who
    /// builds, delays every `open` of that file on the host. Number 1 is ours: the build is over when it
    /// says so, which it does not while it is traced, stopped or has had its memory written to.
    private func refuseHoldsOnOthers() throws(SandboxError) {
        for command: UInt32 in [1024, 1026, 1040] {  // F_SETLEASE, F_NOTIFY, F_SETDELEG
            for call in ["fcntl", "fcntl64"] { try refuse(call, EPERM, .equals(command, of: 1)) }
        }
        for request: UInt32 in [16, 0x4206] {  // PTRACE_ATTACH, PTRACE_SEIZE
            try refuse("ptrace", EPERM, .equals(request, of: 0), .equals(1, of: 1))
        }
        try refuse("process_vm_writev", EPERM, .equals(1, of: 0))
        try refuse("pidfd_getfd", EPERM)
        // The limit under which no crash starts a program of the machine (see `reset_process`): that it may
        // not be changed is not worth an error.
        let core: UInt32 = 4  // RLIMIT_CORE
        try refuse("setrlimit", 0, .equals(core, of: 0))
        try refuse("prlimit64", 0, .equals(core, of: 1), .isNotNull(2))
    }

    /// Only families that a network namespace confines (AF_VSOCK would reach the hypervisor). Without that
    /// namespace no Unix sockets either: abstract ones would pass descriptors to the host (CVE-2024-27297).
    private func refuseSockets(_ network: BuildRequest.Network) throws(SandboxError) {
        var allowed: Set<UInt32> = [UInt32(AF_INET), UInt32(AF_INET6), UInt32(AF_NETLINK)]
        if network == .none { allowed.insert(UInt32(AF_UNIX)) }
        let families: UInt32 = 64
        for family in 0..<families where !allowed.contains(family) {
            try refuse("socket", EAFNOSUPPORT, .equals(family, of: 0))
        }
        // 32-bit x86 has a second way in, whose arguments are in memory; C libraries know the first.
        if network == .none { try refuse("socketcall", ENOSYS) }
    }

    private func refuse(
        _ name: String, _ error: Int32, _ conditions: Condition...
    ) throws(SandboxError) {
        let number = unsafe seccomp_syscall_resolve_name(name)
        // A call this architecture and this libseccomp do not know cannot be made: new ones are above the
        // ceiling.
        guard number != __NR_SCMP_ERROR else { return }
        let result = unsafe seccomp_rule_add_array(
            context, nodeos_filter_refuse(UInt32(error)), number, UInt32(conditions.count),
            conditions.map(\.comparison))
        guard result == 0 else { throw .filterFailed(rule: name, errno: -result) }
    }

    private func attribute(_ attribute: scmp_filter_attr, _ value: UInt32, _ name: String)
        throws(SandboxError)
    {
        let result = unsafe seccomp_attr_set(context, attribute, value)
        guard result == 0 else { throw .filterFailed(rule: name, errno: -result) }
    }

    private func program() throws(SandboxError) -> [UInt8] {
        var descriptors = Descriptors()
        let file = try descriptors.file("filter", holding: [])
        let result = unsafe seccomp_export_bpf(context, file)
        guard result == 0 else { throw .filterFailed(rule: "the whole program", errno: -result) }
        lseek(file, 0, SEEK_SET)
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while let count = try SystemCall.read(file, into: &buffer), count > 0 {
            bytes.append(contentsOf: buffer.prefix(count))
        }
        return bytes
    }
}
