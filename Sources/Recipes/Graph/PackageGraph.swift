/// Packages in the order they were added: each names only earlier ones.
package struct PackageGraph: Sendable, Hashable {
    /// The processor that all of them are for.
    package let cpu: CPU
    /// The packages.
    package private(set) var packages: [Package] = []
    private var references: [String: PackageReference] = [:]

    /// A graph without packages.
    package init(for cpu: CPU) { self.cpu = cpu }

    /// Adds a package, which others may then use.
    ///
    /// - Throws: ``RecipesError/duplicatePackage(_:)`` when the graph has one of that name.
    package mutating func add(_ package: Package) throws(RecipesError) -> PackageReference {
        let name = package.fullName
        guard references[name] == nil else { throw .duplicatePackage(name) }
        let reference = PackageReference(index: packages.count, name: name)
        packages.append(package)
        if package.about == PackageAbout(), package.stage != .own {
            packages[packages.count - 1].about = PackageAbout.ofNodeOS(package)
        }
        references[name] = reference
        return reference
    }

    /// The package that `reference` stands for.
    ///
    /// - Throws: ``RecipesError/foreignReference(_:)`` for a reference of another graph.
    package func package(_ reference: PackageReference) throws(RecipesError) -> Package {
        guard packages.indices.contains(reference.index),
            packages[reference.index].fullName == reference.name
        else { throw .foreignReference(reference.name) }
        return packages[reference.index]
    }

    /// The package called `name`, with its stage: `node-seed`.
    ///
    /// - Throws: ``RecipesError/unknownRecipe(_:known:)``.
    package func reference(named name: String) throws(RecipesError) -> PackageReference {
        guard let reference = references[name] else {
            throw .unknownRecipe(name, known: references.keys.sorted())
        }
        return reference
    }

    /// The packages that say in one line what they are, by name.
    package var recipes: [Recipe] {
        packages.compactMap { package in
            package.summary.map {
                Recipe(name: package.fullName, version: package.version, summary: $0)
            }
        }.sorted { $0.name < $1.name }
    }
}
