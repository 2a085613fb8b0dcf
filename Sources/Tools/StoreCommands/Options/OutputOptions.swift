import ArgumentParser
import Primitives

/// How an answer is printed.
package struct OutputOptions: ParsableArguments {
    @Flag(help: "Print the answer as JSON, with exact numbers.")
    var json = false

    /// Text.
    package init() {}
}

extension OutputOptions {
    /// Prints `answer`: the one place that chooses a form.
    package func print(_ answer: some CommandAnswer, to output: CommandOutput) throws {
        if json {
            try output.write(answer.json.text() + [UInt8(ascii: "\n")])
        } else {
            try output.write(answer.text(for: output))
        }
    }
}
