package import ArgumentParser
import Graphs
import LocalStore
import Primitives
import StoreModel

/// `graph diff`: what differs between what two derivations are built from.
package struct GraphDiffCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Compare what two derivations are built from.",
        discussion: """
            Tells which derivations came, went or changed, what changed in them (as `why-rebuild` \
            does), and which differ only because of these. Derivations have each other's place by \
            their names. As dot or svg: only what differs, coloured by what became of it.

            Examples:
              nodeos-store graph diff old-barebones.drv barebones.drv
              nodeos-store graph diff --format svg old-barebones.drv barebones.drv > diff.svg
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @Option(help: "text, json, dot or svg.")
    var format: DifferenceFormat = .text
    @Flag(help: "The same as --format json.")
    var json = false

    @OptionGroup
    var derivations: DerivationPair

    /// The command without arguments.
    package init() {}

    /// Compares and prints.
    package func run(in context: CommandContext) async throws {
        let store = try store.open(context)
        let (first, second) = try derivations.paths(in: store, context)
        let difference = try GraphDifference(
            of: first, second,
            derivation: { try store.derivations.derivation($0) },
            source: { try StoreQuery(store: store).smallText($0) })
        let picture = DifferencePicture().render(difference)
        switch json ? .json : format {
        case .dot: try context.output.write(picture)
        case .svg:
            try await context.output.write(
                Graphviz(environment: context.environment).draw(picture))
        case .text, .json:
            var options = OutputOptions()
            options.json = json || format == .json
            try options.print(
                GraphDiffAnswer(difference: difference, directory: store.storeDirectory),
                to: context.output)
        }
    }
}

/// The forms that `graph diff` can print.
enum DifferenceFormat: String, CaseIterable, ExpressibleByArgument {
    /// For people.
    case text
    /// For programs.
    case json
    /// The language of graphviz.
    case dot
    /// A picture, drawn by graphviz.
    case svg
}

/// What `graph diff` answers.
struct GraphDiffAnswer: CommandAnswer {
    let difference: GraphDifference
    let directory: StoreDirectory

    var json: JSONValue {
        .object([
            "first": .string(difference.names.first), "second": .string(difference.names.second),
            "unchanged": .count(difference.unchanged),
            "nodes": .array(
                difference.nodes.map { node in
                    .object([
                        "change": .string(node.change.rawValue), "name": .string(node.name),
                        "first": .optional(node.first.map { directory.path(of: $0) }),
                        "second": .optional(node.second.map { directory.path(of: $0) }),
                        "stage": .optional(node.stage?.name),
                        "differences": .array(
                            node.differences.map { DerivationDifferenceText.json($0) }),
                    ])
                }),
            "edges": .array(
                difference.edges.map { .array([.count($0.from), .count($0.to)]) }),
        ])
    }

    func text(for output: CommandOutput) -> StyledText {
        let count = { (change: GraphDifference.Change) in difference.nodes(change).count }
        var text: StyledText = "\(difference.names.first) → \(difference.names.second): "
        text +=
            "\(count(.added)) added, \(count(.removed)) removed, \(count(.changed)) changed, "
            + "\(count(.follows)) only because of what they need, \(difference.unchanged) the same\n"
        text += section("changed", .changed, "~", "33", output)
        text += section("added", .added, "+", "32", output)
        text += section("removed", .removed, "-", "31", output)
        text += section(
            "fetched or made otherwise, with the same hash", .harmless, "=", "2", output)
        let followers = difference.nodes(.follows).map(\.name)
        if !followers.isEmpty {
            text += "\nonly because of what they need\n"
            for line in Self.wrapped(followers, columns: min(output.columns, 100) - 2) {
                text += "  \(line)\n"
            }
        }
        return text
    }

    private func section(
        _ title: String, _ change: GraphDifference.Change, _ mark: String, _ colour: StaticString,
        _ output: CommandOutput
    ) -> StyledText {
        let indices = difference.nodes.indices.filter { difference.nodes[$0].change == change }
        guard !indices.isEmpty else { return "" }
        var text: StyledText = "\n\(title)\n"
        for index in indices {
            let node = difference.nodes[index]
            var name = node.name
            if let first = node.first, node.second != nil, first.derivationName != name {
                name = "\(first.derivationName) → \(name)"
            }
            text += "\(output.coloured("\(mark) \(name)", colour))\(users(of: index))\n"
            for item in node.differences {
                text += DerivationDifferenceText.lines(item, indentation: "    ", output)
            }
        }
        return text
    }

    private func users(of index: Int) -> String {
        let users = difference.users(of: index)
        guard !users.isEmpty else { return "" }
        let more = users.count > 3 ? " and \(users.count - 3) more" : ""
        return ", needed by " + users.prefix(3).joined(separator: ", ") + more
    }

    /// `words` with commas, in lines of at most so many characters.
    private static func wrapped(_ words: [String], columns: Int) -> [String] {
        var lines: [String] = []
        for (index, word) in words.enumerated() {
            let text = index + 1 < words.count ? word + "," : word
            if let last = lines.last, last.count + 1 + text.count <= columns {
                lines[lines.count - 1] += " " + text
            } else {
                lines.append(text)
            }
        }
        return lines
    }
}
