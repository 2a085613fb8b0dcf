package import ArgumentParser
import NodeosStore
import Primitives
import Substitutes

/// `config`: what was set, and where.
package struct ConfigCommand: AsyncParsableCommand {
    /// Name, help and subcommands.
    package static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Show the settings of this machine and user.",
        subcommands: [ConfigShowCommand.self])

    /// The command without arguments.
    package init() {}
}

/// `config show`: each setting with where its value comes from.
package struct ConfigShowCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Print each setting, its value, and who says so.",
        discussion: """
            Options beat variables of the environment, and these beat the files: settings.toml in \
            nodeos of XDG_CONFIG_HOME, then /etc/nodeos/settings.toml (docs/manual/settings.md).

            Example:
              nodeos-store config show
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @OptionGroup
    var output: OutputOptions

    /// The command without arguments.
    package init() {}

    /// Prints the settings.
    package func run(in context: CommandContext) async throws {
        // Said as every command would say it.
        _ = try store.layout(context)
        let mirrors = context.settings.known.values.filter { $0.name.hasPrefix("mirrors.") }
        let variables = Set(mirrors.map(\.variable))
        // A mirror that only the environment names.
        let others = context.statedEnvironment.keys.filter {
            $0.hasPrefix("NODEOS_MIRROR_") && !variables.contains($0)
        }
        var rows = (MachineSetting.all + mirrors.sorted { $0.name < $1.name }).map {
            row($0, context)
        }
        rows += others.sorted().map { name in
            let mirror = name.dropFirst("NODEOS_MIRROR_".count).lowercased()
                .replacing("_", with: "-")
            return SettingRow(
                name: "mirrors.\(mirror)", value: context.environment[name] ?? "", source: name)
        }
        try output.print(SettingsAnswer(rows: rows), to: context.output)
    }

    private func row(_ setting: MachineSetting, _ context: CommandContext) -> SettingRow {
        if let option = option(setting.name) {
            return SettingRow(name: setting.name, value: option, source: "--\(setting.name)")
        }
        if let text = context.statedEnvironment[setting.variable], !text.isEmpty {
            return SettingRow(name: setting.name, value: text, source: setting.variable)
        }
        if let value = context.settings.values[setting.name] {
            return SettingRow(name: setting.name, value: value.text, source: value.place)
        }
        return SettingRow(name: setting.name, value: setting.usual, source: "default")
    }

    private func option(_ name: String) -> String? {
        switch name {
        case "root": store.root.last
        case "store-dir": store.storeDir
        case "state-dir": store.stateDir
        case "recipes": store.recipes
        default: nil
        }
    }
}

/// A setting, as it is shown: without what URLs hold of passwords.
private struct SettingRow {
    let name: String
    let value: String
    let source: String

    init(name: String, value: String, source: String) {
        self.name = name
        self.value = value.split(separator: " ").map { URLRedaction.redact(String($0)) }
            .joined(separator: " ")
        self.source = source
    }
}

/// All settings.
private struct SettingsAnswer: CommandAnswer {
    let rows: [SettingRow]

    var json: JSONValue {
        .object(
            Dictionary(
                rows.map {
                    (
                        $0.name,
                        .object(["value": .string($0.value), "source": .string($0.source)])
                    )
                }, uniquingKeysWith: { $1 }))
    }

    func text(for output: CommandOutput) -> String {
        var table = TextTable(["setting", "value", "from"], rightAligned: [])
        for row in rows {
            table.add([row.name, row.value.isEmpty ? "-" : row.value.oneLine, row.source.oneLine])
        }
        return table.text
    }
}
