import Primitives
import StoreDatabase
public import StoreModel

/// Which valid paths some root reaches, and which none does, at one moment.
public struct Liveness: Sendable {
    /// The roots that were looked from; those whose paths are not valid keep nothing.
    public let roots: [StoreRoot]
    private let snapshot: StoreSnapshot
    /// For each path, the root that was found to reach it first.
    private let keepers: [Int?]

    /// Marks what `roots` reach. An edge goes to what a path refers to, and as `request` says, to
    /// the derivation that made it and to the outputs of a derivation.
    init(_ snapshot: StoreSnapshot, roots: [StoreRoot], request: CollectionRequest) {
        self.snapshot = snapshot
        // Processes also name the paths of other stores.
        var roots = roots.filter { $0.kind != .runtime || snapshot.index(of: $0.target) != nil }
        if let since = request.usedSince {
            for (index, path) in snapshot.paths.enumerated()
            where snapshot.lastUseTimes[index] >= since {
                roots.append(StoreRoot(link: "use", target: path, kind: .use))
            }
        }
        self.roots = roots
        var keepers = [Int?](repeating: nil, count: snapshot.paths.count)
        var queue: [Int] = []
        for (number, root) in roots.enumerated() {
            guard let start = snapshot.index(of: root.target), keepers[start] == nil else {
                continue
            }
            keepers[start] = number
            queue.append(start)
        }
        var next = 0
        while next < queue.count {
            let index = queue[next]
            next += 1
            let keeper = keepers[index]
            func visit(_ target: Int) {
                guard keepers[target] == nil else { return }
                keepers[target] = keeper
                queue.append(target)
            }
            for target in snapshot.references[index] { visit(target) }
            if request.keepsDerivations, let deriver = snapshot.derivers[index] { visit(deriver) }
            if request.keepsOutputs {
                for output in snapshot.outputs[index] { visit(output) }
            }
        }
        self.keepers = keepers
    }

    /// The live paths, sorted, each with a root that keeps it.
    public var live: [(path: StorePath, root: StoreRoot)] {
        keepers.enumerated().compactMap { index, keeper in
            keeper.map { (snapshot.paths[index], roots[$0]) }
        }
    }

    /// The dead paths, sorted.
    public var dead: [StorePath] {
        keepers.indices.filter { keepers[$0] == nil }.map { snapshot.paths[$0] }
    }

    /// A root that keeps `path`; `nil` when it is dead or not valid.
    public func keeper(of path: StorePath) -> StoreRoot? {
        snapshot.index(of: path).flatMap { keepers[$0] }.map { roots[$0] }
    }

    /// The sizes of all valid paths' NARs together, in bytes.
    var totalSize: UInt64 { snapshot.narSizes.saturatingSum }

    /// The dead paths with their sizes, each before what it refers to, and among those that may
    /// leave, what was used longest ago first.
    func deadInOrder() -> [(path: StorePath, size: UInt64)] {
        let dead = keepers.indices.filter { keepers[$0] == nil }
        let order = referrersFirst(dead)
        // What a referrer of a path used, the path was used for.
        var lastUse = snapshot.lastUseTimes
        for index in order {
            for target in snapshot.references[index] {
                lastUse[target] = max(lastUse[target], lastUse[index])
            }
        }
        // A stable order of numbers: a referrer was used no later than what it refers to.
        return order.enumerated().sorted {
            (lastUse[$0.element], $0.offset) < (lastUse[$1.element], $1.offset)
        }.map { (snapshot.paths[$0.element], snapshot.narSizes[$0.element]) }
    }

    /// `members`, each before those of them that it refers to.
    private func referrersFirst(_ members: [Int]) -> [Int] {
        // How many members that refer to it are not in order yet; `nil` for those that stay.
        var waiting = [Int?](repeating: nil, count: snapshot.paths.count)
        for index in members { waiting[index] = 0 }
        for index in members {
            for target in snapshot.references[index] where target != index {
                waiting[target]? += 1
            }
        }
        var order = members.filter { waiting[$0] == 0 }
        var next = 0
        while next < order.count {
            let index = order[next]
            next += 1
            for target in snapshot.references[index] where target != index {
                waiting[target]? -= 1
                if waiting[target] == 0 { order.append(target) }
            }
        }
        return order
    }

    /// A path outside `members` that refers to `path`.
    func referrer(of path: StorePath, outside members: Set<StorePath>) -> StorePath? {
        guard let target = snapshot.index(of: path) else { return nil }
        for (index, references) in snapshot.references.enumerated()
        where index != target && references.contains(target) {
            if !members.contains(snapshot.paths[index]) { return snapshot.paths[index] }
        }
        return nil
    }

    /// `paths`, and all that those of them that were valid refer to.
    func closure(of paths: [StorePath]) -> Set<StorePath> {
        var closure = Set(paths)
        var queue = paths.compactMap { snapshot.index(of: $0) }
        while let index = queue.popLast() {
            for target in snapshot.references[index]
            where closure.insert(snapshot.paths[target]).inserted {
                queue.append(target)
            }
        }
        return closure
    }

    /// Those of `paths` that are dead and that nothing refers to but others of them.
    func removable(among paths: Set<StorePath>) -> Set<StorePath> {
        var removable = Set(dead).intersection(paths)
        // Referrers come first: what one of them needs that stays is not asked for again.
        var stays = Set<Int>()
        for index in referrersFirst(Array(snapshot.paths.indices))
        where stays.contains(index) || !removable.contains(snapshot.paths[index]) {
            removable.remove(snapshot.paths[index])
            stays.formUnion(snapshot.references[index])
        }
        return removable
    }

    /// The hash parts of the paths that were valid, without those of `leaving`.
    func hashParts(without leaving: [StorePath]) -> Set<String> {
        Set(snapshot.paths).subtracting(leaving).reduce(into: []) { $0.insert($1.hashPart) }
    }

    /// Whether `path` was valid.
    func isValid(_ path: StorePath) -> Bool { snapshot.index(of: path) != nil }
}
