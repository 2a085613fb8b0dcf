public import Primitives

/// How many of which builders must agree on what (`docs/formats/policy.md`).
public struct AgreementPolicy: Hashable, Sendable {
    /// The largest text that is read, in bytes.
    public static let maximumSize = 1 << 20

    /// What is asked of the paths whose names a pattern fits.
    public struct Rule: Hashable, Sendable {
        /// Such as `gcc-*`: `*` stands for any text, `?` for one character.
        public var pattern: String
        /// How many builders must say the same.
        public var count: Int
        /// Whose word counts, sorted.
        public var builders: [String]
    }

    /// The keys of each builder by its name.
    public private(set) var builders: [String: [PublicKey]] = [:]
    /// The rules; the first whose pattern fits counts.
    public private(set) var rules: [Rule] = []

    /// Parses a policy.
    ///
    /// - Parameter source: the file, for messages.
    /// - Throws: ``ManifestError`` with the line or the field; also when two builders have one key,
    ///   or a rule asks for more builders than it names: such a policy would not mean what it says.
    public init(parsing bytes: [UInt8], from source: String) throws(ManifestError) {
        let json: JSONValue
        do { json = try JSONValue(parsing: bytes.span, maximumValues: 100_000) } catch {
            throw ManifestError(source, .notJSON(error.description))
        }
        do throws(ManifestError) { try read(ManifestField(json, "", source)) } catch {
            guard case .field(let place, let reason) = error.reason else { throw error }
            throw ManifestError(source, .policy(place: place, reason: reason))
        }
    }

    private mutating func read(_ top: ManifestField) throws(ManifestError) {
        guard try top.member("version").count() == 1 else {
            throw try top.member("version").fail("only version 1 is known to this program")
        }
        try top.expectMembers(["version", "builders", "rules"])
        var owners: [[UInt8]: String] = [:]
        for (name, field) in try top.member("builders").members() {
            let texts = try field.strings()
            for text in texts {
                let key: PublicKey
                do { key = try PublicKey(parsing: text) } catch { throw field.fail("\(error)") }
                if let owner = owners.updateValue(name, forKey: key.bytes), owner != name {
                    throw field.fail("this key is also that of '\(owner)': they would count twice")
                }
                builders[name, default: []].append(key)
            }
            if texts.isEmpty { throw field.fail("a builder needs at least one key") }
        }
        for field in try top.member("rules").elements({ field throws(ManifestError) in field }) {
            rules.append(try rule(field))
        }
        if rules.isEmpty { throw try top.member("rules").fail("there is no rule") }
    }

    private func rule(_ field: ManifestField) throws(ManifestError) -> Rule {
        try field.expectMembers(["name", "agree", "builders"])
        var names = builders.keys.sorted()
        if field.has("builders") {
            names = Set(try field.member("builders").strings()).sorted()
            if let stranger = names.first(where: { builders[$0] == nil }) {
                throw try field.member("builders").fail("'\(stranger)' is not among the builders")
            }
        }
        let count = try field.member("agree").count()
        guard (1...UInt64(max(names.count, 1))).contains(count), !names.isEmpty else {
            throw try field.member("agree").fail(
                "\(count) of \(names.count) builders cannot be asked for")
        }
        return Rule(
            pattern: field.has("name") ? try field.member("name").string() : "*",
            count: Int(count), builders: names)
    }

    /// The rule for a path of this name; `nil` when none fits.
    func rule(for name: String) -> Rule? {
        rules.first { Self.fits($0.pattern.utf8.map(\.self), name.utf8.map(\.self)) }
    }

    /// Whether `name` fits `pattern`. Takes time in proportion to the product of their lengths, at
    /// most.
    private static func fits(_ pattern: [UInt8], _ name: [UInt8]) -> Bool {
        var (position, place) = (0, 0)
        // Where the last star stands, and how much of the name it has taken.
        var star: (position: Int, place: Int)?
        while place < name.count {
            if position < pattern.count, pattern[position] == UInt8(ascii: "*") {
                star = (position, place)
                position += 1
            } else if position < pattern.count,
                pattern[position] == UInt8(ascii: "?") || pattern[position] == name[place]
            {
                position += 1
                place += 1
            } else if let last = star {
                star = (last.position, last.place + 1)
                position = last.position + 1
                place = last.place + 1
            } else {
                return false
            }
        }
        return pattern[position...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
