import Foundation
import Testing

extension RealNix {
    /// Instantiates the derivations of `Resources/derivations.nix`.
    ///
    /// - Parameter attribute: `graph` or `odd`.
    /// - Parameter busybox: the logical path of the program the builders run.
    /// - Returns: the logical paths of the `.drv` files asked for; their inputs lie beside them.
    @discardableResult
    func instantiate(_ attribute: String, busybox: String = "/bin/busybox") throws -> [String] {
        try run(
            "nix-instantiate",
            [
                Self.resources + "/derivations.nix", "--argstr", "busybox", busybox, "-A",
                attribute,
            ]
        ).lines
    }

    /// The physical path of a logical one.
    func physical(_ path: String) -> String { root + path }

    /// The base names of all `.drv` files in the store, sorted.
    func derivationNames() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: store)
            .filter { $0.hasSuffix(".drv") }.sorted()
    }

    /// The bytes of a file of the store.
    func read(_ baseName: String) throws -> [UInt8] {
        try Array(Data(contentsOf: URL(filePath: "\(store)/\(baseName)")))
    }
}
