public import Primitives
public import StoreModel

/// Whom to believe that a path has these contents. What its own name proves needs nobody's word.
public struct SubstituteTrust: Sendable {
    /// What is thought of one cache's words.
    public enum Verdict: Hashable, Sendable {
        /// Believed; with who said so, when that is to be told.
        case accepted(String?)
        /// Not believed, and why.
        case refused(String)
    }

    /// Whether every cache is asked for every path, because several words may be needed.
    let asksAll: Bool
    private let judge: @Sendable (PathInfo, [PathInfo]) -> Verdict

    /// Trust in what one of `keys` signed.
    public static func keys(_ keys: [PublicKey], store: StoreDirectory) -> SubstituteTrust {
        SubstituteTrust(asksAll: false) { info, _ in
            keys.signer(of: info.fingerprint(in: store), info.signatures) != nil
                ? .accepted(nil) : .refused("it is not signed by a trusted key")
        }
    }

    /// Trust as `judge` decides, who gets what one cache says of a path, and what all say of it.
    public static func judged(
        _ judge: @escaping @Sendable (PathInfo, [PathInfo]) -> Verdict
    ) -> SubstituteTrust { SubstituteTrust(asksAll: true, judge: judge) }

    private init(
        asksAll: Bool, judge: @escaping @Sendable (PathInfo, [PathInfo]) -> Verdict
    ) {
        self.asksAll = asksAll
        self.judge = judge
    }

    /// What to think of `info`, of which the caches say `all`.
    func verdict(_ info: PathInfo, _ all: [PathInfo], in store: StoreDirectory) -> Verdict {
        needsNoWord(info, in: store) ? .accepted(nil) : judge(info, all)
    }

    /// Whether what the path's own name proves is compared when it is here, so that nobody is asked.
    func needsNoWord(_ info: PathInfo, in store: StoreDirectory) -> Bool {
        // The text of a derivation gives its path.
        info.path.isDerivation || info.provingDigest(in: store) != nil
    }
}
