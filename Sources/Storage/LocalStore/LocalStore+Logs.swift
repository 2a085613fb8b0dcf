import Archives
public import Primitives
import StoreDatabase
public import StoreModel

extension LocalStore {
    /// Begins the log of a build of `derivation`.
    public func makeLog(of derivation: StorePath) throws -> BuildLogWriter {
        let (folder, file) = layout.logName(of: derivation)
        let name = file + ".zst"
        return try BuildLogWriter(
            name, in: .making(layout.logDirectory + "/" + folder),
            relativePath: "log/drvs/\(folder)/\(name)")
    }

    /// Writes the log of a derivation, or of the derivation that made or would make an output,
    /// into `sink`.
    ///
    /// - Throws: ``LocalStoreError/missingLog(_:)``, or why it cannot be read.
    public func readLog<Sink: ByteSink & ~Copyable>(of path: StorePath, into sink: inout Sink)
        throws
    {
        for derivation in try derivations(for: path) {
            guard var source = try openLog(of: derivation) else { continue }
            var buffer = [UInt8](repeating: 0, count: 65536)
            while true {
                let count = try source.read(into: &buffer)
                if count == 0 { return }
                try sink.write(buffer.span.extracting(0..<count))
            }
        }
        throw LocalStoreError.missingLog(path)
    }

    /// Whether a log of exactly this derivation is kept.
    public func hasLog(of derivation: StorePath) throws -> Bool {
        try Self.suffixes.contains { try isThere(logPath(of: derivation, $0)) }
    }

    /// The compressions a log may have; the first is ours, Nix uses the second.
    private static let suffixes = [".zst", ".bz2", ".gz", ".xz", ""]

    private func logPath(of derivation: StorePath, _ suffix: String) -> String {
        let (folder, file) = layout.logName(of: derivation)
        return "\(layout.logDirectory)/\(folder)/\(file)\(suffix)"
    }

    private func openLog(of derivation: StorePath) throws -> DecompressingSource? {
        for suffix in Self.suffixes {
            let path = logPath(of: derivation, suffix)
            guard try isThere(path) else { continue }
            let location = try TreeLocation(path)
            // Not through a path: who waits for what a named pipe will say waits for ever.
            let file = try location.parent.openFile(location.name)
            guard case .regular = try file.status().kind else {
                throw LocalStoreError.notALog(path: path)
            }
            return try DecompressingSource(FileSource(file), name: path)
        }
        return nil
    }

    private func derivations(for path: StorePath) throws -> [StorePath] {
        if path.isDerivation { return [path] }
        var derivations = try database.validDerivers(of: path)
        if let deriver = try database.info(path)?.deriver {
            // The one that made it first.
            derivations.removeAll { $0 == deriver }
            derivations.insert(deriver, at: 0)
        }
        return derivations
    }
}
