import StoreModel

/// Store paths of two derivations, each with the one that has its place in the other: the same, or
/// else the same name, or else the same name with another version.
struct NamePairs {
    private(set) var pairs: [(first: StorePath, second: StorePath)]
    private(set) var onlyFirst: [StorePath]
    private(set) var onlySecond: [StorePath]

    init(_ first: Set<StorePath>, _ second: Set<StorePath>) {
        pairs = first.intersection(second).sorted().map { ($0, $0) }
        onlyFirst = first.subtracting(second).sorted()
        onlySecond = second.subtracting(first).sorted()
        pair(by: \.name)
        pair { path in
            path.isDerivation
                ? Derivation.packageName(of: String(path.name.dropLast(4))) : path.name
        }
    }

    private mutating func pair(by name: (StorePath) -> String) {
        var waiting = Dictionary(grouping: onlySecond.reversed(), by: name)
        var rest: [StorePath] = []
        for path in onlyFirst {
            if let partner = waiting[name(path)]?.popLast() {
                pairs.append((path, partner))
            } else {
                rest.append(path)
            }
        }
        onlyFirst = rest
        onlySecond = waiting.values.flatMap { $0 }.sorted()
    }
}
