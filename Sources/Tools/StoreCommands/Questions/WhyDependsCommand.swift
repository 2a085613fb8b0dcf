import Archives
package import ArgumentParser
import Graphs
import LocalStore
import Primitives
import StoreModel

/// `why-depends`: what makes one store path need another.
package struct WhyDependsCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "why-depends",
        abstract: "Say why a store path needs another: the way from one to the other.",
        discussion: """
            Follows references: of a built path, what it refers to at run time; of a .drv, the \
            derivations and sources it is built from. With --precise each step names the file, \
            the offset in bytes and what stands around it, or the symbolic link. That there is no \
            dependency is an answer too (exit status 0, as with `nix why-depends`; in JSON \
            `depends`).

            Examples:
              nodeos-store why-depends --precise ./result /nodeos/store/…-gcc
              nodeos-store why-depends --all barebones.drv gcc-seed.drv
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @OptionGroup
    var output: OutputOptions
    @Flag(help: "All ways, not just a shortest; with --precise all files, not just the first.")
    var all = false
    @Flag(help: "Name the file, offset and surroundings of every reference.")
    var precise = false

    @Argument(help: "What needs the other.", completion: .recipesOrFiles)
    var path: String
    @Argument(help: "What is needed.", completion: .recipesOrFiles)
    var dependency: String

    /// The command without arguments.
    package init() {}

    /// Finds the ways and prints them.
    package func run(in context: CommandContext) async throws {
        let store = try store.open(context)
        let argument = StoreArgument(store, context, recipes: .outputs)
        var reasons = try DependencyReasons(
            of: argument.path(path), on: argument.path(dependency), all: all, in: store)
        if precise { try reasons.locate(all: all, in: store) }
        try output.print(
            WhyDependsAnswer(
                reasons: reasons, isPrecise: precise, directory: store.storeDirectory),
            to: context.output)
    }
}

/// What `why-depends` answers.
struct WhyDependsAnswer: CommandAnswer {
    let reasons: DependencyReasons
    /// Whether places were looked for.
    let isPrecise: Bool
    let directory: StoreDirectory

    var json: JSONValue {
        .object([
            "path": .string(full(reasons.dependent)),
            "dependency": .string(full(reasons.dependency)),
            "depends": .bool(!reasons.shortest.isEmpty),
            "shortest": .strings(reasons.shortest.map(full)),
            "references": .array(reasons.hops.map(json)),
        ])
    }

    private func json(_ hop: DependencyReasons.Hop) -> JSONValue {
        var members: [String: JSONValue] = [
            "from": .string(full(hop.from)), "to": .string(full(hop.to)),
        ]
        if isPrecise { members["places"] = .array(hop.places.map(json)) }
        return .object(members)
    }

    private func json(_ place: DependencyReasons.Place) -> JSONValue {
        let offset: JSONValue
        let kind: String
        switch place.location.place {
        case .contents(let position): (kind, offset) = ("contents", .count(position))
        case .symlinkTarget: (kind, offset) = ("symlink", .null)
        case .name: (kind, offset) = ("name", .null)
        }
        return .object([
            "file": .string(place.location.path.description), "kind": .string(kind),
            "offset": offset, "excerpt": .string(Self.visible(place.excerpt)),
        ])
    }

    func text(for output: CommandOutput) -> StyledText {
        guard !reasons.shortest.isEmpty else {
            return """
                '\(full(reasons.dependent))' does not depend on '\(full(reasons.dependency))'

                """
        }
        var text: StyledText = "\(full(reasons.dependent))\n"
        let children = Dictionary(grouping: reasons.hops, by: \.from)
        var shown: Set<StorePath> = []
        // An explicit stack: a chain of references may be deeper than a thread's.
        var stack: [(hop: DependencyReasons.Hop, prefix: String, isLast: Bool)] = []
        func push(below path: StorePath, _ prefix: String) {
            let hops = children[path] ?? []
            for (index, hop) in hops.enumerated().reversed() {
                stack.append((hop, prefix, index == hops.count - 1))
            }
        }
        push(below: reasons.dependent, "")
        while let (hop, prefix, isLast) = stack.popLast() {
            let isRepeated = !shown.insert(hop.to).inserted && children[hop.to] != nil
            let isGoal = hop.to == reasons.dependency
            text += "\(prefix)\(isLast ? "└───" : "├───")"
            text += isGoal ? output.coloured(full(hop.to), "1") : StyledText(full(hop.to))
            text += isRepeated ? " [...]\n" : "\n"
            let inner = prefix + (isLast ? "    " : "│   ")
            let rule = isRepeated || children[hop.to] == nil ? "    " : "│   "
            if isPrecise {
                for line in lines(hop, output) { text += "\(inner)\(rule)\(line)\n" }
            }
            if !isRepeated { push(below: hop.to, inner) }
        }
        return text
    }

    private func lines(_ hop: DependencyReasons.Hop, _ output: CommandOutput) -> [StyledText] {
        guard !hop.places.isEmpty else {
            return ["(in no file as it stands: declared when it was added, or compressed)"]
        }
        return hop.places.map { place in
            let path = place.location.path
            let file = path.isEmpty ? "" : path.description.oneLine + " "
            let text = Self.visible(place.excerpt)
            let marked: StyledText =
                text.firstRange(of: hop.to.hashPart).map { range in
                    "\(text[..<range.lowerBound])\(output.coloured(String(text[range]), "32"))\(text[range.upperBound...])"
                } ?? StyledText(text)
            return switch place.location.place {
            case .contents(let offset): "\(file)at \(offset): …\(marked)…"
            case .symlinkTarget: "\(file)-> \(marked)"
            case .name: "\(file)(its name)"
            }
        }
    }

    /// Text with a dot for every byte that is no printable ASCII: what stands around a reference
    /// may be anything.
    private static func visible(_ text: ByteString) -> String {
        String(decoding: text.bytes.map { (0x20..<0x7f).contains($0) ? $0 : 0x2e }, as: UTF8.self)
    }

    private func full(_ path: StorePath) -> String { directory.path(of: path) }
}
