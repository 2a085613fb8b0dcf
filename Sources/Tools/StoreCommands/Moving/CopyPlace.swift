import ArgumentParser
import Giving
import StoreModel
import Synchronization

/// Where `copy` copies to or from, as users write it.
enum CopyPlace: Hashable, Sendable {
    /// A store under another `--root`.
    case root(String)
    /// A binary cache.
    case cache(String)
    /// A store on another machine.
    case remote(RemoteStore)
    /// An address that means nothing, and why.
    case unusable(String)

    /// The place that `text` names.
    ///
    /// - Throws: `ValidationError`.
    static func parse(_ text: String) throws -> CopyPlace {
        let scheme = text.firstRange(of: "://").map { text[..<$0.lowerBound].lowercased() }
        switch scheme {
        case "file"?, "http"?, "https"?, "s3"?: return .cache(text)
        case "ssh"?:
            do { return .remote(try RemoteStore(parsing: text)) } catch {
                // An error thrown here would be shown with the text, in which a password may be.
                return .unusable("\(error)")
            }
        default: break
        }
        guard !PlaceArgument.isURL(text) else {
            throw ValidationError(
                "this is a URL, but none of file://, http://, https://, s3:// (binary caches) and ssh:// "
                    + "(another machine); a directory that is called so is './\(text)'")
        }
        return .root(try PlaceArgument.store(text))
    }
}

/// Collects what was copied, from several threads.
final class CopiedPaths: Sendable {
    private let collected = Mutex<[StorePath]>([])

    var paths: [StorePath] { collected.withLock { $0 } }

    func add(_ path: StorePath) { collected.withLock { $0.append(path) } }
}
