import Archives
import Primitives

/// A NAR that a command reads: a file, or standard input for `-`; compressed or not.
struct ArchiveArgument {
    let text: String
    let context: CommandContext

    /// A reader of it, at its beginning.
    func reader() throws -> NARReader<DecompressingSource> {
        if text == "-" {
            return try NARReader(
                DecompressingSource(
                    CommandInput.Source(input: context.input), name: "standard input"))
        }
        let path = context.absolute(text)
        return try NARReader(DecompressingSource(FileSource(path: path), name: path))
    }

    /// A path in it: with or without a slash at its beginning.
    static func path(_ text: String) -> ByteString {
        ByteString(text.pathComponents.filter { $0 != "." }.joined(separator: "/").systemBytes)
    }
}
