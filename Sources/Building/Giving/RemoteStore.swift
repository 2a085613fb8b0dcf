import Archives
import Glibc
package import LocalStore
import Primitives
package import StoreModel
import SystemSupport

/// A store on another machine that this user can reach by ssh:
/// `ssh://[USER@]HOST[:PORT][?root=DIR&program=FILE]`.
public struct RemoteStore: Hashable, Sendable {
    /// What ssh is called with: user and host as written, an address of IPv6 without its brackets.
    package let destination: String
    /// The port; `nil` is ssh's own choice.
    package let port: UInt16?
    /// The `--root` there.
    package let root: String?
    /// The `nodeos-store` there, found by the shell unless it has a slash.
    package let program: String

    /// What a URL may not be, in words for a message.
    package enum Fault: Error, Hashable, Sendable, CustomStringConvertible {
        /// Why, as the rest of a sentence.
        case reason(String)

        package var description: String {
            if case .reason(let text) = self { text } else { "" }
        }
    }

    /// Parses an address; nothing is started.
    ///
    /// - Throws: an error whose description says what is wrong, without what may be a password.
    public init(parsing text: String) throws {
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts[0].hasPrefix("ssh://") else {
            throw Fault.reason("it does not begin with ssh://")
        }
        var place = parts[0].dropFirst("ssh://".count)
        if place.last == "/" { place.removeLast() }
        let at = place.lastIndex(of: "@")
        let user = at.map { place[..<$0] }
        var host = at.map { place[place.index(after: $0)...] } ?? place
        guard user?.contains(":") != true else {
            throw Fault.reason("a password does not belong there: ssh asks for it")
        }
        var port: Substring?
        if host.first == "[", let end = host.lastIndex(of: "]") {
            let rest = host[host.index(after: end)...]
            port = rest.isEmpty ? nil : rest.dropFirst()
            guard rest.isEmpty || rest.first == ":" else { throw Fault.reason("it has no host") }
            host = host[host.index(after: host.startIndex)..<end]
        } else if let colon = host.lastIndex(of: ":") {
            port = host[host.index(after: colon)...]
            host = host[..<colon]
        }
        for (what, word) in [("host", host), ("user", user ?? "x")] {
            // ssh would take it for an option, and options run programs.
            guard word.first != "-" else {
                throw Fault.reason("a \(what) does not begin with '-'")
            }
            guard !word.isEmpty, word.utf8.allSatisfy(Self.isPlain) else {
                throw Fault.reason("'\(word)' is no \(what)")
            }
        }
        if let port {
            guard let number = UInt16(port), number > 0 else {
                throw Fault.reason("'\(port)' is no port")
            }
            self.port = number
        } else {
            self.port = nil
        }
        destination = (user.map { "\($0)@" } ?? "") + host
        var parameters: [String: String] = [:]
        for part in parts.count > 1 ? parts[1].split(separator: "&") : [] {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, ["root", "program"].contains(pair[0]), !pair[1].isEmpty else {
                throw Fault.reason("behind '?' may stand root=DIR and program=FILE, not '\(part)'")
            }
            parameters[String(pair[0])] = String(pair[1])
        }
        root = parameters["root"]
        program = parameters["program"] ?? "nodeos-store"
        guard program.first != "-" else { throw Fault.reason("a program does not begin with '-'") }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-._:%".utf8.contains(byte)
    }

    /// The address for people.
    public var description: String {
        "ssh://\(destination)" + (port.map { ":\($0)" } ?? "")
    }

    /// What ssh is called with to run `nodeos-store` there.
    package func sshArguments(_ words: [String], store: StoreDirectory) -> [String] {
        let options = (root.map { ["--root", $0] } ?? []) + ["--store-dir", store.path]
        let command = ([program] + options + words).map(Self.quoted).joined(separator: " ")
        return (port.map { ["-p", "\($0)"] } ?? []) + ["-T", "--", destination, command]
    }

    /// `word` as one word of the shell there, whatever is in it.
    private static func quoted(_ word: String) -> String {
        let isSafe =
            !word.isEmpty && word.utf8.allSatisfy { isPlain($0) || "/=,+".utf8.contains($0) }
        return isSafe ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }

    // MARK: Speaking with it

    /// Gives it the closure of `paths`, as far as it lacks it.
    ///
    /// - Returns: what was given.
    /// - Throws: ``StoreConversationError``, `HostError` when there is no ssh, `CancellationError`.
    package func give(
        _ paths: [StorePath], of store: LocalStore, environment: [String: String],
        onEvent: @escaping @Sendable (GivingEvent) -> Void
    ) async throws -> [StorePath] {
        try await converse(["import", "--negotiate"], store, environment) { input, output in
            var sink = DescriptorSink(output)
            return try StoreConversation.give(
                paths, of: store, from: FileSource(owning: input, path: description), into: &sink,
                end: { [owner = sink.owner] in owner.close() }, onEvent: onEvent)
        }
    }

    /// Takes the closure of `paths` from it, as far as it is missing in `store`.
    ///
    /// - Returns: what was taken.
    /// - Throws: as ``give(_:of:environment:onEvent:)``.
    package func take(
        _ paths: [StorePath], into store: LocalStore, environment: [String: String]
    ) async throws -> [StorePath] {
        let words = ["export", "--negotiate", "--closure"]
        let full = paths.map(store.storeDirectory.path(of:))
        return try await converse(words + full, store, environment) { input, output in
            var sink = DescriptorSink(output)
            return try StoreConversation.take(
                wanting: paths, into: store, from: FileSource(owning: input, path: description),
                answering: &sink)
        }
    }

    private func converse(
        _ words: [String], _ store: LocalStore, _ environment: [String: String],
        _ body: @escaping @Sendable (Int32, Int32) throws -> [StorePath]
    ) async throws -> [StorePath] {
        guard let ssh = HostProgram.path(of: "ssh", environment: environment) else {
            throw Fault.reason("there is no 'ssh' in PATH to reach '\(description)' with")
        }
        let arguments = sshArguments(words, store: store.storeDirectory)
        let program = HostProgram(path: ssh, arguments: arguments, environment: environment)
        let (paths, succeeded) = try await program.converse(body)
        guard succeeded else { throw Fault.reason("'\(ssh)' failed; it says why above") }
        return paths
    }
}

/// Writes to a descriptor, which is closed with the last copy.
private struct DescriptorSink: ByteSink {
    final class Owner {
        private var file: OpenFile?
        init(_ file: consuming OpenFile) { self.file = consume file }

        func write(_ bytes: Span<UInt8>) throws {
            if file == nil { throw StoreConversationError.ended(wanted: "more to write") }
            try file?.write(bytes)
        }

        func close() { file = nil }
    }

    let owner: Owner

    init(_ descriptor: Int32) {
        owner = Owner(OpenFile(owning: descriptor, path: "ssh"))
    }

    mutating func write(_ bytes: Span<UInt8>) throws { try owner.write(bytes) }
}
