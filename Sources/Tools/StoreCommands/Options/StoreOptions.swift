import ArgumentParser
package import LocalStore
import NodeosStore
import StoreDatabase
package import StoreModel
import SystemSupport

/// Where the store is: options of every command, accepted before and after its name.
package struct StoreOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Keep the store's bytes under <dir>; its paths, and so all hashes, stay as they are.",
            discussion: "Needs no privileges. Environment: NODEOS_ROOT.", valueName: "dir"),
        transform: PlaceArgument.store)
    var root: [String] = []

    @Option(
        help: ArgumentHelp(
            "The store directory, part of every hash.",
            discussion: "Environment: NODEOS_STORE_DIR; else /nodeos/store.", valueName: "dir"),
        transform: PlaceArgument.directory)
    var storeDir: String?

    @Option(
        help: ArgumentHelp(
            "Database, roots, logs and locks.",
            discussion: "Environment: NODEOS_STATE_DIR; else /nodeos/var/nodeos.",
            valueName: "dir"), transform: PlaceArgument.directory)
    var stateDir: String?

    @Option(
        help: ArgumentHelp(
            "A folder of recipes of your own, each in a folder of its name.",
            discussion: "Environment: NODEOS_RECIPES.", valueName: "dir"),
        transform: PlaceArgument.directory)
    var recipes: String?

    /// No options given.
    package init() {}
}

extension StoreOptions {
    /// The store directory asked for, by option or environment; `nil` when none was.
    func statedStoreDirectory(_ context: CommandContext) throws -> StoreDirectory? {
        guard let path = storeDir ?? context.variable("NODEOS_STORE_DIR") else { return nil }
        return try StoreDirectory(path)
    }

    /// The directory that the store's bytes are under, absolute and plain; `nil` when they are in
    /// place. Given several times, the last counts.
    ///
    /// - Throws: ``HostError/system(_:_:_:)`` when it leads up from a directory that cannot be
    ///   found.
    package func root(_ context: CommandContext) throws -> String? {
        try (root.last ?? context.variable("NODEOS_ROOT")).map {
            try PlainPath.of(context.absolute($0))
        }
    }

    /// The store directory: option, environment, `/nodeos/store`.
    package func storeDirectory(_ context: CommandContext) throws -> StoreDirectory {
        try statedStoreDirectory(context) ?? .nodeos
    }

    /// Where the parts of the store lie.
    package func layout(_ context: CommandContext) throws -> StoreLayout {
        try layout(root: root(context), context)
    }

    /// Where the parts of each store lie that a root was given for: for commands that compare
    /// several.
    func layouts(_ context: CommandContext) throws -> [StoreLayout] {
        try root.map { try layout(root: PlainPath.of(context.absolute($0)), context) }
    }

    private func layout(root: String?, _ context: CommandContext) throws -> StoreLayout {
        if self.root.isEmpty { _ = try PlaceArgument.store(variable: "NODEOS_ROOT", context) }
        let state = stateDir ?? context.variable("NODEOS_STATE_DIR") ?? "/nodeos/var/nodeos"
        guard StoreDirectory.isNormalised(state) else {
            throw StoreCommandsError.badArgument(
                state, reason: "a state directory must be an absolute, normalised path")
        }
        return StoreLayout(
            storeDirectory: try storeDirectory(context), stateDirectory: state,
            root: root?.isEmpty == true ? nil : root)
    }

    /// Opens the store to ask it, or to change what is in it.
    ///
    /// - Throws: ``LocalStoreError/missingStore(path:)`` when there is none: nobody asks about, or
    ///   deletes from, a store that is not there, so its place is misspelt.
    package func open(_ context: CommandContext, mayWrite: Bool = false) throws -> LocalStore {
        let store = try LocalStore(
            opening: layout(context), access: mayWrite ? .readWrite : .readOnly)
        if let fault = store.faults.first {
            try context.errorOutput.print("warning: \(fault) (\(fault.remedy))")
        }
        return store
    }

    /// Opens the store; as ``open(_:mayWrite:)`` and ``openOrMake(_:)``.
    func session(
        _ context: CommandContext, _ access: StoreSession.Access = .reading
    ) throws -> StoreSession {
        var configuration = StoreSession.Configuration(layout: try layout(context))
        configuration.clock = context.now
        let session = try StoreSession(configuration, access: access)
        // Of a store that is made or added to, faults are errors.
        if access != .creating, let fault = session.faults.first {
            try context.errorOutput.print("warning: \(fault) (\(fault.remedy))")
        }
        return session
    }

    /// Opens the store to add to it; one that is not there is made.
    package func openOrMake(_ context: CommandContext) throws -> LocalStore {
        try LocalStore(opening: layout(context), access: .create)
    }
}
