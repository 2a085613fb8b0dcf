import Primitives
import StoreModel
import Testing

/// What the text of a foreign derivation says of itself.
@Suite struct CheckedDerivationTests {
    let store = StoreDirectory.nodeos

    private func honest() throws -> (path: StorePath, text: [UInt8]) {
        try Derivation(
            name: "hola", outputs: ["out": .deferred], system: "x86_64-linux",
            builder: "/bin/sh", arguments: ["-c", "echo hola > $out"],
            environment: ["name": "hola"]
        ).filledIn(inputHashes: [:], in: store).file(in: store)
    }

    private func findings(_ text: [UInt8], named name: String) throws -> [DerivationFinding] {
        let checked = try CheckedDerivation(text: text, baseName: name, storeDirectory: nil)
        return checked.textFindings(text) + checked.outputFindings(inputHashes: [:])
    }

    @Test func anHonestOneHasNoFindings() throws {
        let (path, text) = try honest()
        #expect(try findings(text, named: path.baseName).isEmpty)
    }

    @Test func anAlteredOneDiffersInPathAndOutput() throws {
        let (path, text) = try honest()
        let other = String(decoding: text, as: UTF8.self).replacing("echo hola", with: "echo olah")
        let found = try findings(Array(other.utf8), named: path.baseName)
        #expect(found.map(\.verdict) == [.different, .different])
        #expect(found[0].message.hasPrefix("its own path is "))
        #expect(found[1].message.hasPrefix("output 'out' is "))
    }

    @Test func whatHasNoNameHasNoPathToCompare() throws {
        let text = try honest().text
        let found = try findings(text, named: "hola.drv")
        #expect(found.map(\.verdict) == [.inconclusive])
        #expect(found.map(\.doubt) == [.unnamed])
    }

    @Test func aMissingInputIsNoDifference() throws {
        let (input, inputText) = try honest()
        let hashes = [
            input: try Derivation(parsing: inputText, name: "hola", in: store)
                .quotientHash(inputHashes: [:], in: store)
        ]
        let (path, text) = try Derivation(
            name: "user", outputs: ["out": .deferred], inputDerivations: [input: ["out"]],
            system: "x86_64-linux", builder: "/bin/sh", environment: ["name": "user"]
        ).filledIn(inputHashes: hashes, in: store).file(in: store)
        let checked = try CheckedDerivation(
            text: text, baseName: path.baseName, storeDirectory: store)
        #expect(checked.outputFindings(inputHashes: hashes).isEmpty)
        #expect(checked.outputFindings(inputHashes: [:]).map(\.doubt) == [.missingInput])
    }
}
