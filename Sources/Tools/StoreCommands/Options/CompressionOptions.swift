// Public, as `PackingOptions.Compression` is, whose conformance is below.
public import ArgumentParser
import Giving
import NodeosStore

/// How NARs are compressed, for caches and for those who ask this store.
package struct CompressionOptions: ParsableArguments {
    @Option(help: "How NARs are compressed: zstd, xz, gzip or none.")
    var compression: PackingOptions.Compression?

    @Option(
        help: ArgumentHelp(
            "The compressor's level: zstd 1 to 19, xz and gzip 0 to 9.", valueName: "n"))
    var compressionLevel: Int?

    /// zstd, as it usually is.
    package init() {}

    /// Refuses levels that the compressor does not know.
    package func validate() throws {
        let levels = packing.compression.levels
        if let compressionLevel, !levels.contains(compressionLevel) {
            throw ValidationError(
                "--compression-level must be \(levels.lowerBound) to \(levels.upperBound) for "
                    + "\(packing.compression.rawValue), not \(compressionLevel).")
        }
    }
}

extension PackingOptions.Compression: ExpressibleByArgument {}

extension CompressionOptions {
    /// Whether anything was said.
    var areGiven: Bool { compression != nil || compressionLevel != nil }

    var packing: PackingOptions {
        var options = PackingOptions()
        options.compression = compression ?? .zstd
        options.level = compressionLevel
        return options
    }
}
