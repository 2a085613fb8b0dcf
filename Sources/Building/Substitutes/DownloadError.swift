import SystemSupport

/// Why a download as a whole failed.
public enum DownloadError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The request names no source at all.
    case noSources(name: String)
    /// Every source failed; each is listed with its reason.
    case allSourcesFailed(name: String, attempts: [DownloadAttempt])
    /// The bytes could not be kept: another source would not help.
    case fileSystem(operation: String, path: String, code: Int32)
    /// The partial file is not one that this program made; writing to it might write elsewhere.
    case unsafePartial(path: String, reason: String)
    /// libcurl is missing something that the rules for downloads need.
    case library(operation: String, reason: String)

    /// Whether some source delivered a file and it was the wrong one (exit status 102).
    public var isHashMismatch: Bool {
        guard case .allSourcesFailed(_, let attempts) = self else { return false }
        return attempts.contains {
            if case .hashMismatch = $0.failure { true } else { false }
        }
    }

    /// Whether every source was asked and none gave the file.
    public var isNotFound: Bool {
        if case .allSourcesFailed = self { !isHashMismatch } else { false }
    }

    /// The sentence for people.
    public var description: String {
        switch self {
        case .noSources(let name):
            return "cannot download \(name): it names no URL"
        case .allSourcesFailed(let name, let attempts):
            return "cannot download \(name):"
                + attempts.map { "\n  \($0)" }.joined()
        case .fileSystem(let operation, let path, let code):
            return "cannot \(operation) \(path): \(systemMessage(code))"
        case .unsafePartial(let path, let reason):
            return "will not write to \(path): \(reason); remove it"
        case .library(let operation, let reason):
            return "libcurl cannot \(operation): \(reason); version 7.85 or newer is needed"
        }
    }
}
