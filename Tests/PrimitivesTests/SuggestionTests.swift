import Primitives
import Testing

/// What is offered for a mistyped name.
@Suite struct SuggestionTests {
    private let names = ["realise", "realize", "query", "gc", "verify", "barebones", "boot"]

    @Test(arguments: [
        ("realsie", "realise"), ("relise", "realise"), ("barebnes", "barebones"),
        ("Barebones", "barebones"), ("bareboness", "barebones"), ("querry", "query"),
        ("cg", "gc"), ("baerbnes", "barebones"), ("realize", "realize"),
    ]) func whatIsNear(word: String, meant: String) {
        #expect(Suggestion.nearest(to: word, among: names) == meant)
    }

    @Test(arguments: ["", "x", "frobnicate", "zz", "gcc-cross", "bones"])
    func nothingIsNear(word: String) {
        #expect(Suggestion.nearest(to: word, among: names) == nil)
    }

    @Test func oneLetterMeansNothing() {
        #expect(Suggestion.nearest(to: "a", among: ["b", "ab"]) == nil)
    }

    @Test func theFirstOfEquallyNearOnesWins() {
        #expect(Suggestion.nearest(to: "cot", among: ["cat", "cut"]) == "cat")
    }

    @Test func aWordOfAnyLengthIsNoWork() {
        let word = String(repeating: "e", count: 2_000_000)
        #expect(Suggestion.nearest(to: word, among: names) == nil)
    }
}
