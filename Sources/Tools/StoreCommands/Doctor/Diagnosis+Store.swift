import Glibc
import LocalStore
import Primitives
import StoreDatabase

extension Diagnosis {
    /// What the preview takes, in bytes.
    private static let enoughSpace: UInt64 = 10_000_000_000
    /// What the preview takes, in files and directories.
    private static let enoughFiles: UInt64 = 200_000

    /// Looks at the store, its database and its disk.
    mutating func lookAtStore(_ options: StoreOptions, _ context: CommandContext) {
        let layout: StoreLayout
        do { layout = try options.layout(context) } catch {
            add("store", .broken, "\(error)")
            return
        }
        do {
            let store = try LocalStore(opening: layout, access: .readOnly)
            let count = try store.database.allValidPaths().count
            add("store", .good, "\(layout.realStoreDirectory), \(count) valid paths")
            for fault in store.faults {
                add("store", .broken, "\(fault)", remedy: fault.remedy)
            }
            lookAtRoots(try store.surveyRoots())
        } catch LocalStoreError.unsafe(let fault) {
            add("store", .broken, "\(fault)", remedy: fault.remedy)
        } catch LocalStoreError.missingStore, StoreDatabaseError.missing {
            lookAtMissingStore(layout)
        } catch let error as StoreDatabaseError {
            // Its sentences say what to do.
            add("database", .broken, "\(error)")
        } catch {
            add("store", .broken, "\(error)")
        }
        lookAtDisk(layout)
    }

    /// Looks at the links that keep paths: those that nobody can follow, and those whose paths are gone.
    private mutating func lookAtRoots(_ survey: RootSurvey) {
        for root in survey.unreadable {
            add(
                "roots", .missing, "'\(root.target)' cannot be read: \(root.reason)",
                remedy: "'gc' deletes nothing before it can be; make it readable, or remove "
                    + "'\(root.link)'")
        }
        for root in survey.stale {
            add(
                "roots", .missing,
                "'\(root.link)' -> '\(root.target)' keeps nothing: \(root.reason)",
                remedy: root.isRemovable
                    ? "the next 'gc' removes the link" : "make the path again, or remove the link")
        }
        if survey.unreadable.isEmpty, survey.stale.isEmpty, !survey.roots.isEmpty {
            add("roots", .good, "\(survey.roots.count) links keep what they point to")
        }
    }

    private mutating func lookAtMissingStore(_ layout: StoreLayout) {
        if unsafe access(Self.existing(layout.realStoreDirectory).systemPath, W_OK) == 0 {
            add("store", .good, "\(layout.realStoreDirectory) is made when first needed")
        } else {
            add(
                "store", .broken, "\(layout.realStoreDirectory) cannot be made by this user",
                remedy: "use --root DIR (or NODEOS_ROOT) with a directory of yours")
        }
    }

    private mutating func lookAtDisk(_ layout: StoreLayout) {
        var status = statvfs()
        let path = Self.existing(layout.realStoreDirectory)
        guard unsafe statvfs(path.systemPath, &status) == 0 else { return }
        guard status.f_flag & UInt(ST_RDONLY) == 0 else {
            return add(
                "disk", .broken, "\(path) is mounted read-only: questions are answered, no more",
                remedy: "mount it writable, or put the store elsewhere with --root")
        }
        // ST_NOEXEC, which Swift does not import.
        if status.f_flag & 8 != 0 {
            add(
                "noexec", .broken, "\(path) is mounted noexec: no builder can be executed",
                remedy: "as root: mount -o remount,exec …, or put the store elsewhere with --root")
        }
        let free = UInt64(status.f_bavail) * UInt64(status.f_frsize)
        let isLow = free < Self.enoughSpace
        add(
            "disk", isLow ? .missing : .good, "\(ByteCount(free)) free at \(path)",
            remedy: isLow
                ? "the preview needs about \(ByteCount(Self.enoughSpace)): 'gc' makes room, or put "
                    + "the store elsewhere with --root" : nil)
        // File systems without a fixed number say 0 of 0.
        if status.f_files > 0, UInt64(status.f_favail) < Self.enoughFiles {
            add(
                "inodes", .missing, "room for \(status.f_favail) more files at \(path)",
                remedy: "the preview makes about \(Self.enoughFiles); put the store on a file "
                    + "system with more inodes")
        }
    }

    /// The deepest directory of `path` that exists.
    private static func existing(_ path: String) -> String {
        var path = path
        while unsafe access(path.systemPath, F_OK) != 0, path != "/", path != "." {
            path = SymbolicLink.directory(of: path)
        }
        return path
    }
}
