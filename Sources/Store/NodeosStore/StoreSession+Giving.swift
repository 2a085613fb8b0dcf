public import Giving
import LocalStore
public import Primitives
import Realisation
public import StoreModel
public import Substitutes

extension StoreSession {
    /// Gives the closure of `paths` to a binary cache: what it lacks, many at once. A narinfo comes after
    /// its NAR and after those of what its path refers to, so that no reader sees half. Cancelled or broken
    /// off, a later call goes on where this one was.
    ///
    /// - Parameters:
    ///   - paths: valid paths.
    ///   - cache: a directory (`file:`), which is made when it is not there; a server that takes files by
    ///     PUT; or a bucket of S3.
    ///   - key: signs what is given, and what the cache has without its signature.
    ///   - onEvent: told what happens, from several threads at once.
    /// - Returns: what was given, each path after those that it refers to.
    /// - Throws: ``StoreError/other(_:)`` with a `BinaryCacheError` or `DownloadError`,
    ///   ``StoreError/store(_:)`` with `wrongContent` for a path that was altered here.
    @discardableResult
    public func give(
        _ paths: [StorePath], to cache: CacheAddress, packing: PackingOptions = PackingOptions(),
        signing key: SecretKey? = nil, onEvent: @escaping @Sendable (GivingEvent) -> Void = { _ in }
    ) async throws(StoreError) -> [StorePath] {
        try await StoreError.wrapping {
            let place = try place(of: cache)
            return try await cacheCopy(to: place, packing, key, onEvent).run(paths)
        }
    }

    /// Takes the closures of `paths` from the caches of the configuration; nothing is built. What its name
    /// proves is taken in any case, the rest when the configuration trusts who signed it.
    ///
    /// - Returns: those of `paths` that are not valid afterwards; events told why.
    public func take(_ paths: [StorePath]) async throws(StoreError) -> [StorePath] {
        try await StoreError.wrapping {
            var configuration = configuration
            configuration.builder = NoBuilder()
            try await StoreSession(store, configuration).realiser().take(paths)
            let valid = try store.database.validPaths(among: paths)
            return paths.filter { !valid.contains($0) }
        }
    }

    /// What gives to `place`, as this configuration says.
    package func cacheCopy(
        to place: any CachePlace, _ packing: PackingOptions, _ key: SecretKey?,
        _ onEvent: @escaping @Sendable (GivingEvent) -> Void
    ) -> CacheCopy {
        CacheCopy(
            from: store, to: place, packing: packing, key: key, workers: configuration.workers,
            onEvent: onEvent)
    }

    /// The cache at `address`, to be added to.
    package func place(of address: CacheAddress) throws -> any CachePlace {
        guard address.url.scheme == "file" else {
            let server = CacheServer(
                address, environment: configuration.environment,
                netrcFile: configuration.options.netrcFile,
                temporaryDirectory: configuration.temporaryDirectory)
            return try ServerPlace(server, temporaryDirectory: configuration.temporaryDirectory)
        }
        guard let path = address.url.filePath else {
            throw BinaryCacheError.badAddress(url: address.url.description)
        }
        return try DirectoryPlace(CacheDirectory(making: path, for: storeDirectory))
    }
}

/// Builds nothing: of a session that only takes what others built.
private struct NoBuilder: Builder {
    func run(
        _ action: BuildAction, log: @escaping @Sendable (Span<UInt8>) throws -> Void
    ) async throws -> BuildResult { throw RealisationError.interrupted }
}
