/// What is known about a package beside how it is built: for bills of materials and for people.
package struct PackageAbout: Sendable, Hashable {
    /// Its licence, as an SPDX expression.
    package var licence: String?
    /// Where to read about it.
    package var homepage: String?
    /// Who makes it.
    package var supplier: String?

    /// Nothing known.
    package init() {}
}
