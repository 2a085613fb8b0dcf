import Archives
import Audits
import Foundation
import TestSupport

/// Two trees that differ in every way there is.
struct TemporaryTrees {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        let files = FileManager.default
        for (side, text) in [("one", "built 2026-11-30"), ("two", "built 2026-12-01")] {
            let tree = directory.file(side)
            try files.createDirectory(atPath: tree, withIntermediateDirectories: true)
            try text.write(toFile: tree + "/text\nof two lines", atomically: true, encoding: .utf8)
            try text.write(toFile: tree + "/only-\(side)", atomically: true, encoding: .utf8)
            try "#!/bin/sh\n".write(toFile: tree + "/run", atomically: true, encoding: .utf8)
            try files.createSymbolicLink(
                atPath: tree + "/link", withDestinationPath: "/tmp/build-\(side)")
            if side == "one" {
                try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: tree + "/run")
                try files.createDirectory(atPath: tree + "/kind", withIntermediateDirectories: true)
            } else {
                try text.write(toFile: tree + "/kind", atomically: true, encoding: .utf8)
            }
        }
    }

    func report() throws -> DifferenceReport {
        try DifferenceReport(
            comparing: TreeLocation(directory.file("one")),
            with: TreeLocation(directory.file("two")))
    }
}
