import Foundation
import Primitives
import Sandbox
import Testing

/// What a builder is refused (`docs/security.md`).
@Suite struct ConfinementTests {
    /// System calls made by number from Perl, with the error each must give. The numbers are those of
    /// arch/x86/entry/syscalls/syscall_64.tbl in Linux.
    private static let refused: [(name: String, call: String, error: Int32)] = [
        ("mount", "165, 'x', '/tmp', 'tmpfs', 0, 0", EPERM),
        ("umount2", "166, '/tmp', 0", EPERM),
        ("pivot_root", "155, '/tmp', '/tmp'", EPERM),
        ("chroot", "161, '/tmp'", EPERM),
        ("open_tree", "428, -100, '/usr', 1", EPERM),
        ("move_mount", "429, -1, '', -100, '/tmp', 4", EPERM),
        ("fsopen", "430, 'tmpfs', 0", EPERM),
        ("fspick", "433, -100, '/', 0", EPERM),
        ("mount_setattr", "442, -100, '/usr', 0, 0, 0", EPERM),
        ("setns", "308, 0, 0", EPERM),
        ("unshare of the user namespace", "272, 0x10000000", EPERM),
        ("unshare of user and mount namespace", "272, 0x10020000", EPERM),
        ("clone of the user namespace", "56, 0x10000011, 0, 0, 0, 0", EPERM),
        ("clone3", "435, 0, 0", ENOSYS),
        ("add_key", "248, 'user', 'x', 'y', 1, -4", EPERM),
        ("request_key", "249, 'user', 'x', 0, -4", EPERM),
        ("keyctl", "250, 0, -3, 0", EPERM),
        ("io_uring_setup", "425, 1, 0", ENOSYS),
        ("io_uring_enter", "426, 0, 0, 0, 0, 0", ENOSYS),
        ("io_uring_register", "427, 0, 0, 0, 0", ENOSYS),
        ("bpf", "321, 0, 0, 0", EPERM),
        ("perf_event_open", "298, 0, 0, 0, 0, 0", EPERM),
        ("userfaultfd", "323, 1", ENOSYS),
        ("kexec_load", "246, 0, 0, 0, 0", EPERM),
        ("init_module", "175, 0, 0, ''", EPERM),
        ("finit_module", "313, 0, '', 0", EPERM),
        ("delete_module", "176, 'x', 0", EPERM),
        ("open_by_handle_at", "304, -100, 0, 0", EPERM),
        ("chmod u+s", "90, 'file', 04755", EPERM),
        ("chmod g+s", "90, 'file', 02755", EPERM),
        ("fchmod u+s", "91, 0, 04755", EPERM),
        ("fchmodat u+s", "268, -100, 'file', 06755", EPERM),
        ("fchmodat2", "452, -100, 'file', 04755, 0", ENOSYS),
        ("creat u+s", "85, 'new', 04755", EPERM),
        ("open u+s", "2, 'new', 0101, 04755", EPERM),
        ("openat g+s", "257, -100, 'new', 0101, 02755", EPERM),
        ("openat of an unnamed file u+s", "257, -100, '.', 020200002, 04755", EPERM),
        ("openat2", "437, -100, 'new', 0, 24", ENOSYS),
        ("mkdir g+s", "83, 'new', 02755", EPERM),
        ("mkdirat g+s", "258, -100, 'new', 02755", EPERM),
        ("mknod u+s", "133, 'new', 0104755, 0", EPERM),
        ("mknodat u+s", "259, -100, 'new', 0104755, 0", EPERM),
        ("setxattr", "188, 'file', 'user.x', 'v', 1, 0", ENOTSUP),
        ("lsetxattr", "189, 'file', 'user.x', 'v', 1, 0", ENOTSUP),
        ("fsetxattr", "190, 0, 'user.x', 'v', 1, 0", ENOTSUP),
        ("setxattrat", "463, -100, 'file', 0, 'user.x', 0, 0", ENOSYS),
        ("file_setattr", "469, -100, 'file', 0, 0, 0", ENOSYS),
        ("a call of the future", "511", ENOSYS),
        ("an x32 call", "0x40000027", ENOSYS),
        ("ioctl TIOCSTI", "16, 0, 0x5412, 'x'", EPERM),
        ("ioctl TIOCSTI with high bits", "16, 0, 0xffffffff00005412, 'x'", EPERM),
        ("ioctl TIOCLINUX", "16, 0, 0x541c, 'x'", EPERM),
        ("personality without address randomisation", "135, 0x0040000", EPERM),
        ("personality of another system", "135, 6", EPERM),
        ("personality with the top bit", "135, 0x80000000", EPERM),
        ("fcntl F_SETLEASE", "72, 0, 1024, 1", EPERM),
        ("fcntl F_SETLEASE with high bits", "72, 0, 0xffffffff00000400, 1", EPERM),
        ("fcntl F_NOTIFY", "72, 0, 1026, 2", EPERM),
        ("fcntl F_SETDELEG", "72, 0, 1040, 0", EPERM),
        ("fanotify_init", "300, 0, 0", EPERM),
        ("process_vm_writev of number 1", "311, 1, 0, 0, 0, 0, 0", EPERM),
        ("pidfd_getfd", "438, 0, 0, 0", EPERM),
        ("socket of the hypervisor", "41, 40, 1, 0", EAFNOSUPPORT),
        ("socket of packets", "41, 17, 3, 0", EAFNOSUPPORT),
        ("socket of the kernel's ciphers", "41, 38, 5, 0", EAFNOSUPPORT),
    ]

    private static let allowed: [(name: String, call: String)] = [
        ("personality PER_LINUX", "135, 0"),
        ("personality PER_LINUX32", "135, 8"),
        ("personality PER_LINUX again", "135, 0"),
        ("the personality", "135, 0xffffffff"),
        ("chmod +t", "90, 'file', 01755"),
        ("open without O_CREAT, whatever the mode", "2, 'file', 0, 06777"),
        ("unshare of the open files", "272, 0x400"),
        ("socket of IPv4", "41, 2, 1, 0"),
        ("socket of IPv6", "41, 10, 1, 0"),
        ("socket of Unix", "41, 1, 1, 0"),
        ("socket of routes", "41, 16, 3, 0"),
        ("getxattr of nothing", "191, 'file', 'user.x', '', 0"),
    ]

    private func errors(
        of calls: [String], _ fixture: SandboxFixture, network: BuildRequest.Network = .none
    ) async throws -> [Int32] {
        // Perl hands over the memory of a text, which must be a copy and not the constant.
        let script = calls.map { call in
            let call = call.replacing(/'[^']*'/) { "copy(\($0.output))" }.replacing("'", with: "\"")
            return "$! = 0; $r = syscall(\(call)); print $r == -1 ? $! + 0 : 0, \"\\n\";"
        }
        let text = try await fixture.output(
            "touch file; exec perl -e 'sub copy { my $x = shift; $x } \(script.joined())'",
            network: network)
        return text.split(separator: "\n").compactMap { Int32($0) }
    }

    private static let canCall: Bool = {
        #if arch(x86_64)
            FileManager.default.isExecutableFile(atPath: "/usr/bin/perl")
        #else
            false
        #endif
    }()

    @Test(.enabled(if: canCall, "needs Perl and x86-64 system call numbers"))
    func systemCalls() async throws {
        let fixture = try await SandboxFixture()
        let errors = try await errors(of: Self.refused.map(\.call), fixture)
        try #require(errors.count == Self.refused.count, "\(fixture.text)")
        for (call, error) in zip(Self.refused, errors) {
            #expect(error == call.error, "\(call.name)")
        }
    }

    @Test(.enabled(if: canCall, "needs Perl and x86-64 system call numbers"))
    func allowedSystemCalls() async throws {
        let fixture = try await SandboxFixture()
        let errors = try await errors(of: Self.allowed.map(\.call), fixture)
        try #require(errors.count == Self.allowed.count, "\(fixture.text)")
        for (call, error) in zip(Self.allowed, errors) {
            let expected = call.name.hasPrefix("getxattr") ? ENODATA : 0
            #expect(error == expected, "\(call.name)")
        }
    }

    /// An abstract Unix socket is as wide as the network namespace: with the host's network none is made.
    @Test(.enabled(if: canCall, "needs Perl and x86-64 system call numbers"))
    func hostNetworkHasNoUnixSockets() async throws {
        let fixture = try await SandboxFixture()
        let errors = try await errors(
            of: ["41, 1, 1, 0", "41, 1, 2, 0", "41, 2, 1, 0", "41, 10, 1, 0"], fixture,
            network: .host)
        #expect(errors == [EAFNOSUPPORT, EAFNOSUPPORT, 0, 0])
    }

    /// The second way into the kernel, with numbers of its own (syscall_32.tbl). 32-bit programs may run.
    @Test(.enabled(if: canCall, "needs x86-64"))
    func systemCallsOf32BitPrograms() async throws {
        let calls: [(name: String, call: String, error: Int32)] = [
            ("getpid", "20, 0, 0, 0", -1),
            ("socketcall", "102, 1, 0, 0", ENOSYS),
            ("socket of the hypervisor", "359, 40, 1, 0", EAFNOSUPPORT),
            ("mount", "21, 0, 0, 0", EPERM),
            ("umount", "22, 0, 0, 0", EPERM),
            ("chmod u+s", "15, \"f\", 04755, 0", EPERM),
            ("fchmodat g+s", "306, -100, \"f\", 02755", EPERM),
            ("unshare of the user namespace", "310, 0x10000000, 0, 0", EPERM),
            ("clone of the user namespace", "120, 0x10000011, 0, 0", EPERM),
            ("clone3", "435, 0, 0, 0", ENOSYS),
            ("keyctl", "288, 0, -3, 0", EPERM),
            ("personality", "136, 0x40000, 0, 0", EPERM),
            ("io_uring_setup", "425, 1, 0, 0", ENOSYS),
            ("fcntl F_SETLEASE", "55, 0, 1024, 1", EPERM),
            ("fcntl64 F_SETLEASE", "221, 0, 1024, 1", EPERM),
            ("fcntl64 F_NOTIFY", "221, 0, 1026, 2", EPERM),
            ("fcntl64 F_GETFD", "221, 0, 1, 0", -1),
            ("ptrace PTRACE_SEIZE of number 1", "26, 0x4206, 1, 0", EPERM),
            ("ptrace PTRACE_ATTACH of number 1", "26, 16, 1, 0", EPERM),
            ("fanotify_init", "338, 0, 0, 0", EPERM),
            ("a call of the future", "511, 0, 0, 0", ENOSYS),
        ]
        let fixture = try await SandboxFixture()
        let source = """
            static int call(int number, int a, int b, int c) {
                int result;
                __asm__ volatile("int $0x80" : "=a"(result)
                    : "a"(number), "b"(a), "c"(b), "d"(c) : "memory");
                return result;
            }
            static void print(int result) {
                char text[3] = { result < 0 ? '0' - result / 10 : '!', '0' - result % 10, '\\n' };
                if (result >= 0) text[1] = '!';
                call(4, 1, (int)text, 3);
            }
            void _start(void) {
                \(calls.map { "print(call(\($0.call)));" }.joined(separator: "\n"))
                call(1, 0, 0, 0);
            }
            """
        let outcome = try await fixture.run(
            fixture.request(
                """
                printf '%s' '\(source.replacing("'", with: "'\\''"))' > x.c
                gcc -m32 -w -nostdlib -static -ffreestanding -fno-stack-protector -fno-pic \
                    -o x x.c || exit 2
                ./x
                """))
        if outcome.ending == .exited(2) { try Test.cancel("no compiler for 32-bit programs") }
        let lines = fixture.text.split(separator: "\n")
        try #require(lines.count == calls.count, "\(fixture.text)")
        for (call, line) in zip(calls, lines) {
            #expect(Int32(line) ?? -1 == call.error, "\(call.name)")
        }
    }

    @Test func noCapabilitiesNoNewPrivileges() async throws {
        let fixture = try await SandboxFixture()
        let text = try await fixture.output(
            "grep -E '^(Cap|NoNewPrivs|Seccomp:)' /proc/self/status | tr -s '\\t' ' '")
        #expect(
            text == """
                CapInh: 0000000000000000
                CapPrm: 0000000000000000
                CapEff: 0000000000000000
                CapBnd: 0000000000000000
                CapAmb: 0000000000000000
                NoNewPrivs: 1
                Seccomp: 2

                """)
    }

    /// Process 1 is a copy of this program, and everybody may read a command line.
    @Test func whatTheUserTypedIsNotSeen() async throws {
        let fixture = try await SandboxFixture()
        let text = try await fixture.output("cat /proc/1/cmdline /proc/1/comm")
        #expect(text == "nodeos-build\0nodeos-build\n")
        #expect(try await fixture.output("cat /proc/1/environ || echo no").hasSuffix("no\n"))
    }

    /// Where the caller is root, so is the builder to the kernel: files of the machine that it can see must
    /// be out of its reach all the same.
    @Test func hostFilesKeepTheirModes() async throws {
        let fixture = try await SandboxFixture()
        let watched = [
            "/dev/null", "/dev/zero", "/dev/tty", "/usr", CommandLine.arguments[0],
        ]
        let before = try watched.map(status)
        _ = try await fixture.output(
            """
            for f in /dev/null /dev/zero /dev/tty /proc/self/fd/0 /proc/1/exe /proc/1/root/usr \
                /proc/meminfo /usr /usr/bin/bash; do
                chmod 700 $f; chmod 777 $f; chown 0 $f; touch $f; touch -d 2001-01-01 $f
            done >/dev/null 2>&1; true
            """)
        #expect(try watched.map(status) == before)
        let meminfo = try status("/proc/meminfo")
        #expect(meminfo.prefix(1) == [0o444])
    }

    /// Mode, owner, and whether the time is the one the builder tried to set. (Everybody may set the time
    /// of `/dev/null` to now.)
    private func status(_ path: String) throws -> [Int] {
        var status = stat()
        try #require(unsafe lstat(path, &status) == 0)
        let end2001 = 1_009_843_200
        return [
            Int(status.st_mode & 0o7777), Int(status.st_uid),
            status.st_mtim.tv_sec < end2001 && status.st_mtim.tv_sec > end2001 - 366 * 86_400
                ? 1 : 0,
        ]
    }

    @Test func kernelSettingsAreReadOnly() async throws {
        let fixture = try await SandboxFixture()
        let text = try await fixture.output(
            """
            for f in /proc/sys/kernel/core_pattern /proc/sys/kernel/hostname /proc/sysrq-trigger \
                /proc/self/oom_score_adj /proc/sys/vm/drop_caches; do
                (echo x > $f) 2>/dev/null && echo "wrote $f"
            done; ls /sys 2>/dev/null; mount -t tmpfs x /tmp 2>/dev/null && echo mounted
            unshare -Ur true 2>/dev/null && echo unshared; true
            """)
        #expect(text == "")
    }

    @Test func hostProcessesAreInvisible() async throws {
        let fixture = try await SandboxFixture()
        let text = try await fixture.output("kill -0 \(getpid()) 2>/dev/null || echo invisible")
        #expect(text == "invisible\n")
    }

    /// Also what no other test looks for: the machine's shared memory, its message queues, its control
    /// groups.
    @Test func namespacesAreTheBuildsOwn() async throws {
        let fixture = try await SandboxFixture()
        let names = ["cgroup", "ipc", "mnt", "net", "pid", "user", "uts"]
        let text = try await fixture.output(
            "for n in \(names.joined(separator: " ")); do readlink /proc/self/ns/$n; done")
        let inside = text.split(separator: "\n").map(String.init)
        try #require(inside.count == names.count, "\(text)")
        for (name, link) in zip(names, inside) {
            let own = try FileManager.default.destinationOfSymbolicLink(
                atPath: "/proc/self/ns/\(name)")
            #expect(link.hasPrefix("\(name):[") && link != own)
        }
    }

    @Test func noSetIdentifierBitsInOutputs() async throws {
        let fixture = try await SandboxFixture()
        let request = fixture.request(
            """
            cp /usr/bin/true $out; chmod u+s $out; chmod 6755 $out; install -m 4755 $out x
            chmod 755 $out; stat -c %a $out
            """, outputs: [SandboxFixture.output])
        #expect(try await fixture.run(request).succeeded)
        #expect(fixture.text.hasSuffix("\n755\n"))
        #expect(try status(request.hostPath(ofOutput: SandboxFixture.output)).first == 0o755)
    }

    @Test func kvmOnlyWhenAskedFor() async throws {
        let fixture = try await SandboxFixture()
        #expect(try await fixture.output("ls /dev/kvm 2>/dev/null; true") == "")
        var request = fixture.request("exec 3<>/dev/kvm && echo open")
        request.kvm = true
        if unsafe access("/dev/kvm", R_OK | W_OK) == 0 {
            #expect(try await fixture.run(request).succeeded, "\(fixture.text)")
            #expect(fixture.text == "open\n")
        } else {
            await #expect(throws: SandboxError.self) { try await fixture.run(request) }
        }
    }
}
