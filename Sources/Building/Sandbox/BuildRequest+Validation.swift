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
        for path in [storeDirectory] + inputs.map(\.sandboxPath) {
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
        try validateStoreInputs()
        var seen: Set<String> = []
        for input in inputs {
            let path = input.sandboxPath
            if !seen.insert(path).inserted || outputs.contains(path) {
                throw .invalidRequest("'\(path)' is named twice")
            }
            if Self.overlap(path, storeDirectory) {
                throw .invalidRequest("the input '\(path)' is not directly in '\(storeDirectory)'")
            }
        }
        for path in seen {
            var above = Self.parent(of: path)
            while !above.isEmpty {
                if seen.contains(above) {
                    throw .invalidRequest("the input '\(path)' lies in the input '\(above)'")
                }
                above = Self.parent(of: above)
            }
        }
        // A builder outside the inputs could be something of the host (CVE-2019-5736).
        guard let name = command.string, Self.isPlain(name), isInInput(name)
        else { throw .invalidRequest("the builder '\(command)' is not in an input") }
    }

    /// There may be thousands, of which the neighbours tell whether there are two of a name.
    private func validateStoreInputs() throws(SandboxError) {
        let outputNames = outputs.compactMap { Self.name(of: $0, in: storeDirectory) }
        var last: String?
        for input in storeInputs {
            guard Self.isName(input.name), Self.isPlain(input.hostPath) else {
                throw .invalidRequest(
                    "the input '\(input.hostPath)' at '\(storeDirectory)/\(input.name)' is not a "
                        + "plain absolute path")
            }
            if input.name == last || outputNames.contains(input.name) {
                throw .invalidRequest("'\(storeDirectory)/\(input.name)' is named twice")
            }
            last = input.name
        }
    }

    private func isInInput(_ path: String) -> Bool {
        if Self.lies(path, in: storeDirectory), path.utf8.count > storeDirectory.utf8.count {
            let rest = path.utf8.dropFirst(storeDirectory.utf8.count + 1)
            let name = String(Substring(rest.prefix { $0 != UInt8(ascii: "/") }))
            return storeInputs.contains { $0.name == name }
        }
        return inputs.contains { Self.lies(path, in: $0.sandboxPath) }
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

    /// The last component of a path that is directly in a directory.
    static func name(of path: String, in directory: String) -> String? {
        let start = directory.utf8.count + 1
        guard path.utf8.count > start, lies(path, in: directory) else { return nil }
        let name = path.utf8.dropFirst(start)
        return name.contains(UInt8(ascii: "/")) ? nil : String(Substring(name))
    }

    /// The order of bytes, which C has, too.
    static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    /// Whether a text can be the name of an entry of a directory.
    private static func isName(_ name: String) -> Bool {
        let bytes = name.utf8
        return !bytes.isEmpty && !bytes.contains(UInt8(ascii: "/")) && !bytes.contains(0)
            && name != "." && name != ".."
    }

    static func isPlain(_ path: String) -> Bool {
        // A component that is empty so far; one that is one or two dots so far.
        var (isEmpty, dots) = (false, 0)
        guard path.utf8.first == UInt8(ascii: "/") else { return false }
        for byte in path.utf8 {
            switch byte {
            case 0: return false
            case UInt8(ascii: "/"):
                if isEmpty || dots > 0 { return false }
                (isEmpty, dots) = (true, 0)
            case UInt8(ascii: ".") where isEmpty || dots == 1: (isEmpty, dots) = (false, dots + 1)
            default: (isEmpty, dots) = (false, 0)
            }
        }
        return !isEmpty && dots == 0
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
