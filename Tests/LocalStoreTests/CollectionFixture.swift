import Archives
import Foundation
import LocalStore
import Primitives
import StoreDatabase
import StoreModel
import TestSupport

/// A store with a small graph in it, made by a process that ended: its temporary roots are gone.
struct CollectionFixture {
    let base: StoreFixture

    init() throws { base = try StoreFixture() }

    /// The store, in a value that has no temporary roots.
    var store: LocalStore { base.store }

    /// Adds a text in a store value of its own, so that nothing keeps it afterwards.
    func add(_ name: String, _ references: Set<StorePath> = []) throws -> StorePath {
        try base.reopened().addText(
            name: name, contents: Array(name.utf8), references: references)
    }

    /// Adds a derivation and makes its output valid, in a store value of its own.
    func addBuilt(_ name: String) throws -> (derivation: StorePath, output: StorePath) {
        let store = try base.reopened()
        let derivation = try Derivation(
            name: name, outputs: ["out": .deferred], system: "x86_64-linux", builder: "/bin/sh",
            environment: ["out": ""]
        ).filledIn(inputHashes: [:], in: store.storeDirectory)
        let path = try store.addDerivation(derivation)
        guard let output = derivation.outputs["out"]?.path else {
            throw StoreDatabaseError.notValid(path)
        }
        let scratch = try base.build(output, "echo '\(name)' > \"$1\"")
        try store.commit(
            store.prepareOutputs(
                [output], in: "store", of: scratch, candidates: [], deriver: path))
        return (path, output)
    }

    /// Adds a derivation that uses the outputs of `inputs`, and `sources`, in a store value of its
    /// own.
    func addDerivation(_ name: String, inputs: [StorePath], sources: Set<StorePath>) throws
        -> StorePath
    {
        let store = try base.reopened()
        let hashes = try Dictionary(
            uniqueKeysWithValues: inputs.map { ($0, try store.derivations.quotientHash(of: $0)) })
        return try store.addDerivation(
            Derivation(
                name: name, outputs: ["out": .deferred],
                inputDerivations: Dictionary(uniqueKeysWithValues: inputs.map { ($0, ["out"]) }),
                inputSources: sources, system: "x86_64-linux", builder: "/bin/sh",
                environment: ["out": ""]
            ).filledIn(inputHashes: hashes, in: store.storeDirectory))
    }

    /// The names of the items that are there.
    func names() throws -> [String] { try base.items().map { String($0.dropFirst(33)) }.sorted() }
}
