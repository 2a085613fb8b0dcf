import Foundation
import Primitives
import Sandbox
import Testing

/// Inputs and outputs: the builder's store directory.
@Suite struct OutputTests {
    private func mode(_ path: String) -> mode_t? {
        var status = stat()
        return unsafe lstat(path, &status) == 0 ? status.st_mode & 0o7777 : nil
    }

    @Test func filesDirectoriesAndLinks() async throws {
        let fixture = try await SandboxFixture()
        let paths = ["file", "directory", "link"].map { SandboxFixture.storeDirectory + "/" + $0 }
        let request = fixture.request(
            """
            cd /nodeos/store; echo hola > file; mkdir directory; echo x > directory/x
            chmod 755 directory/x; ln -s /nowhere link; mv file other; mv other file
            """, outputs: Set(paths))
        let outcome = try await fixture.run(request)
        #expect(outcome.succeeded, "\(fixture.text)")
        #expect(
            try String(contentsOfFile: request.hostPath(ofOutput: paths[0]), encoding: .utf8)
                == "hola\n")
        #expect(mode(request.hostPath(ofOutput: paths[1])) == 0o755)
        #expect(mode(request.hostPath(ofOutput: paths[1] + "/x")) == 0o755)
        let target = try FileManager.default.destinationOfSymbolicLink(
            atPath: request.hostPath(ofOutput: paths[2]))
        #expect(target == "/nowhere")
    }

    @Test func outputsAreOnTheFileSystemOfTheDirectory() async throws {
        let fixture = try await SandboxFixture()
        let request = fixture.request(
            "mkdir $out; echo hola > $out/x", outputs: [SandboxFixture.output])
        #expect(try await fixture.run(request).succeeded)
        let final = fixture.directory + "/final"
        #expect(unsafe rename(request.hostPath(ofOutput: SandboxFixture.output), final) == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: final) == ["x"])
    }

    @Test func missingOutputsAreTold() async throws {
        let fixture = try await SandboxFixture()
        let doc = SandboxFixture.output + "-doc"
        let outcome = try await fixture.run(
            fixture.request("touch $out", outputs: [SandboxFixture.output, doc]))
        #expect(outcome.ending == .exited(0))
        #expect(outcome.missingOutputs == [doc])
        #expect(!outcome.succeeded)
    }

    @Test func inputsAreReadOnlyAndLeaveNothingBehind() async throws {
        let fixture = try await SandboxFixture()
        let file = try fixture.hostFile("file", "contents\n")
        let store = SandboxFixture.storeDirectory
        let directory = fixture.directory + "/inputs"
        let request = fixture.request(
            """
            cd /nodeos/store
            cat a b/file; ls -d *
            for i in a b/file b; do
                rm -rf $i; echo x >> $i; mv $i c; chmod 777 $i; ln -f $i d; rmdir $i; touch $i
                setfattr -n user.x -v x $i
            done 2>/dev/null
            rm -rf c d
            cat a b/file; ls -d *
            """,
            inputs: [
                .init(hostPath: file, sandboxPath: store + "/a"),
                .init(hostPath: directory, sandboxPath: store + "/b"),
            ])
        _ = try await fixture.run(request)
        #expect(fixture.text == String(repeating: "contents\ncontents\na\nb\n", count: 2))
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["file"])
        #expect(mode(directory) == 0o755)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: request.hostStoreDirectory) == [])
    }

    @Test func linkInputsKeepTheirTarget() async throws {
        let fixture = try await SandboxFixture()
        let link = fixture.directory + "/link"
        #expect(unsafe symlink("/etc/hostname", link) == 0)
        let input = BuildRequest.Input(
            hostPath: link, sandboxPath: SandboxFixture.storeDirectory + "/link")
        let request = fixture.request(
            "readlink /nodeos/store/link; cat /nodeos/store/link", inputs: [input])
        let outcome = try await fixture.run(request)
        // The host's file that it leads to is not there.
        #expect(outcome.ending == .exited(1))
        #expect(fixture.text.hasPrefix("/etc/hostname\ncat: "))
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: request.hostStoreDirectory) == [])
    }

    @Test func replacedLinkInputIsAnError() async throws {
        let fixture = try await SandboxFixture()
        let link = fixture.directory + "/link"
        #expect(unsafe symlink("/etc/hostname", link) == 0)
        let path = SandboxFixture.storeDirectory + "/link"
        let request = fixture.request(
            "ln -sfn /else /nodeos/store/link",
            inputs: [.init(hostPath: link, sandboxPath: path)])
        await #expect(throws: SandboxError.inputReplaced(path)) { try await fixture.run(request) }
    }

    @Test func scratchDirectoryMayHoldFilesAndIsKept() async throws {
        let fixture = try await SandboxFixture()
        let request = fixture.request("cat given; echo made > made; chmod 0 . /nodeos/store")
        try FileManager.default.createDirectory(
            atPath: request.hostScratchDirectory, withIntermediateDirectories: false)
        try Data("hola\n".utf8).write(
            to: URL(filePath: request.hostScratchDirectory + "/given"))
        #expect(try await fixture.run(request).succeeded)
        #expect(fixture.text == "hola\n")
        #expect(
            try String(contentsOfFile: request.hostScratchDirectory + "/made", encoding: .utf8)
                == "made\n")
        // A builder cannot lock the caller out.
        #expect(mode(request.hostScratchDirectory) == 0o700)
        #expect(mode(request.hostStoreDirectory) == 0o755)
    }

    @Test func oldFilesInTheStoreDirectoryAreRefused() async throws {
        let fixture = try await SandboxFixture()
        let request = fixture.request("true")
        try FileManager.default.createDirectory(
            atPath: request.hostStoreDirectory + "/x", withIntermediateDirectories: true)
        await #expect(
            throws: SandboxError.unsuitableDirectory(
                fixture.directory, reason: "'store' in it holds old files")
        ) { try await fixture.run(request) }
        try FileManager.default.removeItem(atPath: request.hostStoreDirectory)
        #expect(unsafe symlink("/tmp", request.hostStoreDirectory) == 0)
        await #expect(throws: SandboxError.self) { try await fixture.run(request) }
    }

    @Test func openDirectoryIsRefused() async throws {
        let fixture = try await SandboxFixture()
        #expect(unsafe chmod(fixture.directory, 0o750) == 0)
        await #expect(
            throws: SandboxError.unsuitableDirectory(
                fixture.directory,
                reason: "it is open to other users; its mode must be 0700")
        ) { try await fixture.run(fixture.request("true")) }
    }

    @Test func missingInputIsNamed() async throws {
        let fixture = try await SandboxFixture()
        let request = fixture.request(
            "true", inputs: [.init(hostPath: "/nonexistent/x", sandboxPath: "/nodeos/store/x")])
        await #expect(
            throws: SandboxError.unsuitableInput("/nonexistent/x", reason: "it does not exist")
        ) { try await fixture.run(request) }
        #expect(
            !FileManager.default.fileExists(atPath: request.hostStoreDirectory + "/x"))
    }

    @Test func inputsBelowTheTemporaryDirectory() async throws {
        let fixture = try await SandboxFixture()
        let file = try fixture.hostFile("file", "hola\n")
        let text = try await fixture.output(
            "cat \(file); ls /tmp; stat -c %a /tmp",
            inputs: [.init(hostPath: file, sandboxPath: file)])
        #expect(text == "hola\n\(file.split(separator: "/")[1])\n1777\n")
    }

    @Test func manyInputs() async throws {
        let fixture = try await SandboxFixture()
        let file = try fixture.hostFile("file", "x")
        let inputs = (0..<300).map {
            BuildRequest.Input(
                hostPath: $0 % 2 == 0 ? file : fixture.directory + "/inputs",
                sandboxPath: SandboxFixture.storeDirectory + "/\($0)")
        }
        let text = try await fixture.output("ls /nodeos/store | wc -l", inputs: inputs)
        #expect(text == "300\n")
        let left = try FileManager.default.contentsOfDirectory(
            atPath: fixture.directory + "/store")
        #expect(left == [])
    }

    @Test func tenThousandInputs() async throws {
        let fixture = try await SandboxFixture()
        let file = try fixture.hostFile("file", "x")
        let folder = fixture.directory + "/inputs"
        let inputs = (0..<10_000).map {
            BuildRequest.Input(
                hostPath: $0 % 2 == 0 ? file : folder,
                sandboxPath: SandboxFixture.storeDirectory + "/\($0)")
        }
        let output = SandboxFixture.output
        let outcome = try await fixture.run(
            fixture.request(
                """
                ls /nodeos/store | wc -l; cat /nodeos/store/9998 /nodeos/store/9999/file; echo
                echo y > /nodeos/store/0; echo y > /nodeos/store/1/new; chmod 777 /nodeos/store/1
                rm -rf /nodeos/store/1; mv /nodeos/store/2 /nodeos/store/3
                umount /nodeos/store/1; mount -o remount,rw,bind /nodeos/store/1
                mkdir $out; cat /nodeos/store/0 > $out/copy; wc -l < /proc/self/mountinfo
                """, inputs: inputs, outputs: [output]))
        #expect(outcome.ending == .exited(0), "\(fixture.text)")
        #expect(outcome.missingOutputs == [])
        #expect(fixture.text.hasPrefix("10000\nxx\n"))
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "x")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["file"])
        let left = try FileManager.default.contentsOfDirectory(
            atPath: fixture.directory + "/store")
        #expect(left == [String(output.split(separator: "/")[2])])
        // Nobody else has seen these mounts.
        let mounts = try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)
        #expect(!mounts.contains(fixture.directory))
    }
}
