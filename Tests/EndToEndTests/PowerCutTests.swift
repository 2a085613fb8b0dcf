import Foundation
import Glibc
import TestSupport
import Testing

/// Power cuts on a real file system: ext4 or xfs in a file, which at some moment of the
/// work is told to stop at once. What was only in memory is lost, as with the power; the next mount
/// replays the journal. What commands had reported is there afterwards, and everything valid is whole.
///
/// What a disk's own cache loses is not shown by this: for that, the file systems send it flushes.
@Suite(.serialized, .timeLimit(.minutes(40))) struct PowerCutTests {
    /// A file system and how it is mounted.
    struct Disk: CustomTestStringConvertible, Sendable {
        let type: String
        let options: String
        var testDescription: String { "\(type), \(options)" }
    }

    /// Work without end in the store `$1` with the command `$2`, on the files of `$3`, round `$4`.
    /// A line in `$3/done` is a path that was reported valid and has a root.
    private static let work = """
        s() { "$bin" --root "$root" "$@"; }
        root=$1; bin=$2; files=$3; round=$4; n=0
        roots=$root/nodeos/var/nodeos/gcroots
        for drv in $(cat "$files/drvs"); do ln -s "$drv" "$roots/$round-${drv##*/}"; done
        sync -f "$root"
        while :; do
            n=$((n + 1)); id=$round-$n
            mkdir -p "$files/$id/d"; echo "$id" > "$files/$id/own"
            seq 1 3000 > "$files/$id/d/same"; cp "$files/$id/d/same" "$files/$id/twin"
            path=$(s add "$files/$id") || exit 1
            ln -s "$path" "$roots/$id" && sync -f "$roots" && echo "$path" >> "$files/done"
            out=$(s realise --add-root "$root/link-$id" "$(sed -n ${n}p "$files/drvs")") || exit 1
            echo "$out" >> "$files/done"
            s add "$files/drvs" > "$files/garbage" || exit 1
            s export "$path" > "$files/stream" && s gc > "$files/collected" || exit 1
            s import < "$files/stream" > "$files/imported" || exit 1
            s optimise 2> "$files/optimised" || exit 1
        done
        """

    static let disks = [
        Disk(type: "ext4", options: "data=ordered"), Disk(type: "ext4", options: "data=writeback"),
        Disk(type: "xfs", options: "noatime"),
    ]

    @Test(arguments: disks) func whatWasReportedIsThereAfterwards(_ disk: Disk) throws {
        let image = try DiskImage.make(type: disk.type, options: disk.options)
        try image.mount()
        var store = try StoreFixture(root: image.place)
        try store.succeed("optimise", "--automatic", "on")
        let rounds = ProcessInfo.processInfo.environment["NODEOS_EVERY_CALL"] == nil ? 4 : 60
        var generator = TestSeed.generator()
        for round in 1...rounds {
            let moment = Int.random(in: 50...2500, using: &generator)
            let comment: Comment = "round \(round), \(moment) ms (\(TestSeed.shown))"
            try store.directory.write("", to: "done")
            let drvs = try (1...12).map {
                try store.derive("i\(round)-\($0)", "mkdir $out; seq 1 5000 > $out/numbers").drv
            }
            try store.directory.write(drvs.joined(separator: "\n") + "\n", to: "drvs")
            let work = try ChildProcess(
                [
                    "sh", "-uc", Self.work, "sh", store.root, store.binary, store.directory.path,
                    "\(round)",
                ], environment: store.environment)
            usleep(UInt32(moment) * 1000)
            try image.cutPower()
            // Its group, so that no builder keeps the disk busy.
            kill(-work.id, SIGKILL)
            _ = try work.wait()
            try image.unmount()
            try image.mount()
            let verified = try store.run("verify", "--check-contents")
            #expect(verified.status == 0, "\(comment): \(verified.output)\(verified.error)")
            let done = String(decoding: try store.directory.bytes(of: "done"), as: UTF8.self)
            for path in done.split(separator: "\n") {
                #expect(try store.isValid(String(path)), "\(comment): \(path) is lost")
            }
            for drv in drvs { #expect(try store.isValid(drv), comment) }
            // What was cut off goes with the next run, and the database agrees with its copies.
            try store.succeed("gc", "--max-freed", "1")
            #expect(try store.succeed("db", "check").output.isEmpty, comment)
            #expect(store.scratch() == [], comment)
        }
        try image.unmount()
    }

    /// The power goes right after a command has said what it did, before anything else writes to the disk.
    @Test(arguments: disks) func whatWasJustReportedIsThere(_ disk: Disk) throws {
        let image = try DiskImage.make(type: disk.type, options: disk.options)
        func cut() throws {
            try image.cutPower()
            try image.unmount()
            try image.mount()
        }
        try image.mount()
        let store = try StoreFixture(root: image.place, withTools: false)
        try store.directory.write("text", to: "text")
        let path = try store.succeed("add", store.directory.file("text")).lines[0]
        try cut()
        #expect(try store.isValid(path))
        // The first finds rows to put in their place, and waits for the disk because of that.
        let links = ["one", "two"].map { image.place + "/" + $0 }
        for link in links { try store.succeed("realise", path, "--add-root", link) }
        try cut()
        let roots = try store.succeed("query", "roots", path).output
        for link in links { #expect(roots.contains(link), "\(roots)") }
        #expect(try store.succeed("verify", "--check-contents").output.isEmpty)
        try image.unmount()
    }
}
