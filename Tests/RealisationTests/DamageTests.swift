import LocalStore
import Realisation
import StoreModel
import SystemSupport
import TestSupport
import Testing

/// What a repair takes up, and from where.
@Suite struct DamageTests {
    @Test func onlyWhatIsDamagedIsRepairedAndOnce() throws {
        let name = "2l8m7iwfclnwbvm15kwlm5622fmxzdx4-hello.txt"
        let damage = try RepairableDamage([
            .init(.altered, name, "x"), .init(.metadata, name, "y"),
            .init(.leftover, "junk", "z", remedy: .collection),
            .init(.database, "db.sqlite", "w"),
        ])
        #expect(damage.paths.map(\.baseName) == [name])
        #expect(damage.rows.map(\.name) == ["db.sqlite"])
        #expect(throws: StorePathError.self) {
            try RepairableDamage([.init(.altered, "junk", "x")])
        }
    }

    @Test func theRootOfAStoreMeansItsStoreDirectory() throws {
        let directory = try TemporaryDirectory()
        try directory.write("", to: "root/nodeos/store/item")
        let root = directory.path + "/root"
        #expect(
            try StoreRepair.itemsDirectory(root, of: .nodeos) == root + "/nodeos/store")
        let items = root + "/nodeos/store"
        #expect(try StoreRepair.itemsDirectory(items, of: .nodeos) == items)
    }
}
