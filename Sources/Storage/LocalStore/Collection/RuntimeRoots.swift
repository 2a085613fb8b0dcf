import Archives
import Glibc
import Primitives
import StoreModel

/// Finds store paths that running processes use: their programs, directories, open and mapped
/// files, environments, as `/proc` shows them. What belongs to other users and cannot be read is
/// passed over.
///
/// Under another root, a process that says `/nodeos/store/…` may mean the item of another store: the
/// machine's own, or that of a build in a sandbox. What it sees at that name decides.
struct RuntimeRoots {
    let layout: StoreLayout
    private var found: [StorePath: String] = [:]
    /// What stands before the name of a store item: the store directory's real path, with and
    /// without links.
    private let realPrefixes: [[UInt8]]
    /// Its logical path, where that is another.
    private let logicalPrefix: [UInt8]?

    init(layout: StoreLayout) {
        self.layout = layout
        let real = layout.realStoreDirectory
        let paths = Set([real, Self.withoutLinks(real)])
        realPrefixes = paths.map { Array("\($0)/".utf8) }
        let logical = layout.storeDirectory.path
        logicalPrefix = paths.contains(logical) ? nil : Array("\(logical)/".utf8)
    }

    /// The corresponding C function is `realpath`.
    private static func withoutLinks(_ path: String) -> String {
        guard let resolved = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }

    /// The roots, each path once.
    static func read(_ layout: StoreLayout) -> [StoreRoot] {
        var roots = RuntimeRoots(layout: layout)
        roots.readProcesses()
        return roots.found.map { StoreRoot(link: $0.value, target: $0.key, kind: .runtime) }
            .sorted { $0.target < $1.target }
    }

    private mutating func readProcesses() {
        guard let proc = try? DirectoryDescriptor(opening: "/proc"),
            let listing = try? DirectoryListing(of: proc)
        else { return }
        for index in 0..<listing.count {
            let name = listing.name(at: index).string
            guard name.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else { continue }
            readProcess("/proc/" + name)
        }
    }

    private mutating func readProcess(_ path: String) {
        // A process may end at any point of this.
        guard let process = try? DirectoryDescriptor(opening: path) else { return }
        for name in ["exe", "cwd", "root"] { readLink(name, in: process) }
        for name in ["maps", "environ"] { readText(name, in: process) }
        guard let files = try? process.openDirectory(FileName("fd")),
            let listing = try? DirectoryListing(of: files.reopened())
        else { return }
        for index in 0..<listing.count { readLink(listing.name(at: index).string, in: files) }
    }

    private mutating func readLink(_ name: String, in directory: borrowing DirectoryDescriptor) {
        guard let target = try? directory.readLink(FileName(name)) else { return }
        search(target.bytes, "\(directory.path)/\(name)")
    }

    private mutating func readText(_ name: String, in process: borrowing DirectoryDescriptor) {
        let path = "\(process.path)/\(name)"
        guard let file = try? OpenFile(reading: path) else { return }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var bytes: [UInt8] = []
        while let count = try? file.read(into: &buffer, count: buffer.count), count > 0 {
            bytes += buffer[..<count]
        }
        search(bytes, path)
    }

    /// Notes every store path in `bytes`. The kernel names open files without the links that led to
    /// them.
    private mutating func search(_ bytes: [UInt8], _ place: String) {
        for prefix in realPrefixes {
            for path in Self.paths(behind: prefix, in: bytes) { found[path] = place }
        }
        guard let logicalPrefix else { return }
        for path in Self.paths(behind: logicalPrefix, in: bytes)
        where found[path] == nil && isOurs(path, asSeenIn: place) {
            found[path] = place
        }
    }

    /// Whether the process that `place` belongs to sees this store's item at the logical path.
    ///
    /// `false` only when that is sure: it sees nothing there, or another file of the same file
    /// system. (Through an overlay, the same item is on another.)
    private func isOurs(_ path: StorePath, asSeenIn place: String) -> Bool {
        do {
            let name = try FileName(path.baseName)
            let own = try DirectoryDescriptor(opening: layout.realStoreDirectory)
                .statusIfPresent(of: name)
            let process = place.split(separator: "/").prefix(2).joined(separator: "/")
            guard let own,
                let seen = try Self.entry(
                    of: DirectoryDescriptor(opening: "/\(process)/root"),
                    layout.storeDirectory.path.split(separator: "/")[...], name)
            else { return false }
            return seen.identity == own.identity || seen.device != own.device
        } catch {
            // The process has ended, or there is a symbolic link on the way, which would be read
            // from the root of this process.
            return true
        }
    }

    /// What stands at `components`/`name` below `directory`.
    private static func entry(
        of directory: borrowing DirectoryDescriptor, _ components: ArraySlice<Substring>,
        _ name: FileName
    ) throws -> NodeStatus? {
        guard let first = components.first else { return try directory.statusIfPresent(of: name) }
        let child = try FileName(String(first))
        guard try directory.statusIfPresent(of: child) != nil else { return nil }
        return try entry(of: directory.openDirectory(child), components.dropFirst(), name)
    }

    /// The store paths in `bytes` whose names stand behind `prefix`.
    private static func paths(behind prefix: [UInt8], in bytes: [UInt8]) -> Set<StorePath> {
        var paths: Set<StorePath> = []
        var start = 0
        while let hit = firstIndex(of: prefix, in: bytes, from: start) {
            start = hit + prefix.count
            let name = bytes[start...].prefix { StorePath.isNameCharacter($0) }
            if let path = try? StorePath(baseName: String(decoding: name, as: UTF8.self)) {
                paths.insert(path)
            }
        }
        return paths
    }

    /// Where `pattern`, which begins with a slash, stands in `bytes` at `start` or behind.
    private static func firstIndex(of pattern: [UInt8], in bytes: [UInt8], from start: Int) -> Int?
    {
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe pattern.withUnsafeBytes { pattern in
                guard let base = bytes.baseAddress, let needle = pattern.baseAddress else {
                    return nil
                }
                var index = start
                while index + pattern.count <= bytes.count,
                    let hit = unsafe memchr(
                        base + index, Int32(UInt8(ascii: "/")),
                        bytes.count - pattern.count + 1 - index)
                {
                    if unsafe memcmp(hit, needle, pattern.count) == 0 {
                        return unsafe UnsafeRawPointer(hit) - base
                    }
                    index = unsafe UnsafeRawPointer(hit) - base + 1
                }
                return nil
            }
        }
    }
}
