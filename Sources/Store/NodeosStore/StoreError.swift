public import LocalStore
public import Realisation
public import StoreDatabase
public import StoreModel

/// Why a session could not do what it was asked for. What is valid in the store stays valid and whole.
public enum StoreError: Error, Sendable, CustomStringConvertible {
    /// The store on the disk: its files, locks and roots, and what is to be added to it.
    case store(LocalStoreError)
    /// The database, or a question about a path that is not valid.
    case database(StoreDatabaseError)
    /// A derivation that is not what it claims to be.
    case derivation(DerivationError)
    /// Something could not be realised.
    case realisation(RealisationError)
    /// The task was cancelled.
    case cancelled
    /// Anything else: of a binary cache, a mirror, an archive, the sandbox, or what a closure of the caller
    /// threw.
    case other(any Error)

    /// The error for `error`, of which nothing is lost.
    public init(_ error: any Error) {
        self =
            switch error {
            case let error as StoreError: error
            case let error as LocalStoreError: .store(error)
            case let error as StoreDatabaseError: .database(error)
            case let error as DerivationError: .derivation(error)
            case RealisationError.interrupted, is CancellationError: .cancelled
            case let error as RealisationError: .realisation(error)
            default: .other(error)
            }
    }

    /// The error within.
    public var underlying: any Error {
        switch self {
        case .store(let error): error
        case .database(let error): error
        case .derivation(let error): error
        case .realisation(let error): error
        case .cancelled: RealisationError.interrupted
        case .other(let error): error
        }
    }

    /// The sentence a user reads.
    public var description: String { "\(underlying)" }

    /// Runs `body`, whose errors become a session's.
    static func wrapping<Value: ~Copyable>(_ body: () throws -> Value) throws(StoreError) -> Value {
        do { return try body() } catch { throw StoreError(error) }
    }

    /// Runs `body`, whose errors become a session's.
    static func wrapping<Value>(
        _ body: () async throws -> Value
    ) async throws(StoreError) -> Value {
        do { return try await body() } catch { throw StoreError(error) }
    }
}
