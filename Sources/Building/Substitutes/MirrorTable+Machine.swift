import Glibc
import Primitives

extension MirrorTable {
    /// The table of this machine: the one place where mirrors touch the file system.
    ///
    /// - Parameters:
    ///   - configurationFiles: mirrors files, the most important first; missing ones are skipped.
    ///   - aptDirectory: where apt keeps its configuration; what cannot be read there is skipped.
    /// - Throws: ``MirrorError`` for a mirrors file or option that cannot be read or understood.
    public static func machine(
        options: [String], environment: [String: String], configurationFiles: [String],
        sourceMirrors: [String], names: OptionNames = OptionNames(),
        aptDirectory: String = "/etc/apt"
    ) throws(MirrorError) -> MirrorTable {
        var configuration = MirrorConfiguration()
        for path in configurationFiles {
            switch readText(path) {
            case .success(let text):
                configuration.append(try MirrorConfiguration(parsing: text, path: path))
            case .failure(let error) where error.code == ENOENT || error.code == ENOTDIR: continue
            case .failure(let error): throw .unreadable(path: path, code: error.code)
            }
        }
        return try MirrorTable(
            options: options, environment: environment, configuration: configuration,
            apt: readApt(aptDirectory).debianMirrors(), sourceMirrors: sourceMirrors, names: names)
    }

    /// Reads apt's files in apt's order.
    private static func readApt(_ directory: String) -> AptConfiguration {
        func text(_ path: String) -> String? { try? readText(path).get() }
        func texts(_ folder: String, _ suffix: String) -> [String] {
            fileNames("\(directory)/\(folder)").filter { $0.hasSuffix(suffix) }
                .compactMap { text("\(directory)/\(folder)/\($0)") }
        }
        var apt = AptConfiguration()
        apt.lists = [text("\(directory)/sources.list")].compactMap(\.self)
        apt.lists += texts("sources.list.d", ".list")
        apt.stanzas = texts("sources.list.d", ".sources")
        apt.settings = texts("apt.conf.d", "")
        apt.settings += [text("\(directory)/apt.conf")].compactMap(\.self)
        for path in apt.mirrorListPaths { apt.mirrorLists[path] = text(path) }
        return apt
    }

    /// The visible names in a directory, sorted; none when it cannot be read.
    private static func fileNames(_ path: String) -> [String] {
        guard let directory = unsafe opendir(path.systemPath) else { return [] }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
                unsafe String(systemBytes: $0.prefix { $0 != 0 })
            }
            if !name.hasPrefix("."), !name.hasSuffix("~") { names.append(name) }
        }
        return names.sorted()
    }

    private struct ReadError: Error { let code: Int32 }

    /// The text of a regular file of at most 1 MiB.
    private static func readText(_ path: String) -> Result<String, ReadError> {
        let descriptor = unsafe open(path.systemPath, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return .failure(ReadError(code: errno)) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            return .failure(ReadError(code: errno))
        }
        guard status.st_mode & S_IFMT == S_IFREG else { return .failure(ReadError(code: EINVAL)) }
        guard status.st_size <= 1 << 20 else { return .failure(ReadError(code: EFBIG)) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count <= 1 << 20 {
            let taken = unsafe buffer.withUnsafeMutableBytes {
                unsafe read(descriptor, $0.baseAddress, $0.count)
            }
            if taken < 0 && errno == EINTR { continue }
            guard taken >= 0 else { return .failure(ReadError(code: errno)) }
            if taken == 0 { break }
            bytes += buffer[..<taken]
        }
        return .success(String(decoding: bytes, as: UTF8.self))
    }
}
