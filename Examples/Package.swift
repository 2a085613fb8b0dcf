// swift-tools-version: 6.3
import PackageDescription

// Programs that use the libraries of the package above as a stranger would: nothing but its products.
// `scripts/examples.sh` builds and runs them in a copy outside of the repository.

/// The program in `Sources/<name>`.
func example(_ name: String) -> Target {
    .executableTarget(
        name: name, dependencies: [.product(name: "NodeosStore", package: "nodeos-store")],
        swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)])
}

let package = Package(
    name: "nodeos-store-examples",
    dependencies: [.package(name: "nodeos-store", path: "..")],
    targets: [
        example("realise-with-progress"), example("walk-closure"), example("fetch-file"),
        example("build-plainly"),
    ])
