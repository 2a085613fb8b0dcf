import Foundation

/// A real Chromium without a window, driven by `browser.py`, which says what it can do.
public struct Browser {
    private let program: String
    private let python: String

    /// The first Chromium and Python of this machine; `nil` when one is missing.
    ///
    /// - Throws: ``BrowserError`` when one is missing where nothing may be skipped: in CI (`CI=true`), and
    ///   with `NODEOS_REQUIRE_BROWSER=1`.
    public static func found() throws -> Browser? {
        let programs = ["chromium", "chromium-browser", "google-chrome"]
        if let program = programs.lazy.compactMap({ Self.path(of: $0) }).first,
            let python = Self.path(of: "python3")
        {
            return Browser(program: program, python: python)
        }
        let environment = ProcessInfo.processInfo.environment
        guard environment["CI"] != "true", environment["NODEOS_REQUIRE_BROWSER"] != "1" else {
            throw BrowserError()
        }
        return nil
    }

    private static func path(of name: String) -> String? {
        ["/usr/local/bin/", "/usr/bin/", "/bin/"].map { $0 + name }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Where pictures of pages are kept for people to look at: below `.build`.
    public static func screenshot(_ name: String) throws -> String {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: ".build/screenshots")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder.appending(path: name + ".png").path
    }

    /// Opens the file `page` and does what `steps` say.
    ///
    /// - Parameter steps: the JSON list that `browser.py` describes.
    /// - Returns: its answer, JSON too.
    /// - Throws: ``ChildProcessError`` when the page never becomes ready or a step fails.
    public func visit(_ page: String, steps: String) throws -> String {
        let script = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "browser.py").path
        let result = try ChildProcess(
            [python, script, program, page, steps], environment: ["PATH": "/usr/bin:/bin"]
        ).wait(limit: 180)
        guard result.status == 0 else {
            throw ChildProcessError(command: ["browser.py", page], reason: result.error)
        }
        return result.output
    }
}

/// There is no browser on a machine where the pages must be tested.
public struct BrowserError: Error, CustomStringConvertible {
    /// What to do.
    public var description: String {
        "the pages are tested in Chromium, driven by python3: 'scripts/install-dependencies.sh ci' "
            + "installs both"
    }
}
