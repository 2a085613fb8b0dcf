import Primitives
import StoreModel
import Testing

/// Derivations that the real Nix has instantiated.
@Suite struct DerivationTests {
    /// Parses every `.drv` of the store and expects the same text, own path and output paths.
    private func expectAgreement(_ nix: RealNix, atLeast count: Int) throws {
        let store = try StoreDirectory("/nix/store")
        var derivations: [StorePath: Derivation] = [:]
        for name in try nix.derivationNames() {
            let path = try StorePath(baseName: name)
            let text = try nix.read(name)
            let derivation = try Derivation(
                parsing: text, name: String(path.name.dropLast(4)), in: store)
            #expect(derivation.aterm(in: store) == text, "\(name) does not print back")
            let file = try derivation.file(in: store)
            #expect(file.path == path, "\(name) has another name of its own")
            #expect(Derivation.storeDirectory(ofText: text.span) == store || text.count < 200)
            derivations[path] = derivation
        }
        #expect(derivations.count >= count)
        var hashes: [StorePath: QuotientHash] = [:]
        func hash(_ path: StorePath) throws -> QuotientHash {
            if let known = hashes[path] { return known }
            let derivation = try #require(derivations[path], "\(path) is not beside")
            var inputs: [StorePath: QuotientHash] = [:]
            for input in derivation.inputDerivations.keys { inputs[input] = try hash(input) }
            try derivation.checkInvariants(inputHashes: inputs, in: store)
            // Filling in an already filled derivation from nothing must give it again.
            var blank = derivation
            for (output, kind) in derivation.outputs {
                if case .inputAddressed = kind { blank.outputs[output] = .deferred }
                blank.environment[ByteString(output)] = ""
            }
            #expect(try blank.filledIn(inputHashes: inputs, in: store) == derivation)
            let result = try derivation.quotientHash(inputHashes: inputs, in: store)
            hashes[path] = result
            return result
        }
        for path in derivations.keys { _ = try hash(path) }
    }

    @Test func graph() throws {
        let nix = try RealNix()
        try nix.instantiate("graph")
        try expectAgreement(nix, atLeast: 50)
    }

    @Test func oddTexts() throws {
        let nix = try RealNix()
        try nix.instantiate("odd")
        try expectAgreement(nix, atLeast: 300)
    }

    /// Nix prints the system without escapes, and cannot read back what it wrote itself.
    @Test func systemsWithQuotesAndBackslashes() throws {
        let nix = try RealNix()
        for (index, system) in [#"a\\b"#, #"a\"b"#, #"\"\\\n\t\r"#, "é"].enumerated() {
            let expression =
                "derivation { name = \"s\(index)\"; system = \"\(system)\"; builder = \"/b\"; }"
            _ = try nix.attempt("nix-instantiate", ["--expr", expression])
        }
        try expectAgreement(nix, atLeast: 4)
    }

    /// The JSON form that the real Nix prints means the very same files.
    @Test func jsonOfNix() throws {
        let nix = try RealNix()
        let goals = try nix.instantiate("graph").map { String($0.prefix { $0 != "!" }) }
        let store = try StoreDirectory("/nix/store")
        let printed = try nix.run("nix", ["show-derivation", "--recursive"] + goals).output
        let records = try #require(try JSONValue(parsing: printed).object)
        #expect(records.count >= 50)
        for (text, record) in records {
            let path = try store.parse(text)
            let name = String(path.name.dropLast(4))
            let derivation = try Derivation(json: record, name: name, in: store)
            #expect(try derivation.aterm(in: store) == nix.read(path.baseName))
            let again = try Derivation(json: derivation.json(in: store), in: store)
            #expect(again == derivation)
        }
    }

    /// Two derivations that fetch one content from two places lead to one output path downstream.
    @Test func mirrorsChangeNoOutputPath() throws {
        let nix = try RealNix()
        try nix.instantiate("graph")
        let store = try StoreDirectory("/nix/store")
        var paths: Set<StorePath?> = []
        var files = 0
        for name in try nix.derivationNames() where name.hasSuffix("-mirrored.drv") {
            files += 1
            paths.insert(
                try Derivation(parsing: nix.read(name), name: "mirrored", in: store)
                    .outputs["out"]?.path)
        }
        #expect(files == 2)
        #expect(paths.count == 1)
    }
}
