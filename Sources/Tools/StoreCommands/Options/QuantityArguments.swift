import ArgumentParser
import NodeosStore

/// A number of bytes as people write it: `20G`, `500MB`, `4GiB`, `1048576`.
struct SizeArgument: ExpressibleByArgument, Hashable, Sendable {
    let bytes: UInt64

    init?(argument: String) {
        guard let bytes = ByteCountText.bytes(argument) else { return nil }
        self.bytes = bytes
    }
}

/// A span of time as people write it: `14d`, `12h`, `2w`.
struct AgeArgument: ExpressibleByArgument, Hashable, Sendable {
    let seconds: Int64

    init?(argument: String) {
        guard let seconds = AgeText.seconds(argument) else { return nil }
        self.seconds = seconds
    }
}
