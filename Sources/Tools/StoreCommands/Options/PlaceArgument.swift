import ArgumentParser
import StoreModel

/// Files and directories of this machine that a command makes or works in. A URL is none: taken for a
/// relative path, 'file:///cache' would become directories of that name below the working directory.
enum PlaceArgument {
    /// `text`, which names a file or link to be made.
    ///
    /// - Throws: `ValidationError` when it is a URL.
    static func file(_ text: String) throws -> String {
        try refuseURL(text, wanted: "a file's name")
        return text
    }

    /// `text`, which names a directory.
    ///
    /// - Throws: `ValidationError` when it is a URL.
    static func directory(_ text: String) throws -> String {
        try refuseURL(text, wanted: "a directory on this machine")
        return text
    }

    /// `text`, which names the directory that a store lies in.
    ///
    /// - Throws: `ValidationError` when it is a URL, or one of the words that Nix has for stores.
    static func store(_ text: String) throws -> String {
        try refuseURL(text, wanted: "the directory of a store on this machine")
        guard !["auto", "daemon", "local"].contains(text) else {
            throw ValidationError(
                "this names a store of Nix, and the directory of a store on this machine is wanted; one "
                    + "that is called so is './\(text)'")
        }
        return text
    }

    /// The value of an environment variable that names a directory, checked like an option's.
    static func store(variable name: String, _ context: CommandContext) throws -> String? {
        guard let text = context.variable(name) else { return nil }
        do { return try store(text) } catch let error as ValidationError {
            throw ValidationError("'\(text)' in the environment variable \(name): \(error.message)")
        }
    }

    /// Whether `text` begins like a URL: a scheme of two letters or more, and a colon.
    static func isURL(_ text: String) -> Bool {
        let scheme = text.unicodeScalars.prefix { $0 != ":" && $0 != "/" }
        guard scheme.count > 1, scheme.endIndex < text.unicodeScalars.endIndex,
            text.unicodeScalars[scheme.endIndex] == ":", let first = scheme.first
        else { return false }
        let isLetter = { (scalar: Unicode.Scalar) in
            ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
        }
        return isLetter(first)
            && scheme.allSatisfy {
                isLetter($0) || ("0"..."9").contains($0) || "+-.".unicodeScalars.contains($0)
            }
    }

    private static func refuseURL(_ text: String, wanted: String) throws {
        guard !isURL(text) else {
            throw ValidationError(
                "this is a URL, and \(wanted) is wanted; one that is called so is './\(text)'")
        }
    }
}
