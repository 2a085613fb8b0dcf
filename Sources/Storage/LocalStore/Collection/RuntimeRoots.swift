import Archives
import Glibc
import Primitives
import StoreModel

/// Finds store paths that running processes use: their programs, directories, open and mapped
/// files, environments, as `/proc` shows them. What belongs to other users and cannot be read is
/// passed over.
struct RuntimeRoots {
    let layout: StoreLayout
    private var found: [StorePath: String] = [:]
    /// What stands before the name of a store item: the store directory's logical path, and its real
    /// one with and without links.
    private let prefixes: [[UInt8]]

    init(layout: StoreLayout) {
        self.layout = layout
        let real = layout.realStoreDirectory
        let paths = Set([layout.storeDirectory.path, real, Self.withoutLinks(real)])
        prefixes = paths.map { Array("\($0)/".utf8) }
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
        for name in ["maps", "environ"] { readText("\(path)/\(name)") }
        guard let files = try? process.openDirectory(FileName("fd")),
            let listing = try? DirectoryListing(of: files.reopened())
        else { return }
        for index in 0..<listing.count { readLink(listing.name(at: index).string, in: files) }
    }

    private mutating func readLink(_ name: String, in directory: borrowing DirectoryDescriptor) {
        guard let target = try? directory.readLink(FileName(name)) else { return }
        search(target.bytes, "\(directory.path)/\(name)")
    }

    private mutating func readText(_ path: String) {
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
        for prefix in prefixes {
            var start = 0
            while let hit = Self.firstIndex(of: prefix, in: bytes, from: start) {
                start = hit + prefix.count
                let name = bytes[start...].prefix { Self.isNameByte($0) }
                if let path = try? StorePath(baseName: String(decoding: name, as: UTF8.self)) {
                    found[path] = place
                }
            }
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "+"), UInt8(ascii: "-"),
            UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "?"), UInt8(ascii: "="):
            true
        default: false
        }
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
