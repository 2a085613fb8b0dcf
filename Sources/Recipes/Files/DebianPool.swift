package import Primitives

/// A file of a Debian mirror's pool, taken apart: `mirror://debian/pool/main/z/zlib/zlib_1.2.13.orig.tar.xz`.
package struct DebianPoolFile: Sendable, Hashable {
    /// What stands before the pool: `mirror://debian/`.
    package let mirror: String
    /// `pool/main/z/zlib`.
    package let folder: String
    /// `zlib`.
    package let name: String
    /// `1.2.13`: the version of the archive, with what Debian adds (`+dfsg`).
    package let version: String
    /// `.orig`, or `.orig-NAME` for one of several.
    package let kind: String

    /// The file of a URL; `nil` when that is none of a pool's upstream archives.
    package init?(url: String) {
        guard let pool = url.firstRange(of: "pool/"), url.hasPrefix("mirror://") else { return nil }
        let parts = url[pool.lowerBound...].split(separator: "/")
        guard parts.count > 3, let file = parts.last, let parsed = Self.parts(String(file)) else {
            return nil
        }
        mirror = String(url[..<pool.lowerBound])
        folder = parts.dropLast().joined(separator: "/")
        (name, version, kind) = parsed
    }

    /// The component of the archive: `main`.
    package var component: String { folder.split(separator: "/")[1].description }

    /// Name, version and kind of a file's name.
    static func parts(_ file: String) -> (name: String, version: String, kind: String)? {
        guard let underscore = file.firstIndex(of: "_"), let orig = file.firstRange(of: ".orig"),
            underscore < orig.lowerBound, let tar = file.ranges(of: ".tar.").last,
            orig.upperBound <= tar.lowerBound
        else { return nil }
        return (
            String(file[..<underscore]),
            String(file[file.index(after: underscore)..<orig.lowerBound]),
            String(file[orig.lowerBound..<tar.lowerBound])
        )
    }

    /// The version without what Debian adds: marks of what it took out, and numbers that go backwards.
    package static func upstream(_ version: String) -> String {
        if let really = version.firstRange(of: "+really") {
            return upstream(String(version[really.upperBound...]))
        }
        var end = version.endIndex
        for mark in ["+dfsg", ".dfsg", "~dfsg", "+ds", ".ds", "+repack", "+~"] {
            if let range = version.firstRange(of: mark) { end = min(end, range.lowerBound) }
        }
        // No name in the store holds a '~'.
        return String(version[..<end].replacing("~", with: "-"))
    }
}

/// Looks through an index of sources (`dists/SUITE/main/source/Sources`) for newer archives of some packages,
/// line by line.
package struct DebianSourceIndex {
    /// A newer archive.
    package struct Found: Sendable, Hashable {
        /// Its name in the folder.
        package let file: String
        /// Its version.
        package let version: String
        /// The digest of its bytes.
        package let digest: Digest
        /// Their number.
        package let size: UInt64
    }

    private let wanted: [DebianPoolFile]
    /// The newest of each, when there is one newer.
    package private(set) var found: [DebianPoolFile: Found] = [:]
    private var folder = ""
    private var files: [Substring] = []
    private var isInFiles = false

    /// A search for newer archives than `wanted`.
    package init(wanted: [DebianPoolFile]) { self.wanted = wanted }

    /// Takes the next line, without its end.
    package mutating func add(line: Substring) {
        if line.isEmpty { return finish() }
        if line.first == " " {
            if isInFiles { files.append(line) }
            return
        }
        isInFiles = line.hasPrefix("Checksums-Sha256:")
        if line.hasPrefix("Directory: ") { folder = String(line.dropFirst(11)) }
    }

    /// Ends a package, and the index.
    package mutating func finish() {
        defer { (folder, files, isInFiles) = ("", [], false) }
        for file in wanted where file.folder == folder {
            for line in files {
                let words = line.split(separator: " ")
                guard words.count == 3, let size = UInt64(words[1]),
                    let parts = DebianPoolFile.parts(String(words[2])), parts.kind == file.kind,
                    parts.name == file.name,
                    // A line that is no such line offers nothing.
                    let digest = try? Digest(parsing: String(words[0]), algorithm: .sha256)
                else { continue }
                // `~` marks what comes before a release; whoever has such a version wants the next.
                guard !parts.version.contains("~") || file.version.contains("~") else { continue }
                let newest = found[file]?.version ?? file.version
                guard DebianVersion(newest) < DebianVersion(parts.version) else { continue }
                found[file] = Found(
                    file: String(words[2]), version: parts.version, digest: digest, size: size)
            }
        }
    }
}
