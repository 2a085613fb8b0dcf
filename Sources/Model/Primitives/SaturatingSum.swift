extension UInt64 {
    /// Adds `other`, at most up to the largest number: sizes that strangers state end no program.
    @inlinable
    package mutating func addSaturating(_ other: UInt64) {
        let (sum, overflow) = addingReportingOverflow(other)
        self = overflow ? .max : sum
    }
}

extension Sequence<UInt64> {
    /// The sum of all, or the largest number when that is less.
    @inlinable
    package var saturatingSum: UInt64 { reduce(into: 0) { $0.addSaturating($1) } }
}
