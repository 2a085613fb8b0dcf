import Foundation
import Glibc
import TestSupport
import Testing

/// A file system in a file, mounted for a test; needs root and loop devices.
final class DiskImage {
    private let directory: TemporaryDirectory
    private let type: String
    private let options: String

    /// Where it is mounted.
    var place: String { directory.file("disk") }

    private init(_ directory: TemporaryDirectory, _ type: String, _ options: String) {
        self.directory = directory
        self.type = type
        self.options = options
    }

    /// Makes a file system; cancels the test where that cannot be.
    ///
    /// - Parameters:
    ///   - type: such as `ext4`.
    ///   - options: for `mount`.
    ///   - making: options for `mkfs`.
    static func make(type: String, options: String, making: String = "-q") throws -> DiskImage {
        let directory = try TemporaryDirectory()
        guard geteuid() == 0 else { try Test.cancel("only root mounts file systems") }
        let script = """
            command -v mkfs.$2 > /dev/null || { echo "no mkfs.$2" >&2; exit 1; }
            truncate -s 400M "$1/image"; mkfs.$2 $4 "$1/image"; mkdir "$1/disk"
            mount -t $2 -o loop,$3 "$1/image" "$1/disk"; umount "$1/disk"
            """
        let made = try run(script, directory.path, type, options, making)
        guard made.status == 0 else {
            try Test.cancel("no \(type) in a file can be mounted here: \(made.error)")
        }
        return DiskImage(directory, type, options)
    }

    deinit {
        _ = try? Self.run(
            "! mountpoint -q \"$1\" || umount \"$1\" || umount -l \"$1\"", place)
    }

    func mount() throws {
        let script = "mount -t $2 -o loop,$3 \"$1/image\" \"$1/disk\""
        let result = try Self.run(script, directory.path, type, options)
        guard result.status == 0 else { throw failure("mount", result) }
    }

    /// Takes it off; processes that were killed just now may need a moment.
    ///
    /// Sandboxes that start meanwhile, of this test or another, have copies of the mount for a moment.
    /// Until the last is gone the file system lives on, shut down as it is, and a mount would show it again.
    func unmount() throws {
        let script = """
            try() { for i in $(seq 300); do "$@" && return; sleep 0.1; done; return 1; }
            isFree() { [ -z "$(losetup -j "$1")" ]; }
            try umount "$1/disk"
            try isFree "$1/image" || { echo "its loop device is still in use" >&2; exit 1; }
            """
        let result = try Self.run(script, directory.path)
        guard result.status == 0 else { throw failure("umount", result) }
    }

    /// Stops the file system as a power cut does: not even its journal is written any more.
    ///
    /// The corresponding ioctl is `EXT4_IOC_SHUTDOWN`, which xfs knows by the same number, with
    /// `EXT4_GOING_FLAGS_NOLOGFLUSH` (`linux/ext4.h`).
    func cutPower() throws {
        let shutDown: UInt = 0x8004_587d
        var flags: UInt32 = 2
        let descriptor = unsafe open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(descriptor) }
        guard unsafe ioctl(descriptor, shutDown, &flags) == 0 else {
            throw ChildProcessError(command: ["ioctl"], reason: "error \(errno)")
        }
    }

    private func failure(_ name: String, _ result: ChildProcess.Result) -> ChildProcessError {
        ChildProcessError(command: [name], reason: result.error)
    }

    private static func run(_ script: String, _ arguments: String...) throws -> ChildProcess.Result
    {
        try ChildProcess(
            ["sh", "-euc", script, "sh"] + arguments,
            environment: ["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
        ).wait()
    }
}
