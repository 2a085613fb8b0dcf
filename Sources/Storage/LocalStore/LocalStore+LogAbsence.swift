import StoreDatabase
package import StoreModel

/// Why a store has no log of a path.
package enum LogAbsence: Hashable, Sendable {
    /// It is not valid here.
    case neverBuilt
    /// It was downloaded from this URL.
    case fetched(url: String)
    /// It was built here, and its log was removed.
    case lost
    /// It was imported, copied, or taken from a cache.
    case broughtHere
}

extension LocalStore {
    /// Why there is no log of `path`, a derivation or an output.
    package func logAbsence(of path: StorePath) throws -> LogAbsence {
        let isKnown = try path.isDerivation && database.isValid(path)
        let outputs = try isKnown ? Array(database.outputs(of: path).values) : [path]
        guard let output = try database.validPaths(among: outputs).min(), !output.isDerivation
        else { return .neverBuilt }
        let origins = try database.origins(of: output)
        if let origin = origins.first(where: { $0.url.hasPrefix("mirror://") }) ?? origins.first {
            // Some have a digest behind them, by which URLs with other credentials differ.
            return .fetched(url: String(origin.url.prefix { $0 != " " }))
        }
        return try database.info(output)?.isUltimate == true ? .lost : .broughtHere
    }
}
