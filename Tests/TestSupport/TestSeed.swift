import Foundation

/// The seed of what tests draw by chance: `NODEOS_TEST_SEED`, else another one in each run. Comments of
/// failures carry it, so that a run can be had again.
public enum TestSeed {
    private static let value: UInt64 =
        ProcessInfo.processInfo.environment["NODEOS_TEST_SEED"].flatMap { UInt64($0) }
        ?? UInt64.random(in: 0...999_999)

    /// What to set to draw the same again.
    public static var shown: String { "NODEOS_TEST_SEED=\(value)" }

    /// A generator of its own for each test, so that the order of tests changes nothing.
    public static func generator() -> SplitMix64 { SplitMix64(seed: value) }
}
