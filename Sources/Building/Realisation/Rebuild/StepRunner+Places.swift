import Archives
import LocalStore
import Primitives
import StoreDatabase
import StoreModel

extension StepRunner {
    /// Where on this machine the inputs are that a builder sees: in the store, or, when the surroundings
    /// ask for it, some of them as fresh copies in the build's own directory.
    func places(
        of closure: [StorePath], directory: String
    ) throws -> [BuildAction.Input] {
        var places = closure.map { BuildAction.Input($0, at: store.layout.realPath(of: $0)) }
        var budget = realiser.options.surroundings.copiedInputBytes
        guard budget > 0 else { return places }
        let folder = try TreeLocation(directory + "/inputs")
        try folder.parent.makeDirectory(folder.name, mode: 0o700)
        let copies = try folder.parent.openDirectory(folder.name)
        let sizes = try store.database.infos(closure).reduce(into: [StorePath: UInt64]()) {
            $0[$1.path] = $1.narSize
        }
        for index in places.indices.sorted(by: {
            sizes[closure[$0], default: .max] < sizes[closure[$1], default: .max]
        }) {
            let size = sizes[closure[index], default: .max]
            guard size <= budget else { break }
            budget -= size
            let original = try TreeLocation(places[index].place)
            var sink = DiscardingSink()
            try copyTree(
                original.name, in: original.parent, to: original.name, in: copies,
                streamingInto: &sink)
            places[index] = BuildAction.Input(
                closure[index], at: directory + "/inputs/" + closure[index].baseName)
        }
        return places
    }
}
