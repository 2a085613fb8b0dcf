import Archives
import Glibc
import Primitives
import StoreModel
import SystemSupport

/// Finds store paths that running processes use: their programs, directories, open and mapped
/// files, environments, as `/proc` shows them.
///
/// What the kernel does not let this user see of other users' processes is passed over, and so is
/// what ends meanwhile. Any other failure ends the search: that nobody could look does not mean that
/// nothing is used.
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

    init(layout: StoreLayout) throws {
        self.layout = layout
        let real = layout.realStoreDirectory
        let paths = Set([real, try Self.withoutLinks(real)])
        realPrefixes = paths.map { Array("\($0)/".systemBytes) }
        let logical = layout.storeDirectory.path
        logicalPrefix = paths.contains(logical) ? nil : Array("\(logical)/".systemBytes)
    }

    /// The corresponding C function is `realpath`.
    private static func withoutLinks(_ path: String) throws -> String {
        guard let resolved = unsafe realpath(path.systemPath, nil) else {
            throw LocalStoreError.system(operation: "resolve", path: path, code: errno)
        }
        defer { unsafe free(resolved) }
        return unsafe String(systemString: resolved)
    }

    /// The roots, each path once.
    ///
    /// - Throws: ``LocalStoreError/invisibleProcesses(path:reason:)``, or why the store directory
    ///   cannot be found.
    static func read(_ layout: StoreLayout) throws -> [StoreRoot] {
        var roots = try RuntimeRoots(layout: layout)
        do { try roots.readProcesses() } catch let error as ArchivesError {
            guard case .system(_, let path, let code) = error else { throw error }
            throw LocalStoreError.invisibleProcesses(path: path, reason: systemMessage(code))
        }
        return roots.found.map { StoreRoot(link: $0.value, target: $0.key, kind: .runtime) }
            .sorted { $0.target < $1.target }
    }

    private mutating func readProcesses() throws {
        let proc = try DirectoryDescriptor(opening: "/proc")
        let listing = try DirectoryListing(of: proc.reopened())
        var isMounted = false
        for index in 0..<listing.count {
            let name = listing.name(at: index)
            guard name.string.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else { continue }
            isMounted = true
            do throws(ArchivesError) { try readProcess(name, in: proc) } catch {
                // It has ended.
                guard case .system(_, _, let code) = error, code == ENOENT || code == ESRCH else {
                    throw error
                }
            }
        }
        if !isMounted {
            throw LocalStoreError.invisibleProcesses(path: "/proc", reason: "it is not mounted")
        }
    }

    private mutating func readProcess(_ name: FileName, in proc: borrowing DirectoryDescriptor)
        throws(ArchivesError)
    {
        guard let process = try Self.openProcess(name, in: proc) else { return }
        do { try readProcess(process) } catch {
            // What hides one thing of a process hides all of it.
            guard Self.isHidden(process) else { throw error }
        }
    }

    /// Opens what `/proc` has of a process; `nil` where it is mounted so that it hides other users'.
    private static func openProcess(_ name: FileName, in proc: borrowing DirectoryDescriptor)
        throws(ArchivesError) -> DirectoryDescriptor?
    {
        do { return try proc.openDirectory(name) } catch .system(_, _, EPERM) { return nil }
    }

    private mutating func readProcess(_ process: borrowing DirectoryDescriptor)
        throws(ArchivesError)
    {
        for name in ["exe", "cwd", "root"] { try readLink(FileName(name), in: process) }
        for name in ["maps", "environ"] { try readText(FileName(name), in: process) }
        let files = try process.openDirectory(FileName("fd"))
        let listing = try DirectoryListing(of: files.reopened())
        for index in 0..<listing.count { try readLink(listing.name(at: index), in: files) }
    }

    /// Whether the kernel keeps a process from this user's eyes, as those of other users. It decides
    /// that for the whole process.
    private static func isHidden(_ process: borrowing DirectoryDescriptor) -> Bool {
        for name in ["cwd", "root"] {
            do throws(ArchivesError) {
                _ = try process.readLink(FileName(name))
                return false
            } catch {
                guard case .system(_, _, let code) = error, code == EACCES || code == EPERM else {
                    return false
                }
            }
        }
        return true
    }

    private mutating func readLink(_ name: FileName, in directory: borrowing DirectoryDescriptor)
        throws(ArchivesError)
    {
        do {
            let target = try directory.readLink(name)
            search(target.bytes, directory.path(of: name))
        } catch .system(_, _, ENOENT) {
            // A kernel thread has no program; a file was closed.
        } catch .system(_, _, ENAMETOOLONG) {
            // It lies deeper than any path is long. Whoever works there would keep everybody from
            // ever collecting anything.
        }
    }

    private mutating func readText(_ name: FileName, in process: borrowing DirectoryDescriptor)
        throws(ArchivesError)
    {
        let file = try process.openFile(name)
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var bytes: [UInt8] = []
        while true {
            let count = try file.read(into: &buffer, count: buffer.count)
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        search(bytes, file.path)
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
            // Nobody knows: the process has ended, or there is a symbolic link on the way, which
            // would be read from the root of this process. Better a live path too many.
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
            // Other things than items have names there, too.
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
