import Primitives
import StoreModel
import Substitutes

/// Something that the files of settings can say (`docs/manual/settings.md`): each has a variable of the environment,
/// which beats the files.
public struct MachineSetting: Sendable, Hashable {
    /// What a setting is, and so how it is written.
    public enum Kind: Sendable, Hashable {
        /// A directory or file, absolute.
        case path
        /// Several words; in the variable with spaces between.
        case words
        /// A whole number from 0 on.
        case number
        /// A size such as `20G`.
        case size
        /// A span of time such as `14d`.
        case age
    }

    /// The name in files; in a table, behind a dot.
    public let name: String
    /// The variable.
    public let variable: String
    /// How it is written.
    public let kind: Kind
    /// What counts when nobody says anything; empty for nothing.
    public let usual: String
    /// One line for people.
    public let summary: String

    /// All but mirrors, which have names of their own: `[mirrors] NAME = …` is `NODEOS_MIRROR_NAME`.
    public static let all = [
        MachineSetting(
            "root", "NODEOS_ROOT", .path, "/", "the directory that the store's bytes are under"),
        MachineSetting(
            "store-dir", "NODEOS_STORE_DIR", .path, "/nodeos/store",
            "the store directory, part of every hash"),
        MachineSetting(
            "state-dir", "NODEOS_STATE_DIR", .path, "/nodeos/var/nodeos",
            "database, roots, logs and locks"),
        MachineSetting("recipes", "NODEOS_RECIPES", .path, "", "a folder of recipes of your own"),
        MachineSetting(
            "substituters", "NODEOS_SUBSTITUTERS", .words, "", "binary caches to take from"),
        MachineSetting(
            "trusted-keys", "NODEOS_TRUSTED_KEYS", .words, "",
            "whose word about what caches have counts"),
        MachineSetting("netrc", "NETRC", .path, "", "names and passwords for hosts"),
        MachineSetting("jobs", "NODEOS_JOBS", .number, "2", "how many builds run at once"),
        MachineSetting(
            "cores", "NODEOS_CORES", .number, "0", "how many cores a builder may use; 0 is all"),
        MachineSetting(
            "downloads", "NODEOS_DOWNLOADS", .number, "6", "how many downloads run at once"),
        MachineSetting(
            "max-processes", "NODEOS_MAX_PROCESSES", .number, "",
            "how many processes a build may have; 0 is any number"),
        MachineSetting(
            "gc.min-free", "NODEOS_MIN_FREE", .size, "",
            "builds delete what no root reaches when less is free"),
        MachineSetting(
            "gc.max-free", "NODEOS_MAX_FREE", .size, "", "… and stop when so much is free"),
        MachineSetting(
            "gc.keep-used", "NODEOS_GC_KEEP_USED", .age, "",
            "garbage that was used within this time is kept"),
        MachineSetting(
            "gc.max-size", "NODEOS_GC_MAX_SIZE", .size, "",
            "collecting stops when the valid paths have at most this size"),
    ]

    private init(
        _ name: String, _ variable: String, _ kind: Kind, _ usual: String, _ summary: String
    ) {
        self.name = name
        self.variable = variable
        self.kind = kind
        self.usual = usual
        self.summary = summary
    }

    /// The setting of a mirror.
    static func mirror(_ name: String) -> MachineSetting {
        MachineSetting(
            "mirrors.\(name)", MirrorTable.environmentVariable(for: name), .words, "",
            "where mirror://\(name)/ leads")
    }

    /// Why `text`, as it stands in the variable, cannot be used, as the rest of a sentence.
    public func fault(in text: String) -> String? {
        switch kind {
        case .path:
            return text.isAbsolutePath ? nil : "must be an absolute path, not '\(text)'"
        case .words: return nil
        case .number:
            guard let number = Int(text), number >= 0, number <= 1_000_000 else {
                return "must be a whole number from 0 to 1000000, not '\(text)'"
            }
            return (name == "jobs" || name == "downloads") && number == 0
                ? "must be at least 1" : nil
        case .size:
            return ByteCountText.bytes(text) == nil
                ? "must be a size such as 20G or 500MiB, not '\(text)'" : nil
        case .age:
            return AgeText.seconds(text) == nil
                ? "must be a span of time such as 14d, 12h or 2w, not '\(text)'" : nil
        }
    }
}
