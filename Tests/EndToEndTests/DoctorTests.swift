import Foundation
import Primitives
import TestSupport
import Testing

/// `doctor`: what is missing on this machine, and what to do.
@Suite(.timeLimit(.minutes(40))) struct DoctorTests {
    /// The findings of `doctor --json` by subject, each as `severity: message -> remedy`.
    private func findings(_ result: ChildProcess.Result) throws -> [String: String] {
        let json = try JSONValue(parsing: Array(result.output.utf8))
        return try (json["findings"]?.array ?? []).reduce(into: [:]) { found, finding in
            let subject = try #require(finding["subject"]?.string)
            let severity = try #require(finding["severity"]?.string)
            let message = try #require(finding["message"]?.string)
            // The first of a subject: what is wrong is told first.
            guard found[subject] == nil else { return }
            found[subject] = "\(severity): \(message) -> \(finding["remedy"]?.string ?? "")"
        }
    }

    @Test func aMachineWithoutPrograms() throws {
        let store = try StoreFixture(withTools: false)
        let result = try store.start(["doctor", "--json"], adding: ["PATH": "/nowhere"]).wait()
        let found = try findings(result)
        #expect(found["dot"] == "missing: not in PATH: draws graphs -> apt install graphviz")
        #expect(found["store"]?.contains("is made when first needed") == true)
        #expect(found["disk"] != nil && found["kvm"] != nil)
    }

    @Test func aMachineWithoutUserNamespaces() throws {
        let store = try StoreFixture(withTools: false)
        let around = ["bwrap", "--unshare-user", "--disable-userns", "--dev-bind", "/", "/"]
        let path = ["PATH": "/usr/bin:/bin"]
        guard try ChildProcess(around + ["true"], environment: path).wait().status == 0 else {
            try Test.cancel("bubblewrap cannot make a user namespace here")
        }
        let command = around + [store.binary, "--root", store.root, "doctor", "--json"]
        let result = try ChildProcess(command, environment: path).wait()
        #expect(result.status == 1)
        let found = try findings(result)
        #expect(found["user namespaces"]?.hasPrefix("broken: ") == true, "\(found)")
    }

    @Test func aDamagedDatabase() throws {
        let store = try StoreFixture(withTools: false)
        try store.directory.write("text", to: "text")
        try store.succeed("add", store.directory.file("text"))
        let file = store.real("/nodeos/var/nodeos/db/db.sqlite")
        try Data(repeating: 120, count: 5000).write(to: URL(filePath: file))
        let result = try store.run("doctor", "--json")
        #expect(result.status == 1)
        #expect(try findings(result)["database"]?.contains("db rebuild") == true)
    }

    @Test func mirrorsThatAreNotThere() throws {
        let store = try StoreFixture(withTools: false)
        let result = try store.start(
            ["doctor", "--json"], adding: ["NODEOS_MIRROR_DEBIAN": "file:///nowhere/debian"]
        ).wait()
        let text = try findings(result)["mirror debian"]
        #expect(
            text == "missing: file:///nowhere/debian (NODEOS_MIRROR_DEBIAN) is not there "
                + "-> correct or remove it where it is named")
    }
}
