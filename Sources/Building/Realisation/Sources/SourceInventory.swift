import Glibc
package import LocalStore
import Primitives
import StoreDatabase
package import StoreModel

/// Everything that builds take from outside.
package enum SourceInventory {
    /// The fixed outputs among what `derivations` need, themselves included, whether they are valid
    /// or not; sorted by name, each once however many derivations make it.
    ///
    /// What makes a fixed output is not looked behind.
    ///
    /// - Throws: what reading the derivations throws.
    package static func sources(of derivations: [StorePath], in store: LocalStore) throws
        -> [SourceFile]
    {
        var found: [StorePath: SourceFile] = [:]
        var queue = derivations
        var seen = Set(derivations)
        while let path = queue.popLast() {
            let derivation = try store.derivations.derivation(path)
            guard let fixed = derivation.fixedOutput else {
                for input in derivation.inputDerivations.keys.sorted()
                where seen.insert(input).inserted {
                    queue.append(input)
                }
                continue
            }
            let urls = derivation.urls
            if var known = found[fixed.path] {
                known.urls += urls.filter { !known.urls.contains($0) }
                found[fixed.path] = known
                continue
            }
            let isPresent = try store.database.isValid(fixed.path)
            found[fixed.path] = SourceFile(
                derivation: path, output: fixed.path, method: fixed.method, digest: fixed.digest,
                urls: urls,
                size: isPresent && fixed.method == .flat
                    ? fileSize(fixed.path, store) : derivation.statedSize,
                isPresent: isPresent)
        }
        return found.values.sorted { ($0.output.name, $0.output) < ($1.output.name, $1.output) }
    }

    /// The size in bytes of a flat output that is there.
    private static func fileSize(_ path: StorePath, _ store: LocalStore) -> UInt64? {
        var status = stat()
        guard unsafe stat(store.layout.realPath(of: path).systemPath, &status) == 0 else {
            return nil
        }
        return UInt64(max(0, status.st_size))
    }
}

extension Derivation {
    /// Where `builtin:fetchurl` fetches from.
    var urls: [String] {
        (variable("urls") ?? variable("url") ?? "").words
    }
}
