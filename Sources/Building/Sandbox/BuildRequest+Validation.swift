import Primitives

extension BuildRequest {
    /// What the sandbox itself puts into the builder's root directory.
    static let ownPaths = [
        "/build", "/dev", "/proc", "/tmp", "/etc/group", "/etc/hosts", "/etc/passwd",
    ]
    static let networkPaths = [
        "/etc/nsswitch.conf", "/etc/resolv.conf", "/etc/services", "/etc/ssl",
    ]

    /// Checks that the builder will see what the request says: no path hides another.
    func validate() throws(SandboxError) {
        for path in [hostDirectory, storeDirectory] + outputs where !Self.isPlain(path) {
            throw .invalidRequest("'\(path)' is not a plain absolute path")
        }
        for input in inputs where !Self.isPlain(input.sandboxPath) || !Self.isPlain(input.hostPath)
        {
            throw .invalidRequest(
                "the input '\(input.hostPath)' at '\(input.sandboxPath)' is not a plain absolute path"
            )
        }
        let own = Self.ownPaths + (network == .host ? Self.networkPaths : [])
        for path in [storeDirectory] + inputs.map(\.sandboxPath).filter({ !isInStore($0) }) {
            // Below /tmp there is nothing of ours to hide.
            if let hidden = own.first(where: {
                Self.overlap($0, path) && $0 != "/tmp" || $0 == path
            }) {
                throw .invalidRequest("'\(path)' hides the sandbox's own '\(hidden)'")
            }
        }
        try validateInputs()
        for output in outputs {
            guard Self.parent(of: output) == storeDirectory else {
                throw .invalidRequest(
                    "the output '\(output)' is not directly in '\(storeDirectory)'")
            }
        }
        try validateTexts()
    }

    /// Inputs are disjoint, and those in the store directory are directly in it: the builder can write to
    /// that directory, and could otherwise prepare the one above an input.
    private func validateInputs() throws(SandboxError) {
        var seen: Set<String> = []
        for input in inputs {
            let path = input.sandboxPath
            if !seen.insert(path).inserted || outputs.contains(path) {
                throw .invalidRequest("'\(path)' is named twice")
            }
            if isInStore(path) { continue }
            if Self.overlap(path, storeDirectory) {
                throw .invalidRequest("the input '\(path)' is not directly in '\(storeDirectory)'")
            }
        }
        // What is directly in the store directory lies in nothing else.
        for path in seen where !isInStore(path) {
            var above = Self.parent(of: path)
            while !above.isEmpty {
                if seen.contains(above) {
                    throw .invalidRequest("the input '\(path)' lies in the input '\(above)'")
                }
                above = Self.parent(of: above)
            }
        }
        // A builder outside the inputs could be something of the host (CVE-2019-5736).
        guard let name = command.string, Self.isPlain(name),
            inputs.contains(where: { Self.lies(name, in: $0.sandboxPath) })
        else { throw .invalidRequest("the builder '\(command)' is not in an input") }
    }

    /// What passes to the kernel as C strings must be some.
    private func validateTexts() throws(SandboxError) {
        for argument in arguments where argument.bytes.contains(0) {
            throw .invalidRequest("the argument '\(argument)' holds a NUL byte")
        }
        for (key, value) in environment {
            if key.isEmpty || key.bytes.contains(0) || key.bytes.contains(UInt8(ascii: "=")) {
                throw .invalidRequest("'\(key)' cannot name an environment variable")
            }
            if value.bytes.contains(0) {
                throw .invalidRequest("the environment variable '\(key)' holds a NUL byte")
            }
        }
    }

    /// Whether a plain path is directly in the store directory.
    func isInStore(_ path: String) -> Bool {
        let (path, store) = (path.utf8, storeDirectory.utf8)
        return path.count > store.count + 1 && path.starts(with: store)
            && path.lastIndex(of: UInt8(ascii: "/"))
                == path.index(path.startIndex, offsetBy: store.count)
    }

    static func isPlain(_ path: String) -> Bool {
        guard path.utf8.first == UInt8(ascii: "/"), !path.utf8.contains(0) else { return false }
        return path.utf8.dropFirst().split(
            separator: UInt8(ascii: "/"), omittingEmptySubsequences: false
        )
        .allSatisfy { component in
            !component.isEmpty && !component.elementsEqual(".".utf8)
                && !component.elementsEqual("..".utf8)
        }
    }

    /// The path without its last component; empty for one directly in `/`.
    static func parent(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
        return String(path[..<slash])
    }

    static func lies(_ path: String, in directory: String) -> Bool {
        path.utf8.starts(with: directory.utf8)
            && (path.utf8.count == directory.utf8.count
                || path.utf8[path.utf8.index(path.utf8.startIndex, offsetBy: directory.utf8.count)]
                    == UInt8(ascii: "/"))
    }

    private static func overlap(_ left: String, _ right: String) -> Bool {
        lies(left, in: right) || lies(right, in: left)
    }
}
