import Archives
import ArgumentParser
import Primitives
import Reproduction

/// How a difference is shown (`--diff`).
enum DiffChoice: Hashable, Sendable, ExpressibleByArgument {
    /// By this program: windows of bytes, lines, likely causes.
    case simple
    /// Only which files differ.
    case none
    /// By another program, called with both trees; `diffoscope` for example.
    case program(String)

    /// The choice that a word on the command line stands for.
    init?(argument: String) {
        switch argument {
        case "": return nil
        case "simple": self = .simple
        case "none": self = .none
        default: self = .program(argument)
        }
    }

    /// The word for help texts.
    var defaultValueDescription: String {
        switch self {
        case .simple: "simple"
        case .none: "none"
        case .program(let name): name
        }
    }

    static let help = ArgumentHelp(
        "How to show what differs: simple, diffoscope, none, or a program.",
        discussion: """
            'simple' shows bytes, lines and likely causes; 'none' only the files. Anything else is \
            a program, run with both trees.
            """, valueName: "how")
}

extension DiffChoice {
    /// An inspector that looks so; what a program prints goes to standard error.
    func inspector(_ context: CommandContext) -> TreeInspector {
        guard case .program(let name) = self else {
            return TreeInspector(looksInside: self != .none)
        }
        return TreeInspector(
            looksInside: true,
            program: TreeInspector.Program(
                name.contains("/") ? context.absolute(name) : name,
                environment: context.environment
            ) { line in
                // The answer comes on standard output; without this one it is still an answer.
                try? context.errorOutput.print(String(systemBytes: line))
            })
    }
}

extension CommandContext {
    /// Where directories are made for what is needed only while a command runs.
    var scratch: String { variable("TMPDIR").map(absolute) ?? "/var/tmp" }
}
