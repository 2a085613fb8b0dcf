// What a session takes and answers with is spelled in these modules: one import gives all of it.
@_exported public import Audits
@_exported public import Giving
@_exported public import LocalStore
@_exported public import Primitives
@_exported public import Realisation
@_exported public import Sandbox
@_exported public import StoreDatabase
@_exported public import StoreModel
@_exported public import Substitutes

/// A store on this machine, opened by a program to work with it.
///
/// Everything that the session takes from outside stands in its ``configuration-swift.property``; it reads
/// no environment variable, prints nothing and asks nobody. Copies share the open store, and any number of
/// threads and tasks may use them. Other programs may work with the same store meanwhile.
///
/// Methods that are not `async` block their thread: for as long as a question to a database takes, and
/// where they read or write files, for as long as that takes.
public struct StoreSession: Sendable {
    /// What was taken from outside.
    public let configuration: Configuration
    package let store: LocalStore

    /// What a store is opened for.
    public enum Access: Sendable, Hashable, CaseIterable {
        /// To ask; nothing in it changes.
        case reading
        /// To ask and to change. Where this user may not write, the store is opened for reading.
        case writing
        /// As for writing; a store that is not there is made.
        case creating
        /// To collect garbage: as for writing, and the space that is kept for the day when the disk is full
        /// is given up first.
        case collecting
    }

    /// Opens the store of `configuration`.
    ///
    /// - Throws: ``StoreError/store(_:)`` when there is none, or when somebody else could change what this
    ///   user would trust; ``StoreError/database(_:)`` when its database cannot be used.
    public init(
        _ configuration: Configuration, access: Access = .writing
    ) throws(StoreError) {
        let access: StoreDatabase.Access =
            switch access {
            case .reading: .readOnly
            case .writing: .readWrite
            case .creating: .create
            case .collecting: Self.readWriteAfterMakingRoom(configuration.layout)
            }
        let store = try StoreError.wrapping {
            try LocalStore(opening: configuration.layout, access: access)
        }
        self.init(store, configuration)
    }

    /// A session with a store that is open already.
    package init(_ store: LocalStore, _ configuration: Configuration) {
        self.store = store
        self.configuration = configuration
    }

    /// This session, whose events go to `onEvent`.
    ///
    /// - Parameter onEvent: called from several threads at once; what it does takes time from the work.
    public func reporting(
        to onEvent: @escaping @Sendable (RealisationEvent) -> Void
    ) -> StoreSession {
        var configuration = configuration
        configuration.onEvent = onEvent
        return StoreSession(store, configuration)
    }

    /// Where the parts of the store lie.
    public var layout: StoreLayout { store.layout }

    /// The directory that store paths begin with.
    public var storeDirectory: StoreDirectory { store.storeDirectory }

    /// Whether the store can be asked, but not changed.
    public var isReadOnly: Bool { store.database.isReadOnly }

    /// Why what is in the store may be somebody else's doing; empty as a rule.
    public var faults: [StoreFault] { store.faults }

    private static func readWriteAfterMakingRoom(_ layout: StoreLayout) -> StoreDatabase.Access {
        LocalStore.prepareCollection(of: layout)
        return .readWrite
    }
}
