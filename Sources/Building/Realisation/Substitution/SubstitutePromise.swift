import Primitives
import StoreModel

/// What a derivation says of its fixed output before it is there.
struct SubstitutePromise: Sendable {
    /// Its content address.
    let contentAddress: String
    /// The size of its NAR, when the derivation states that of the file.
    let narSize: UInt64?

    /// What `derivation` promises; `nil` when its output is not fixed.
    init?(_ derivation: Derivation) {
        guard let fixed = derivation.fixedOutput else { return nil }
        contentAddress = "fixed:\(fixed.method.rawValue)\(fixed.digest.prefixedNix32)"
        // The NAR of a file that is no program: its bytes, padded to eights, in 112 others.
        let size = fixed.method == .flat ? derivation.statedSize : nil
        narSize = size.flatMap { $0 < 1 << 60 ? 112 + ($0 + 7) / 8 * 8 : nil }
    }

    /// What is wrong with what a cache says, if the size is.
    func fault(in narInfo: NarInfo) -> String? {
        guard let narSize, narSize != narInfo.info.narSize else { return nil }
        return
            "its NAR is said to have \(narInfo.info.narSize) bytes, and after the derivation it has "
            + "\(narSize)"
    }
}
