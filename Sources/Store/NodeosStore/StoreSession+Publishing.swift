import Audits
public import Giving
import LocalStore
public import Primitives
public import StoreModel
import SystemSupport

extension StoreSession {
    /// What shows this store to others, as a binary cache and more, whatever the way they ask.
    ///
    /// - Throws: ``StoreError/other(_:)`` with a `PublishingError`; why the folder for packed NARs cannot be used.
    public func publisher(_ options: PublishingOptions) throws(StoreError) -> StorePublisher {
        try StoreError.wrapping { try StorePublisher(store, options) }
    }

    /// The text of the manifest of `path` and all it refers to, or of all that is valid.
    ///
    /// - Parameters:
    ///   - path: `nil` for everything.
    ///   - tool: who says so: the name and version of the program.
    ///   - key: signs it.
    public func manifestText(
        of path: StorePath?, tool: String, signing key: SecretKey?
    ) async throws(StoreError) -> [UInt8] {
        try await StoreError.wrapping {
            try await Blocking.run {
                let maker = ManifestMaker(store, tool: tool)
                var manifest =
                    try path.map { try maker.manifest(of: [$0], withBuildGraph: false) }
                    ?? maker.manifestOfEverything()
                if let key { try manifest.sign(with: key) }
                return manifest.json.text() + [UInt8(ascii: "\n")]
            }
        }
    }

    /// How many paths are valid.
    public func validPathCount() async throws(StoreError) -> Int {
        try await StoreError.wrapping {
            try await Blocking.run { try store.database.validPathCount() }
        }
    }
}
