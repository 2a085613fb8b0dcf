package import Primitives

/// What bubblewrap tells about a run.
package enum BubblewrapStatus {
    /// The builder's exit status from the lines of `--json-status-fd`, such as `{ "exit-code": 0 }`; `nil`
    /// when the builder was never started.
    package static func exitStatus(in json: some Sequence<UInt8>) -> Int32? {
        let text = String(decoding: Array(json), as: UTF8.self)
        guard let key = text.split(separator: "\"exit-code\":", maxSplits: 1).dropFirst().first
        else { return nil }
        return Int32(key.drop { $0 == " " }.prefix { $0.isNumber })
    }

    /// The error that its words on standard error tell.
    package static func failure(_ text: String, command: ByteString) -> SandboxError {
        let words = text.split(separator: "\n").filter { $0.hasPrefix("bwrap: ") }
        let message =
            words.isEmpty ? "it ended without a word" : words.joined(separator: "; ")
        let userNamespaces = [
            "No permissions to create", "Creating new namespace failed", "setting up uid map",
            "creating new namespace",
        ]
        if userNamespaces.contains(where: message.contains) {
            return .userNamespacesUnavailable(message: message)
        }
        if message.contains("Unknown option") { return .bubblewrapTooOld(message: message) }
        if message.contains("execvp") {
            return .commandNotExecutable(command, message: message)
        }
        return .setupFailed(message: message)
    }
}
