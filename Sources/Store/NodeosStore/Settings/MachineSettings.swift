import Glibc
import Primitives
import StoreModel
import Substitutes
import SystemSupport
import TOML

/// What the files of settings say: `nodeos/settings.toml` in `XDG_CONFIG_HOME`, which beats `/etc/nodeos/settings.toml`,
/// and the keys that were trusted with `key trust`. Options beat variables of the environment, and these the files.
public struct MachineSettings: Sendable {
    /// A value, and where it stands.
    public struct Value: Sendable, Hashable {
        /// As it would stand in the variable.
        public let text: String
        /// The file, and the line when it is one.
        public let place: String
    }

    /// By the name of the setting.
    public private(set) var values: [String: Value] = [:]
    /// The settings that have values, mirrors among them, by name.
    public private(set) var known: [String: MachineSetting] = [:]

    /// The name of a file of settings.
    static let fileName = "settings.toml"

    /// Nothing is said.
    public init() {}

    /// The folders that are looked into, the first beats the others.
    public static func folders(environment: [String: String]) -> [String] {
        func variable(_ name: String) -> String? {
            environment[name].flatMap { $0.isEmpty ? nil : $0 }
        }
        let home = variable("XDG_CONFIG_HOME") ?? variable("HOME").map { $0 + "/.config" }
        return [home.map { $0 + "/nodeos" }, "/etc/nodeos"].compactMap(\.self)
            .filter(\.isAbsolutePath)
    }

    /// What the files say.
    ///
    /// - Throws: ``SettingsFileError`` with file, line and column; why a file that is there cannot be read.
    public static func read(environment: [String: String]) throws -> MachineSettings {
        try read(in: folders(environment: environment))
    }

    /// What the files in `folders` say; the first beats the others.
    package static func read(in folders: [String]) throws -> MachineSettings {
        var settings = MachineSettings()
        for folder in folders.reversed() {
            let path = "\(folder)/\(fileName)"
            guard let bytes = try contents(of: path) else { continue }
            try settings.take(bytes, from: path)
        }
        let keys = try folders.flatMap { try TrustedKeysFile(in: $0).lines }
        if !keys.isEmpty {
            let said = settings.values["trusted-keys"]
            let words = [said?.text].compactMap(\.self) + keys.map(\.key.description)
            let places = [said?.place].compactMap(\.self) + keys.map(\.place)
            settings.set(
                settings.setting("trusted-keys"), words.joined(separator: " "),
                places.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
                    .joined(separator: ", "))
        }
        return settings
    }

    /// `environment`, with what the files say where it says nothing.
    public func applied(to environment: [String: String]) -> [String: String] {
        var result = environment
        for (name, value) in values {
            guard let variable = known[name]?.variable,
                environment[variable].map(\.isEmpty) ?? true
            else { continue }
            result[variable] = value.text
        }
        return result
    }

    // MARK: Reading

    /// The bytes of a file; `nil` when it is not there.
    static func contents(of path: String) throws -> [UInt8]? {
        do {
            return try FileBytes.read(path: path, limit: TOMLValue.maximumSize)
        } catch {
            guard case .system(_, _, let code) = error, code == ENOENT || code == ENOTDIR else {
                throw error
            }
            return nil
        }
    }

    private func setting(_ name: String) -> MachineSetting? {
        MachineSetting.all.first { $0.name == name }
    }

    private mutating func set(_ setting: MachineSetting?, _ text: String, _ place: String) {
        guard let setting else { return }
        values[setting.name] = Value(text: text, place: place)
        known[setting.name] = setting
    }

    private mutating func take(_ bytes: [UInt8], from path: String) throws(SettingsFileError) {
        let root: TOMLValue
        do throws(TOMLError) { root = try TOMLValue.parsing(bytes) } catch {
            throw SettingsFileError(path, error.place, error.reason)
        }
        guard case .table(let entries) = root.content else { return }
        for entry in entries {
            guard case .table(let inner) = entry.value.content,
                ["gc", "mirrors"].contains(entry.key)
            else {
                try take(entry, "", path)
                continue
            }
            for member in inner { try take(member, entry.key + ".", path) }
        }
    }

    private mutating func take(
        _ entry: TOMLEntry, _ prefix: String, _ path: String
    ) throws(SettingsFileError) {
        let name = prefix + entry.key
        let setting: MachineSetting
        if prefix == "mirrors." {
            guard MirrorTable.isName(entry.key) else {
                throw SettingsFileError(
                    path, entry.place, "'\(entry.key)' is no name of a mirror: a-z, 0-9 and '-'")
            }
            setting = .mirror(entry.key)
        } else if let known = self.setting(name) {
            setting = known
        } else {
            let names = MachineSetting.all.map(\.name) + ["mirrors", "gc"]
            let near = Suggestion.nearest(to: name, among: names).map { "; did you mean '\($0)'?" }
            throw SettingsFileError(path, entry.place, "unknown setting '\(name)'\(near ?? "")")
        }
        let text = try text(of: entry.value, setting, path)
        if let fault = setting.fault(in: text) {
            throw SettingsFileError(path, entry.value.place, "'\(name)' \(fault)")
        }
        set(setting, text, "\(path):\(entry.place.line)")
    }

    private func text(
        of value: TOMLValue, _ setting: MachineSetting, _ path: String
    ) throws(SettingsFileError) -> String {
        func wrong(_ expected: String) -> SettingsFileError {
            SettingsFileError(
                path, value.place, "'\(setting.name)' must be \(expected), not \(value.kind)")
        }
        switch (setting.kind, value.content) {
        case (.number, .integer(let number)): return "\(number)"
        case (.number, _): throw wrong("a whole number")
        case (.words, .array(let members)):
            var words: [String] = []
            for member in members {
                guard case .string(let word) = member.content else {
                    throw SettingsFileError(
                        path, member.place, "'\(setting.name)' must hold texts, not \(member.kind)")
                }
                guard !word.isEmpty, !word.utf8.contains(where: { $0 <= 0x20 }) else {
                    throw SettingsFileError(
                        path, member.place, "'\(setting.name)' must hold texts without spaces")
                }
                try check(word, setting, member.place, path)
                words.append(word)
            }
            return words.joined(separator: " ")
        case (.words, .string(let word)) where setting.name.hasPrefix("mirrors."): return word
        case (.words, _): throw wrong("a list of texts")
        case (_, .string(let text)): return text
        case (_, _): throw wrong("a text")
        }
    }

    private func check(
        _ word: String, _ setting: MachineSetting, _ place: TOMLPlace, _ path: String
    ) throws(SettingsFileError) {
        switch setting.name {
        case "trusted-keys":
            do { _ = try PublicKey(parsing: word) } catch {
                throw SettingsFileError(path, place, "'\(setting.name)' holds '\(word)': \(error)")
            }
        case "substituters":
            guard word.contains("://") || word.isAbsolutePath else {
                throw SettingsFileError(
                    path, place,
                    "'\(setting.name)' must hold URLs and absolute paths, not '\(word)'")
            }
        default: break
        }
    }
}

/// A file of settings that cannot be understood.
public struct SettingsFileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file.
    public let path: String
    /// The line, from 1.
    public let line: Int
    /// The column, from 1.
    public let column: Int
    /// Why.
    public let reason: String

    init(_ path: String, _ place: TOMLPlace, _ reason: String) {
        self.path = path
        line = place.line
        column = place.column
        self.reason = reason
    }

    /// Place and reason.
    public var description: String {
        "\(path.oneLine):\(line):\(column): \(URLRedaction.redact(in: reason).oneLine)"
    }
}
