import Primitives
public import StoreModel
import SystemSupport

/// Why a store on this machine could not do what was asked. What is valid stays whole in every
/// case; what was begun is removed at once or by the next run.
public enum LocalStoreError: Error, Sendable, CustomStringConvertible {
    /// The store's directories cannot be made here.
    case cannotCreate(path: String, reason: String)
    /// There is no store here.
    case missingStore(path: String)
    /// What the store is made of is not what it should be, or somebody else can change it.
    case unsafe(StoreFault)
    /// The store holds paths, but which of them are valid is not known any more.
    case lostDatabase(file: String)
    /// Another process works with the store, which must not change under it.
    case inUse(by: String)
    /// A system call failed on `path`.
    case system(operation: String, path: String, code: Int32)
    /// The build ended well and left no such output.
    case missingOutput(StorePath)
    /// A flat hash is of one regular file; this is something else.
    case notFlat(path: String, reason: String)
    /// An item's bytes do not give the path or hash that it claims.
    case wrongContent(StorePath, stated: String, computed: String)
    /// A path does not follow from the content address that is registered, or stated, with it.
    case falseAddress(StorePath, address: String)
    /// A fixed output is valid here, and its contents are not what its derivation states.
    case falselyValid(StorePath, derivation: StorePath)
    /// A `.drv` in the store cannot be used.
    case badDerivation(StorePath, reason: String)
    /// A file or tree was to be added under a derivation's name.
    case derivationName(String)
    /// A derivation needs another that is neither valid nor added with it.
    case missingInput(derivation: String, input: StorePath)
    /// A root's link would replace something that is not a link into the store.
    case linkOccupied(path: String)
    /// A link that may keep something cannot be read: nobody knows what is garbage.
    case unreadableRoot(UnreadableRoot)
    /// Processes that use the store cannot be seen.
    case invisibleProcesses(path: String, reason: String)
    /// No log of this path is kept here.
    case missingLog(StorePath)
    /// Something lies in a log's place that is no regular file.
    case notALog(path: String)
    /// The kind of hash cannot be used for this.
    case unsupportedMethod(ContentAddressMethod)
    /// A path to be deleted is kept by a root: itself, or what the root keeps refers to it.
    case stillAlive(StorePath, root: StoreRoot)
    /// Deleting ended early for this path; it is not valid any more, and the next collection
    /// removes what is left.
    case notRemoved(name: String, reason: String)
    /// The stream of an import is not what `export` writes.
    case malformedExport(offset: UInt64, reason: String)
    /// A copy would go to a store of other paths.
    case otherStoreDirectory(String, expected: String)

    /// The sentence a user reads.
    public var description: String { sentence.oneLine }

    private var sentence: String {
        switch self {
        case .cannotCreate(let path, let reason):
            "cannot create '\(path)': \(reason); create it as root and give it to this user"
        case .missingStore(let path):
            "there is no store in '\(path)'"
        case .unsafe(let fault): "\(fault). To go on: \(fault.remedy)"
        case .lostDatabase(let file):
            "the store holds paths, but its database '\(file)' is gone or empty"
        case .inUse(let link):
            "another process uses the store ('\(link)'); wait for it, or stop it, and try again"
        case .system(let operation, let path, let code):
            "cannot \(operation) '\(path)': \(systemMessage(code))"
        case .missingOutput(let path):
            "the builder ended without an error, but did not make its output '\(path)'"
        case .notFlat(let path, let reason):
            "'\(path)' cannot have a flat hash: \(reason); use a recursive one"
        case .wrongContent(let path, let stated, let computed):
            "the content of '\(path)' is not what it claims: expected \(stated), got \(computed)"
        case .falseAddress(let path, let address):
            "the content address '\(address)' is not that of '\(path)'"
        case .falselyValid(let path, let derivation):
            "'\(path)' is valid in this store, but its contents are not those that '\(derivation)' "
                + "states"
        case .badDerivation(let path, let reason):
            "the derivation '\(path)' cannot be used: \(reason)"
        case .derivationName(let name):
            "'\(name)' is the name of a derivation, and those are checked when they are added"
        case .missingInput(let derivation, let input):
            "the derivation '\(derivation)' needs '\(input)', which is not in the store; add it "
                + "first"
        case .linkOccupied(let path):
            "'\(path)' exists and is no link into the store; remove it or choose another name"
        case .unreadableRoot(let root):
            "cannot read the root '\(root.target)': \(root.reason); it may keep something, so nothing "
                + "is deleted: make it readable for this user, or remove '\(root.link)' when the link "
                + "is not needed any more"
        case .invisibleProcesses(let path, let reason):
            "cannot see what running processes use, because of '\(path)': \(reason); they may use "
                + "what no root keeps, so nothing is deleted"
        case .missingLog(let path):
            "there is no build log of '\(path)' in this store"
        case .notALog(let path): "'\(path)' should be a build log, and is no regular file"
        case .unsupportedMethod(let method):
            "items cannot be added with the hash method "
                + "'\(method.rawValue.isEmpty ? "flat" : method.rawValue)'"
        case .stillAlive(let path, let root):
            "'\(path)' is not deleted: it is kept by \(root)"
                + (root.target == path ? "" : ", through '\(root.target)'")
        case .notRemoved(let name, let reason):
            "'\(name)' could not be removed whole: \(reason); the next collection tries again"
        case .malformedExport(let offset, let reason):
            "the stream is not the export of a store: at byte \(offset), \(reason); what came before "
                + "it is in the store"
        case .otherStoreDirectory(let directory, let expected):
            "a store of '\(directory)' cannot hold paths of '\(expected)'"
        }
    }
}
