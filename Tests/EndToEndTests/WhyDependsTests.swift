import Foundation
import Primitives
import StoreModel
import TestSupport
import Testing

/// `why-depends`: ways from one store path to another, and the bytes that make them.
@Suite(.timeLimit(.minutes(40))) struct WhyDependsTests {
    private var store: StoreFixture
    private let bottom: StoreFixture.Item
    private let middle: StoreFixture.Item
    private let side: StoreFixture.Item
    private let top: StoreFixture.Item

    /// top → middle → bottom and top → side → middle.
    init() throws {
        store = try StoreFixture()
        bottom = try store.derive("bottom", "echo end > $out")
        middle = try store.derive(
            "middle", "mkdir $out; ln -s \(bottom.output())/x $out/link", inputs: [bottom])
        side = try store.derive("side", "echo \(middle.output()) > $out", inputs: [middle])
        let script = """
            mkdir -p $out/bin; printf 'run\\001 \(middle.output())/bin/y\\n' > $out/bin/run
            echo \(middle.output()) \(side.output()) > $out/z
            """
        top = try store.derive("top", script, inputs: [middle, side])
        try store.realise(top)
    }

    @Test func aShortestWay() throws {
        let text = try store.succeed("why-depends", top.output(), bottom.output()).output
        #expect(
            text == """
                \(top.output())
                └───\(middle.output())
                    └───\(bottom.output())

                """)
    }

    @Test func allWays() throws {
        let text = try store.succeed("why-depends", "--all", top.output(), bottom.output()).output
        // The order of the two is that of their hashes.
        let isMiddleFirst = middle.output() < side.output()
        let lines = text.split(separator: "\n").map { $0.drop { !$0.isASCII || $0 == " " } }
        #expect(
            lines.map { String($0) }
                == [top.output()]
                + (isMiddleFirst
                    ? [middle.output(), bottom.output(), side.output(), middle.output() + " [...]"]
                    : [side.output(), middle.output(), bottom.output(), middle.output() + " [...]"])
        )
    }

    @Test func filesOffsetsAndSurroundings() throws {
        let text = try store.succeed(
            "why-depends", "--precise", top.output(), bottom.output()
        ).output
        #expect(
            text == """
                \(top.output())
                └───\(middle.output())
                    │   bin/run at 19: …run. \(middle.output())/bin/y.…
                    └───\(bottom.output())
                            link -> \(bottom.output())/x

                """)
        let json = try JSONValue(
            parsing: Array(
                try store.succeed(
                    "why-depends", "--precise", "--all", "--json", top.output(), middle.output()
                ).output.utf8))
        #expect(json["depends"]?.bool == true)
        #expect(json["shortest"]?.array?.map(\.string) == [top.output(), middle.output()])
        let hop = try #require(
            json["references"]?.array?.first {
                $0["from"]?.string == top.output() && $0["to"]?.string == middle.output()
            })
        #expect(hop["places"]?.array?.map { $0["file"]?.string } == ["bin/run", "z"])
        // `dd` finds the hash part where it is said to be.
        let offset = try #require(hop["places"]?.array?[0]["offset"]?.integer)
        let bytes = try #require(
            FileManager.default.contents(atPath: store.real(top.output()) + "/bin/run"))
        let hashPart = try #require(
            top.derivation.inputDerivations.isEmpty
                ? nil : middle.derivation.outputs["out"]?.path?.hashPart)
        #expect(bytes.dropFirst(Int(offset)).starts(with: Array(hashPart.utf8)))
    }

    @Test func derivationsNeedTheirInputs() throws {
        let text = try store.succeed("why-depends", top.drv, bottom.drv).output
        #expect(text == "\(top.drv)\n└───\(middle.drv)\n    └───\(bottom.drv)\n")
        let precise = try store.succeed("why-depends", "--precise", top.drv, middle.drv).output
        #expect(precise.contains("        at "))
        #expect(precise.contains(#"\#(middle.drv)",["out"]"#))
    }

    @Test func noDependencyIsAnAnswer() throws {
        let text = try store.succeed("why-depends", bottom.output(), top.output()).output
        #expect(text == "'\(bottom.output())' does not depend on '\(top.output())'\n")
        let json = try JSONValue(
            parsing: Array(
                try store.succeed("why-depends", "--json", bottom.output(), top.output()).output
                    .utf8))
        #expect(json["depends"]?.bool == false)
        #expect(json["shortest"]?.array == [])
        let same = try store.succeed("why-depends", top.output(), top.output()).output
        #expect(same == "\(top.output())\n")
    }

    @Test func whatIsNotValidIsAnError() throws {
        let none = "/nodeos/store/" + String(repeating: "0", count: 32) + "-none"
        let result = try store.run("why-depends", top.output(), none)
        #expect(result.status == 1)
        #expect(result.error.contains("-none' is not valid"))
    }
}
