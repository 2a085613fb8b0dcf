import Archives
import Primitives

/// Bytes that a program's own build computes from the program, its path included, and keeps in it: they
/// cannot be the same under another path.
package struct OwnDigest: Hashable, Sendable {
    /// The package's name begins so.
    let package: String
    /// The files, without directories.
    let files: Set<String>
    /// How many bytes.
    let count: UInt64
    /// What they are, and what is known of them.
    package let explanation: String

    /// What is known. gcc: `gcc/genchecksum.cc`, `gcc/c/Make-lang.in`; its own `make compare` leaves out
    /// the same objects (`compare_exclusions` in its `configure`).
    static let known = [
        OwnDigest(
            package: "gcc-", files: ["cc1", "cc1plus", "cc1obj", "cc1objplus"], count: 16,
            explanation: "gcc's checksum of its own objects, which name its path (what 'gcc -v' "
                + "prints as compiler executable checksum); gcc's own comparison of stages leaves it "
                + "out")
    ]

    /// The digest that `item` of `package` differs in and in nothing else; `nil` when it differs in more.
    static func explaining(_ item: DifferenceReport.Item, of package: String) -> OwnDigest? {
        guard let contents = item.contents, let range = contents.range,
            contents.sizes[0] == contents.sizes[1]
        else { return nil }
        let file = item.difference.path.description.split(separator: "/").last.map(String.init)
        return known.first {
            package.hasPrefix($0.package) && $0.files.contains(file ?? "")
                && range.upperBound - range.lowerBound <= $0.count
        }
    }
}
