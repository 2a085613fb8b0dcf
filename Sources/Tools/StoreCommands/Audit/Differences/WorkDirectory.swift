import Archives
import Glibc
import Primitives
import SystemSupport

/// A private directory for what a command needs only while it runs; removed with this value.
final class WorkDirectory: Sendable {
    /// The directory, absolute.
    let path: String

    /// Makes one in `TMPDIR`, else in `/var/tmp`.
    convenience init(_ context: CommandContext) throws(HostError) {
        try self.init(in: context.variable("TMPDIR").map(context.absolute) ?? "/var/tmp")
    }

    /// Makes one in `parent`, which is absolute.
    init(in parent: String) throws(HostError) {
        var template = "\(parent)/nodeos-store-XXXXXX".systemPath
        guard unsafe mkdtemp(&template) != nil else {
            throw .system("make a directory in", parent, errno)
        }
        path = String(systemBytes: template.dropLast().map { UInt8(bitPattern: $0) })
    }

    deinit {
        // What is left of a scratch directory harms nobody, and nobody is left to be told.
        guard let place = try? TreeLocation(path) else { return }
        try? removeTree(place.name, in: place.parent)
    }
}
