public import Audits
import Primitives
public import Realisation
public import StoreModel

extension SubstituteTrust {
    /// Trust in what the named builders of `policy` agree on, and in nothing else.
    ///
    /// - Parameters:
    ///   - policy: who has to agree on what.
    ///   - manifests: what builders say besides their signatures in caches.
    ///   - store: the directory that paths begin with.
    /// - Throws: what `AgreementJudge` says of a policy or manifest that cannot be used.
    public static func agreement(
        _ policy: AgreementPolicy, _ manifests: [AuditSide], store: StoreDirectory
    ) throws -> SubstituteTrust {
        let judge = try AgreementJudge(policy, manifests, store: store)
        return .judged { info, all in
            let verdict = judge.verdict(
                info.path, local: ManifestEntry(info), alsoSaid: all.map { ManifestEntry($0) })
            return verdict.kind == .agreed
                ? .accepted(verdict.sentence) : .refused(verdict.sentence)
        }
    }
}

extension AgreementVerdict {
    /// Who said what, in one line.
    fileprivate var sentence: String {
        guard let rule else { return "no rule of the policy is about it" }
        var said: [String] = []
        for (builder, entry) in words {
            let word = "\(builder) says \(entry.narHash.prefixedNix32)"
            if !said.contains(word) { said.append(word) }
        }
        let silent = rule.builders.filter { builder in !words.contains { $0.builder == builder } }
        if !silent.isEmpty { said.append("nothing from \(silent.joined(separator: ", "))") }
        let here = local.map { "; offered is \($0.narHash.prefixedNix32)" } ?? ""
        return "\(kind.rawValue): \(agreeingCount) of the \(rule.count) that must agree ("
            + said.joined(separator: ", ") + (kind == .agreed ? ")" : ")" + here)
    }
}
