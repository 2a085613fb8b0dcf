import Primitives
public import StoreModel

/// What will be taken from binary caches; made by ``Substitution/plan(_:forced:onEvent:)``.
public struct SubstitutePlan: Sendable {
    /// By path.
    public let offers: [StorePath: SubstituteOffer]
    /// The paths of ``offers``, each after those that it refers to.
    public let order: [StorePath]

    /// Nothing.
    public static let empty = SubstitutePlan(offers: [:], order: [])

    /// Whether there is nothing to take.
    public var isEmpty: Bool { order.isEmpty }

    /// The bytes to download.
    public var downloadSize: UInt64 { offers.values.map(\.downloadSize).saturatingSum }

    /// The bytes of the NARs.
    public var narSize: UInt64 { offers.values.map(\.narInfo.info.narSize).saturatingSum }

    /// What must not be collected until it is taken.
    var neededPaths: Set<StorePath> {
        offers.values.reduce(into: Set(order)) { $0.formUnion($1.references) }
    }

    /// The plan with some of its paths only.
    func filtered(_ isWanted: (StorePath) -> Bool) -> SubstitutePlan {
        SubstitutePlan(
            offers: offers.filter { isWanted($0.key) }, order: order.filter(isWanted))
    }
}
