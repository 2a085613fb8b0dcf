package import ArgumentParser

/// `graph`: what depends on what, and what differs.
package struct GraphCommand: AsyncParsableCommand {
    /// Name, help and subcommands.
    package static let configuration = CommandConfiguration(
        commandName: "graph",
        abstract: "Print a dependency graph, or compare two.",
        discussion: """
            `graph PATH` is short for `graph show PATH`; its options are in `graph show --help`. Without \
            PATH it is of what the links in this directory lead to.

            Examples:
              nodeos-store graph barebones.drv | dot -Tsvg > barebones.svg
              nodeos-store graph --format html barebones.drv > barebones.html
              nodeos-store graph --critical-path barebones.drv
              nodeos-store graph diff old-barebones.drv barebones.drv
            """,
        subcommands: [GraphShowCommand.self, GraphDiffCommand.self],
        defaultSubcommand: GraphShowCommand.self)

    /// The command without arguments.
    package init() {}
}
