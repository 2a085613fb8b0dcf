import Foundation
import Glibc
import Primitives
import TestSupport
import Testing

/// Full and read-only disks, made of a tmpfs in a mount namespace of the test's own.
@Suite(.timeLimit(.minutes(40))) struct DiskTests {
    @Test func aDiskThatIsFullDuringABuild() throws {
        var store = try StoreFixture()
        let item = try store.derive(
            "large", "dd if=/dev/zero of=$out bs=1M count=30 2>&1; echo whole >> $out")
        let result = try store.inNamespace(
            """
            cp -a "$1" "$1.copy"; mount -t tmpfs -o size=64m tmpfs "$1"; cp -a "$1.copy/." "$1"
            head -c 50000000 /dev/zero > "$1/filler"
            status=0; "$2" --root "$1" realise "$3" || status=$?
            echo "status $status"
            "$2" --root "$1" query hash "$4" || echo "not valid"
            ls -A "$1/nodeos/store/.builds" | wc -l
            rm "$1/filler"
            "$2" --root "$1" realise "$3"
            """, [item.drv, item.output()])
        #expect(result.status == 0, "\(result.error)")
        #expect(result.lines == ["status 100", "not valid", "0", item.output()])
        #expect(result.error.contains("No space left on device"))
    }

    @Test func aDiskThatIsFullBeforeABuild() throws {
        var store = try StoreFixture()
        let item = try store.derive("small", "echo small > $out")
        let result = try store.inNamespace(
            """
            cp -a "$1" "$1.copy"; mount -t tmpfs -o size=16m tmpfs "$1"; cp -a "$1.copy/." "$1"
            cat /dev/zero > "$1/filler" || true
            status=0; "$2" --root "$1" realise "$3" || status=$?
            echo "failed $((status > 0 && status < 103))"
            "$2" --root "$1" query hash "$4" || echo "not valid"
            rm "$1/filler"
            "$2" --root "$1" realise "$3"
            """, [item.drv, item.output()])
        #expect(result.status == 0, "\(result.error)")
        #expect(result.lines == ["failed 1", "not valid", item.output()])
        #expect(result.error.contains("space") || result.error.contains("full"), "\(result.error)")
    }

    /// Who cleans up on a full disk needs a little space for it.
    @Test func aFullDiskCanBeCleaned() throws {
        let store = try StoreFixture(withTools: false)
        try store.directory.write(String(repeating: "x", count: 100_000), to: "dead")
        try store.succeed("add", store.directory.file("dead"))
        let result = try store.inNamespace(
            """
            cp -a "$1" "$1.copy"; mount -t tmpfs -o size=8m tmpfs "$1"; cp -a "$1.copy/." "$1"
            cat /dev/zero > "$1/filler" || true
            "$2" --root "$1" gc | wc -l
            "$2" --root "$1" gc | wc -l
            "$2" --root "$1" verify --check-contents
            """, [])
        #expect(result.status == 0, "\(result.error)")
        #expect(result.lines == ["1", "0"])
    }

    @Test func aDiskThatIsFullDuringADownload() throws {
        let body = (0..<20_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) }
        let server = try LoopbackServer { .ranged(body, for: $0) }
        var store = try StoreFixture(withTools: false)
        let item = try store.fetch("file", [server.url("/file")], .hash(body), size: body.count)
        let result = try store.inNamespace(
            """
            cp -a "$1" "$1.copy"; mount -t tmpfs -o size=64m tmpfs "$1"; cp -a "$1.copy/." "$1"
            head -c 50000000 /dev/zero > "$1/filler"
            status=0; "$2" --root "$1" realise "$3" || status=$?
            echo "status $status"
            "$2" --root "$1" query hash "$4" || echo "not valid"
            rm "$1/filler"
            "$2" --root "$1" realise "$3"
            """, [item.drv, item.output()])
        #expect(result.status == 0, "\(result.error)")
        #expect(result.lines == ["status 100", "not valid", item.output()])
        #expect(result.error.contains("No space left on device"))
        // The second run goes on from what fitted.
        #expect(server.requests.count == 2)
        #expect((server.requests.last?.rangeStart ?? 0) > 1_000_000)
    }

    /// What is added or imported is there whole afterwards, or not at all.
    @Test func aDiskThatIsFullDuringAnImport() throws {
        let store = try StoreFixture(withTools: false)
        let text = String(repeating: "x", count: 12_000_000)
        try store.directory.write(text, to: "large")
        let path = try store.succeed("add", store.directory.file("large")).lines[0]
        let result = try store.inNamespace(
            """
            "$2" --root "$1" export "$3" > "$1.export"
            for command in "add $1.large" "import"; do
                mount -t tmpfs -o size=9m tmpfs "$1"
                status=0; "$2" --root "$1" $command < "$1.export" || status=$?
                echo "status $status"
                "$2" --root "$1" query hash "$3" || echo "not valid"
                "$2" --root "$1" verify --check-contents >&2
                mount -o remount,size=64m "$1"
                "$2" --root "$1" $command < "$1.export" > "$1.out"
                "$2" --root "$1" verify --check-contents >&2
                "$2" --root "$1" query hash "$3" > "$1.out" && echo "valid"
                umount "$1"
            done
            """.replacing("$1.large", with: store.directory.file("large")), [path])
        #expect(result.status == 0, "\(result.error)")
        #expect(
            result.lines == [
                "status 1", "not valid", "valid", "status 1", "not valid", "valid",
            ])
        #expect(result.error.components(separatedBy: "No space left on device").count == 3)
    }

    /// There is room for all else: only one file may not grow so long.
    @Test func aFileThatCannotBeWrittenWhole() throws {
        let store = try StoreFixture(withTools: false)
        let large = store.directory.file("large")
        try store.directory.write(String(repeating: "x", count: 12_000_000), to: "large")
        let script = "trap '' XFSZ; ulimit -f 8000; exec \"$0\" --root \"$1\" add \"$2\""
        let result = try ChildProcess(
            ["sh", "-c", script, store.binary, store.root, large], environment: store.environment
        ).wait()
        #expect(result.status == 1)
        #expect(result.error.contains("File too large"), "\(result.error)")
        #expect(result.output.isEmpty && store.scratch() == [])
        let path = try store.succeed("add", large).lines[0]
        #expect(try store.isValid(path))
        try store.succeed("verify", "--check-contents")
    }

    /// What would change something says so; nothing is half done.
    @Test func aReadOnlyStoreRefusesChanges() throws {
        var store = try StoreFixture()
        let built = try store.derive("built", "echo built > $out")
        try store.realise(built)
        let result = try store.inNamespace(
            """
            mount --bind "$1" "$1"; mount -o remount,ro,bind "$1"
            for command in "add $1.text" "gc" "optimise" "import" "realise --check $3"; do
                status=0; "$2" --root "$1" $command < /dev/null || status=$?
                echo "$status"
            done
            "$2" --root "$1" gc --dry-run > "$1.out"
            "$2" --root "$1" verify --check-contents > "$1.out"
            status=0; "$2" --root "$1" doctor --json | grep -c "is mounted read-only" || status=$?
            """.replacing("$1.text", with: store.binary), [built.drv])
        #expect(result.status == 0, "\(result.error)")
        #expect(result.lines == ["1", "1", "1", "1", "1", "1"], "\(result.error)")
        #expect(result.error.lowercased().contains("read-only"))
    }

    @Test func aReadOnlyStoreAnswers() throws {
        var store = try StoreFixture()
        let built = try store.derive("built", "echo built > $out")
        let missing = try store.derive("missing", "echo missing > $out")
        try store.realise(built)
        let result = try store.inNamespace(
            """
            mount --bind "$1" "$1"; mount -o remount,ro,bind "$1"
            "$2" --root "$1" query hash "$3"
            "$2" --root "$1" query requisites "$3"
            "$2" --root "$1" realise "$4"
            "$2" --root "$1" log "$4"
            status=0; "$2" --root "$1" realise "$5" || status=$?
            echo "status $status"
            """, [built.output(), built.drv, missing.drv])
        #expect(result.status == 0, "\(result.error)")
        #expect(result.lines.count == 4)
        #expect(result.lines.dropFirst() == [built.output(), built.output(), "status 1"])
        #expect(result.error.lowercased().contains("read-only"))
    }

    @Test func aStoreThatCannotBeMadeIsAClearError() throws {
        let store = try StoreFixture(root: "/proc/nodeos-test", withTools: false)
        let result = try store.run("add", store.directory.path)
        #expect(result.status == 1)
        #expect(result.error.contains("/proc/nodeos-test"))
    }
}
