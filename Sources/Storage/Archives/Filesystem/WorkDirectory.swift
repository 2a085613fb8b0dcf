import Glibc
import Primitives

/// A private directory for what is needed only while something runs; removed with this value.
package final class WorkDirectory: Sendable {
    /// The directory, absolute.
    package let path: String

    /// Makes one in `parent`, which is absolute.
    ///
    /// - Throws: ``ArchivesError/system(operation:path:code:)``.
    package init(in parent: String) throws(ArchivesError) {
        var template = "\(parent)/nodeos-store-XXXXXX".systemPath
        guard unsafe mkdtemp(&template) != nil else {
            throw .system(operation: "make a directory in", path: parent, code: errno)
        }
        path = String(systemBytes: template.dropLast().map { UInt8(bitPattern: $0) })
    }

    deinit {
        // What is left of a scratch directory harms nobody, and nobody is left to be told.
        guard let place = try? TreeLocation(path) else { return }
        try? removeTree(place.name, in: place.parent)
    }
}
