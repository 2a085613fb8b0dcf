package import Primitives
package import StoreModel

/// Why packages cannot be described or lowered.
package enum RecipesError: Error, Sendable, Hashable, CustomStringConvertible {
    /// No package has this name.
    case unknownRecipe(String, known: [String])
    /// Two packages have this name.
    case duplicatePackage(String)
    /// A package names one that stands in another graph.
    case foreignReference(String)
    /// No seeds are known for this system.
    case noSeeds(system: String)
    /// The seed manifest of `system` is not what it should be.
    case badManifest(system: String, reason: String)
    /// The seed manifest of `system` has no group of this name.
    case noSeedGroup(String, system: String)
    /// The digest of a download cannot be read.
    case badDigest(url: String, DigestError)
    /// A template has a line that means nothing.
    case badTemplate(name: String, line: Int, reason: String)
    /// A template names a variable that the package does not set.
    case unknownVariable(String, template: String, line: Int)
    /// A package sets a variable that lowering sets itself.
    case reservedVariable(String, package: String)
    /// A package uses an output that another does not have.
    case unknownOutput(String, package: String)
    /// A package's derivation cannot be named or hashed.
    case notADerivation(package: String, DerivationError)
    /// A recipe of the catalogue is none.
    case badRecipe(RecipeFileError)
    /// A file's name is no store name.
    case badName(String, StorePathError)

    /// The sentence a user reads.
    package var description: String {
        switch self {
        case .unknownRecipe(let name, let known):
            "there is no recipe '\(name)'; "
                + (RecipeName.nearest(to: name, among: known).map { "did you mean '\($0)'?" }
                    ?? "there are: \(known.joined(separator: ", "))")
        case .duplicatePackage(let name):
            "two packages are named '\(name)'; give one another name or stage"
        case .foreignReference(let name):
            "the package '\(name)' stands in another graph; add it to this one first"
        case .noSeeds(let system):
            "there are no binary seeds for \(system) yet: bootstrap-seeds/ has no \(system).json"
        case .badManifest(let system, let reason):
            "bootstrap-seeds/\(system).json: \(reason)"
        case .noSeedGroup(let group, let system):
            "bootstrap-seeds/\(system).json has no group '\(group)'"
        case .badDigest(let url, let error):
            "the digest given for \(url) cannot be read: \(error)"
        case .badTemplate(let name, let line, let reason):
            "\(name), line \(line): \(reason)"
        case .unknownVariable(let variable, let template, let line):
            "\(template), line \(line): unknown variable ${\(variable)}; "
                + "set it in the package's environment or correct the name"
        case .reservedVariable(let variable, let package):
            "the package '\(package)' sets '\(variable)', which every derivation gets from lowering"
        case .unknownOutput(let output, let package):
            "the package '\(package)' has no output '\(output)'"
        case .notADerivation(let package, let error):
            "the package '\(package)' makes no derivation: \(error)"
        case .badRecipe(let error): error.description
        case .badName(let name, let error):
            "'\(name)' cannot be a name in the store: \(error)"
        }
    }
}
