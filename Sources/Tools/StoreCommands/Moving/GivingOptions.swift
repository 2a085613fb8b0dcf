import ArgumentParser
import Giving
import NodeosStore
import Primitives
import Substitutes
import SystemSupport

/// How what is given to a binary cache is packed and signed.
package struct GivingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Sign what is given to a cache with the secret key in <file>.",
            discussion: "Also what the cache has and this key did not sign.", valueName: "file"),
        completion: .file())
    var sign: String?

    @OptionGroup
    var compressing: CompressionOptions

    @Option(
        help: ArgumentHelp(
            "Show the cache's server the token in <file> (Authorization: Bearer).",
            valueName: "file"), completion: .file())
    var tokenFile: String?

    /// zstd, unsigned.
    package init() {}
}

extension GivingOptions {
    /// Whether anything was said.
    var areGiven: Bool {
        !isOnlyToken || tokenFile != nil
    }

    /// Whether nothing was said but the token.
    var isOnlyToken: Bool { sign == nil && !compressing.areGiven }

    var packing: PackingOptions { compressing.packing }

    func key(_ context: CommandContext) throws -> SecretKey? {
        try sign.map { try KeyFile.secret(at: context.absolute($0)) }
    }

    /// The cache that `text` names, with what its server is shown.
    func address(_ text: String, _ context: CommandContext) throws -> CacheAddress {
        var address = try CacheAddress(parsing: text, environment: context.environment)
        address.token = try tokenFile.map { try Self.token(in: context.absolute($0)) }
        return address
    }

    /// The token in a file that only its owner may read.
    private static func token(in path: String) throws -> String {
        try PrivateFile.require(path)
        let bytes = try FileBytes.read(path: path, limit: 65_536)
        let words = String(decoding: bytes, as: UTF8.self).words
        guard words.count == 1, words[0].utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw StoreCommandsError.badFile(path, reason: "a token is one word, and alone in it")
        }
        return String(words[0])
    }
}
