import Primitives
import StoreModel

/// What a NAR is called in URLs: `HASHPART-NARHASH.nar` with the ending of its compression. Another name, other
/// bytes: an answer may be kept for ever.
struct PublishedNAR {
    let hashPart: String
    let narHash: Digest
    let ending: String

    init(_ info: PathInfo, _ compression: PackingOptions.Compression) {
        hashPart = info.path.hashPart
        narHash = info.narHash
        ending = compression.fileEnding
    }

    init?(parsing name: String) {
        let halves = name.split(separator: "-", omittingEmptySubsequences: false)
        guard halves.count == 2, halves[0].utf8.count == StorePath.hashPartCount,
            let dot = halves[1].firstIndex(of: "."), halves[1][dot...].hasPrefix(".nar"),
            // Not a digest: not the name of a NAR.
            let digest = try? Digest(parsing: String(halves[1][..<dot]), algorithm: .sha256),
            digest.nix32 == halves[1][..<dot]
        else { return nil }
        hashPart = String(halves[0])
        narHash = digest
        ending = String(halves[1][dot...].dropFirst(".nar".count))
    }

    var name: String { "\(hashPart)-\(narHash.nix32).nar\(ending)" }
}
