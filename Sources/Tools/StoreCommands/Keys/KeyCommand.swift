public import ArgumentParser

/// `key`: keys that sign store paths and manifests.
public struct KeyCommand: AsyncParsableCommand {
    /// Name, help and subcommands.
    public static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Make and show keys that sign store paths and manifests.",
        subcommands: [KeyGenerate.self, KeyPublic.self, KeyList.self])

    /// The command without arguments.
    public init() {}
}
