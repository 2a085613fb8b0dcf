import TestSupport
import Testing

extension StoreFixture {
    /// Runs a shell script as root of a mount namespace of its own, with `$1` the store's root, `$2` the
    /// command, `$3` and more as given. Cancels the test where no such namespace can be had.
    func inNamespace(_ script: String, _ arguments: [String]) throws -> ChildProcess.Result {
        let trial = try ChildProcess(
            ["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", directory.path],
            environment: environment
        ).wait()
        guard trial.status == 0 else {
            try Test.cancel("no mounts in a namespace of one's own here: \(trial.error)")
        }
        let words = ["unshare", "-rm", "sh", "-euc", script, "sh", root, binary] + arguments
        return try ChildProcess(words, environment: environment).wait()
    }
}
