import Archives
import Glibc
import Primitives
import SystemSupport

extension BuiltinChild {
    /// Unpacks the job's archives over each other into its output.
    static func unpack(_ job: BuiltinJob.Unpack) throws {
        try makeDirectory(job.output)
        var options = ExtractionOptions()
        if job.layout == .debianUsrMerge {
            for directory in ["usr", "usr/bin", "usr/lib", "usr/lib64"] {
                try makeDirectory("\(job.output)/\(directory)")
            }
            for (name, target) in [
                ("bin", "usr/bin"), ("lib", "usr/lib"), ("lib64", "usr/lib64"), ("sbin", "usr/bin"),
                ("usr/sbin", "bin"),
            ] {
                let path = "\(job.output)/\(name)"
                guard unsafe symlink(target, path.systemPath) == 0 else {
                    throw HostError.system("make link", path, errno)
                }
            }
            // The tree is the root of a Debian system: packages link to /usr and /etc in it, and
            // ship ./bin although bin is a link. Nothing is written through links that leave it.
            options.keepDirectorySymlinks = true
            options.symlinkTargets = .asIs
        }
        let extractor = ArchiveExtractor(options)
        let directory = try DirectoryDescriptor(opening: job.output)
        var done: UInt64 = 0
        for archive in job.archives {
            try extractor.extract(archive, into: directory)
            done += 1
            say(BuiltinMessage.progress(done: done, total: UInt64(job.archives.count)).line)
        }
        say("unpacked \(job.archives.count) archives")
    }

    private static func makeDirectory(_ path: String) throws(HostError) {
        guard unsafe mkdir(path.systemPath, 0o755) == 0 else {
            throw HostError.system("create directory", path, errno)
        }
    }
}
