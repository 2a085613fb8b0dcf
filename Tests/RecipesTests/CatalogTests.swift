import Foundation
import Primitives
import Recipes
import StoreModel
import Testing

/// The plain packages of NodeOS, which are recipe files like anybody's.
@Suite struct CatalogTests {
    private static let folder = ScriptTests.root.appending(path: "Sources/Recipes/Catalog")

    /// The files of the catalogue: what lies in a folder of a package.
    private static func files() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder.path)
            .filter { $0.contains("/") && !$0.contains("/.") }.sorted()
    }

    /// The list that the program carries is written by this test, the one in Package.swift by hand:
    ///
    ///     NODEOS_ACCEPT_CATALOG=1 swift test --filter CatalogTests; git diff Sources
    @Test func everyFileIsCarried() throws {
        let files = try Self.files()
        #expect(files.count > 30)
        let lines = files.map { file in
            let name = file.split(separator: "/").last.map(String.init) ?? file
            let resource = String(name.map { $0.isLetter || $0.isNumber ? $0 : "_" })
            return "        \"\(file)\": PackageResources.\(resource),"
        }
        let list = Self.folder.appending(path: "CatalogFiles.swift")
        let text = try String(contentsOf: list, encoding: .utf8)
        let start = try #require(text.range(of: "= [\n"))
        let end = try #require(text.range(of: "    ]\n"))
        let expected =
            text[..<start.upperBound] + lines.joined(separator: "\n") + "\n"
            + text[end.lowerBound...]
        if ProcessInfo.processInfo.environment["NODEOS_ACCEPT_CATALOG"] != nil {
            try String(expected).write(to: list, atomically: true, encoding: .utf8)
            Issue.record("written: look at the difference, and run this again without")
            return
        }
        #expect(text == expected)
        let manifest = try String(
            contentsOf: ScriptTests.root.appending(path: "Package.swift"), encoding: .utf8)
        for file in files { #expect(manifest.contains("\"\(file)\""), "Package.swift") }
    }

    /// What bills of materials say, and what people look for first.
    @Test func everyPackageSaysWhatItIs() throws {
        let graph = try PackageGraph.nodeos(for: .x8664)
        let folders = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
            .filter { !$0.hasSuffix(".swift") }
        for name in folders {
            let package = try graph.package(graph.reference(named: "\(name)-final"))
            #expect(package.about.licence != nil, "\(name)")
            #expect(package.about.supplier != nil, "\(name)")
            #expect(package.about.homepage != nil, "\(name)")
            // Once in the file, but for the address, which is Debian's.
            let text = try String(
                contentsOf: Self.folder.appending(path: "\(name)/\(name).toml"), encoding: .utf8)
            #expect(text.contains("version = \"\(package.version ?? "")\""), "\(name)")
        }
    }
}

/// Where sources come from.
@Suite struct SourceAddressTests {
    /// Files vanish from mirrors: each source of all recipes has a second address, of the same bytes.
    @Test func everySourceHasASecondAddress() throws {
        let graph = try PackageGraph.nodeos(for: .x8664)
        let names = graph.recipes.map(\.name)
        let sources = try graph.lower(names, in: .nodeos).derivations.map(\.derivation).filter {
            $0.builder.string == "builtin:fetchurl"
        }
        #expect(sources.count > 100)
        for source in sources {
            let urls = source.variable("urls")?.split(separator: " ") ?? []
            #expect(Set(urls).count >= 2, "\(source.name) has one address, or none")
        }
    }
}
