/// How far an audit looks into what is packed: a file that was made to be endless must end.
package struct AuditLimits: Sendable, Hashable {
    /// How many packings inside each other are opened.
    package var depth = 8
    /// How many bytes may come out of one file, of all its packings together: so many for each byte
    /// of the file …
    package var unpackedPerByte: UInt64 = 200
    /// … and these.
    package var unpackedBase: UInt64 = 256 << 20
    /// How many places of one blob where something packed may begin are tried.
    package var candidates = 200_000

    /// The defaults.
    package init() {}
}
