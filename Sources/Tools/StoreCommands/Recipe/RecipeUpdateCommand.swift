import Archives
package import ArgumentParser
import Glibc
import Primitives
import Recipes
import Substitutes
import SystemSupport

/// `recipe update`: hashes that are missing, and newer versions.
package struct RecipeUpdateCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "update", abstract: "Fill in hashes and newer versions of a recipe's sources.",
        discussion: """
            A source with hash = "" is downloaded, and its hash and size are filled in. For sources below \
            mirror://NAME/pool/ the mirror's index of sources tells whether there is a newer version: then \
            version, address, hash and size are changed. With --to, the version in all addresses is \
            replaced, and what is there is downloaded. Nothing else in the file is touched. Look at what \
            came before you build it: a hash says that it stays the same, not that it is good.

            Example:
              nodeos-store recipe update ./hello
              nodeos-store recipe update --suite sid ./zlib
              nodeos-store recipe update --to 2.1 ./greeter
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions

    @OptionGroup(title: "Building")
    var building: BuildOptions

    @Flag(name: [.customShort("n"), .long], help: "Say what would be changed, and change nothing.")
    var dryRun = false

    @Option(help: "The suite of the mirror whose index is asked.")
    var suite = "stable"

    @Option(help: ArgumentHelp("The version to change to.", valueName: "version"))
    var to: String?

    @Argument(help: "Recipes by file, folder or name.", completion: .recipesOrFiles)
    var recipes: [String]

    /// Nothing updated yet.
    package init() {}

    /// Changes the files, and says what was changed.
    package func run(in context: CommandContext) async throws {
        let set = try RecipeSet(context)
        for name in recipes {
            guard
                let (folder, file) = try set.files.location(name)
                    ?? set.files.folders.named[name].map({ ($0, "recipe.toml") })
            else {
                throw StoreCommandsError.badArgument(
                    name, reason: "this is no recipe file, and no folder with a recipe.toml")
            }
            try update(folder == "." ? file : "\(folder)/\(file)", context)
        }
    }

    private func update(_ path: String, _ context: CommandContext) throws {
        let file = context.absolute(path)
        var text = try RecipeText(
            parsing: FileBytes.read(path: file, limit: 1 << 20), file: path)
        let mirrors = try building.mirrors(context)
        var changes: [String] = []
        if let to {
            changes += try change(&text, to: to, path, mirrors, context)
        } else {
            for source in text.sources where source.hash?.value.isEmpty == true {
                changes += try fill(
                    source, source.urls.map(\.value), in: &text, path, mirrors, context)
            }
            let known = text.sources.filter { $0.hash?.value.isEmpty == false }
            changes += try newer(known, in: &text, path, mirrors, context)
        }
        guard !changes.isEmpty else {
            return try context.output.print("\(path): nothing newer")
        }
        if !dryRun { try Self.write(text.changed, to: file) }
        for change in changes { try context.output.print("\(path): \(change)") }
    }

    // MARK: Hashes

    /// Downloads a source and puts its hash and size where they stand.
    private func fill(
        _ source: RecipeText.Entry, _ urls: [String], in text: inout RecipeText, _ path: String,
        _ mirrors: MirrorTable, _ context: CommandContext
    ) throws -> [String] {
        guard let hash = source.hash else { return [] }
        let temporary = try TemporaryFile(context)
        let result = try Downloader().download(
            DownloadRequest(
                name: urls[0], sources: try mirrors.resolve(urls, digest: nil),
                destination: temporary.path, expectedDigest: nil))
        let digest = "sha256:\(result.digest.base16)"
        try replace(hash, with: digest, in: &text, path)
        if let size = source.size { text.replaceNumber(at: size, with: result.size) }
        return ["\(urls[0]): \(digest), \(result.size) bytes"]
    }

    private func replace(
        _ old: Placed<String>, with new: String, in text: inout RecipeText, _ path: String
    ) throws {
        guard text.replace(old, with: new) else {
            throw RecipeFileError(
                file: path,
                problems: [
                    RecipeProblem(
                        at: old.place, "write this in plain quotes, so that it can be replaced")
                ])
        }
    }

    // MARK: Versions

    /// Replaces the version everywhere, and downloads what is there.
    private func change(
        _ text: inout RecipeText, to new: String, _ path: String, _ mirrors: MirrorTable,
        _ context: CommandContext
    ) throws -> [String] {
        guard let version = text.version, version.value != new else { return [] }
        var changes = ["version \(version.value) → \(new)"]
        try replace(version, with: new, in: &text, path)
        for source in text.sources {
            let urls = source.urls.map { $0.value.replacing(version.value, with: new) }
            guard urls != source.urls.map(\.value) else { continue }
            for (old, url) in zip(source.urls, urls) where old.value != url {
                try replace(old, with: url, in: &text, path)
            }
            changes += try fill(source, urls, in: &text, path, mirrors, context)
        }
        return changes
    }

    /// Changes the sources that a mirror's index has newer ones of.
    private func newer(
        _ sources: [RecipeText.Entry], in text: inout RecipeText, _ path: String,
        _ mirrors: MirrorTable, _ context: CommandContext
    ) throws -> [String] {
        var wanted: [(file: DebianPoolFile, source: RecipeText.Entry)] = []
        for source in sources {
            guard let file = source.urls.lazy.compactMap({ DebianPoolFile(url: $0.value) }).first
            else { continue }
            wanted.append((file, source))
        }
        var changes: [String] = []
        for place in Set(wanted.map { [$0.file.mirror, $0.file.component] }) {
            let here = wanted.filter { [$0.file.mirror, $0.file.component] == place }
            let found = try index(place[0], place[1], here.map(\.file), mirrors, context)
            for (file, source) in here {
                guard let newest = found[file], let hash = source.hash else { continue }
                for url in source.urls {
                    let new =
                        DebianPoolFile(url: url.value) == file
                        ? "\(file.mirror)\(file.folder)/\(newest.file)"
                        : url.value.replacing(file.version, with: newest.version)
                            .replacing(
                                DebianPoolFile.upstream(file.version),
                                with: DebianPoolFile.upstream(newest.version))
                    if new != url.value { try replace(url, with: new, in: &text, path) }
                }
                try replace(hash, with: "sha256:\(newest.digest.base16)", in: &text, path)
                if let size = source.size { text.replaceNumber(at: size, with: newest.size) }
                changes.append("\(file.name) \(file.version) → \(newest.version)")
                let old = DebianPoolFile.upstream(file.version)
                if let version = text.version, version.value == old {
                    try replace(
                        version, with: DebianPoolFile.upstream(newest.version), in: &text, path)
                }
            }
        }
        return changes
    }

    /// What a mirror's index of sources has that is newer.
    private func index(
        _ mirror: String, _ component: String, _ wanted: [DebianPoolFile], _ mirrors: MirrorTable,
        _ context: CommandContext
    ) throws -> [DebianPoolFile: DebianSourceIndex.Found] {
        let url = "\(mirror)dists/\(suite)/\(component)/source/Sources"
        let temporary = try TemporaryFile(context)
        try context.errorOutput.print("looking into \(url).xz")
        _ = try Downloader().download(
            DownloadRequest(
                name: url, sources: try mirrors.resolve([url + ".xz", url + ".gz"], digest: nil),
                destination: temporary.path, expectedDigest: nil))
        var source = try DecompressingSource(FileSource(path: temporary.path), name: url)
        var index = DebianSourceIndex(wanted: wanted)
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        var rest: [UInt8] = []
        while case let count = try source.read(into: &buffer), count > 0 {
            rest += buffer[..<count]
            guard let end = rest.lastIndex(of: 0x0a) else { continue }
            for line in rest[..<end].split(separator: 0x0a, omittingEmptySubsequences: false) {
                index.add(line: String(decoding: line, as: UTF8.self)[...])
            }
            rest.removeFirst(end + 1)
        }
        index.finish()
        return index.found
    }

    // MARK: Files

    /// Puts a file in the place of another, whole or not at all.
    private static func write(_ bytes: [UInt8], to path: String) throws {
        let new = path + ".new-\(getpid())"
        var status = stat()
        guard unsafe stat(path.systemPath, &status) == 0 else {
            throw HostError.system("look at", path, errno)
        }
        let descriptor = unsafe open(
            new.systemPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, status.st_mode & 0o777)
        guard descriptor >= 0 else { throw HostError.system("make", new, errno) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            guard count >= 0 else {
                let code = errno
                close(descriptor)
                unsafe unlink(new.systemPath)
                throw HostError.system("write", new, code)
            }
            rest = rest.dropFirst(count)
        }
        guard fsync(descriptor) == 0, close(descriptor) == 0,
            unsafe rename(new.systemPath, path.systemPath) == 0
        else {
            let code = errno
            unsafe unlink(new.systemPath)
            throw HostError.system("replace", path, code)
        }
    }
}

/// A name for a file that goes with the value.
private struct TemporaryFile: ~Copyable {
    let path: String

    init(_ context: CommandContext) throws {
        let directory = context.variable("TMPDIR").map(context.absolute) ?? "/tmp"
        path = "\(directory)/nodeos-store-\(getpid())-\(UInt64.random(in: 0 ... .max))"
    }

    deinit {
        unsafe unlink(path.systemPath)
        unsafe unlink((path + ".partial").systemPath)
    }
}
