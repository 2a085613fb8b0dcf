public import ArgumentParser

/// `doctor`: is this machine fit?
public struct DoctorCommand: StoreCommand {
    /// Name and help.
    public static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check that this machine can build, and say what to do where it cannot.",
        discussion: """
            Looks at the store, the sandbox, and the programs that some commands need. The exit \
            status is 1 when builds cannot work here.

            Example:
              nodeos-store doctor --root ~/.local/share/nodeos
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @OptionGroup
    var output: OutputOptions

    /// The command without arguments.
    public init() {}

    /// Looks at everything and prints what was found.
    public func run(in context: CommandContext) async throws {
        let diagnosis = await Diagnosis.of(store, in: context)
        try output.print(diagnosis, to: context.output)
        if diagnosis.findings.contains(where: { $0.severity == .broken }) {
            throw SilentExit(.failure)
        }
    }
}
