import Primitives
import StoreModel

/// How a derivation wants to be built, wherever it says so: in its environment or, with structured
/// attributes (`__structuredAttrs` of Nix), in the JSON object that its variable `__json` holds.
struct DerivationAttributes: Sendable {
    /// The object in `__json`; `nil` for a derivation that speaks through its environment.
    let structured: [String: JSONValue]?
    private let derivation: Derivation
    private let path: StorePath

    /// - Throws: ``RealisationError/badDerivation(_:reason:)`` when `__json` holds no JSON object.
    init(_ derivation: Derivation, path: StorePath) throws(RealisationError) {
        self.derivation = derivation
        self.path = path
        guard let text = derivation.environment["__json"] else {
            structured = nil
            return
        }
        let value: JSONValue
        do { value = try JSONValue(parsing: text.bytes) } catch {
            throw .badDerivation(path, reason: "its structured attributes (__json): \(error)")
        }
        guard let object = value.object else {
            throw .badDerivation(
                path, reason: "its structured attributes (__json) are not a JSON object")
        }
        structured = object
    }

    /// The words of a list: the elements of an array, or what blanks separate in a variable.
    ///
    /// - Returns: `nil` when there is no such attribute.
    /// - Throws: ``RealisationError/badDerivation(_:reason:)``.
    func words(_ key: String) throws(RealisationError) -> [String]? {
        guard let structured else {
            return derivation.variable(key)?.words
        }
        return try structured[key].map { value throws(RealisationError) in
            try words(in: value, named: key)
        }
    }

    /// A yes or no: `true` or `false`, or as a variable 1 for yes.
    ///
    /// - Throws: ``RealisationError/badDerivation(_:reason:)`` for another structured value.
    func flag(_ key: String, default usual: Bool) throws(RealisationError) -> Bool {
        guard let structured else { return derivation.variable(key).map { $0 == "1" } ?? usual }
        guard let value = structured[key] else { return usual }
        guard let flag = value.bool else {
            throw .badDerivation(path, reason: "\(key) is neither true nor false")
        }
        return flag
    }

    /// The outputs that are to be registered without references, whatever is in them
    /// (`unsafeDiscardReferences`; only structured attributes have it).
    ///
    /// - Throws: ``RealisationError/badDerivation(_:reason:)``.
    func unscanned() throws(RealisationError) -> Set<String> {
        let key = "unsafeDiscardReferences"
        guard let value = structured?[key] else { return [] }
        guard let members = value.object else {
            throw .badDerivation(path, reason: "\(key) is not a record of outputs")
        }
        var names: Set<String> = []
        for (name, value) in members {
            guard let isDiscarded = value.bool else {
                throw .badDerivation(
                    path, reason: "\(key): '\(name)' is neither true nor false")
            }
            if isDiscarded { names.insert(name) }
        }
        return names
    }

    /// The elements of an array of texts.
    ///
    /// - Throws: ``RealisationError/badDerivation(_:reason:)``, with this name.
    func words(in value: JSONValue, named key: String) throws(RealisationError) -> [String] {
        let words = value.array?.compactMap(\.string)
        guard let words, words.count == value.array?.count else {
            throw .badDerivation(path, reason: "\(key) is not a list of texts")
        }
        return words
    }
}
