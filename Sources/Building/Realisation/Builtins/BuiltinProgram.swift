import Sandbox
import Synchronization

/// The program that does `builtin:fetchurl` and `builtin:unpack` inside a sandbox: one that answers to
/// ``BuiltinChild/answer(_:)``, as the installed `nodeos-store` does.
///
/// A value that says which program is meant. Nothing is looked for before a builder of this kind runs, so
/// who needs none pays nothing.
public struct BuiltinProgram: Sendable {
    private enum Place: Sendable {
        case none
        case running
        case file(String)
        case installed(searchPath: String)
    }

    private let place: Place
    private let found = Mutexed<BuiltinFiles>()

    private init(_ place: Place) { self.place = place }

    /// None: derivations that fetch or unpack cannot be realised.
    public static var none: BuiltinProgram { BuiltinProgram(.none) }

    /// The running program, started again.
    ///
    /// - Throws: ``BuiltinProgramError/doesNotAnswer`` when it has never asked
    ///   ``BuiltinChild/answer(_:)``: started again it would do whatever else it does.
    public static func running() throws(BuiltinProgramError) -> BuiltinProgram {
        guard BuiltinChild.isAnswered else { throw .doesNotAnswer }
        return BuiltinProgram(.running)
    }

    /// The program in the file at `path`.
    public static func file(_ path: String) -> BuiltinProgram { BuiltinProgram(.file(path)) }

    /// `nodeos-store`: beside the running program, else in the directories of `searchPath`, which are
    /// separated by `:` as in `PATH`.
    public static func installed(searchPath: String) -> BuiltinProgram {
        BuiltinProgram(.installed(searchPath: searchPath))
    }

    /// Its files.
    ///
    /// - Throws: ``BuiltinProgramError``; the next call looks again.
    func files() throws(BuiltinProgramError) -> BuiltinFiles {
        if let known = found.value { return known }
        let files = try BuiltinFiles(image())
        found.value = files
        return files
    }

    private func image() throws(BuiltinProgramError) -> ProgramImage {
        switch place {
        case .none: throw .none
        case .running:
            guard let image = ProgramImage.current() else {
                throw .unusable("/proc/self/exe", reason: "it cannot be read")
            }
            return image
        case .file(let path): return try ProgramImage(asking: path)
        case .installed(let searchPath):
            return try ProgramImage(asking: Self.installedFile(searchPath))
        }
    }
}

/// Why there is no program for builtin builders.
public enum BuiltinProgramError: Error, Hashable, Sendable, CustomStringConvertible {
    /// None was named.
    case none
    /// The running program was named, and never asked whether it is such a child.
    case doesNotAnswer
    /// None of these files is there.
    case notFound([String])
    /// The file is no such program, or cannot be used.
    case unusable(String, reason: String)

    /// The sentence a user reads.
    public var description: String {
        switch self {
        case .none:
            "no program was named that does builtin:fetchurl and builtin:unpack"
        case .doesNotAnswer:
            "this program cannot do builtin:fetchurl and builtin:unpack: its first call must be "
                + "BuiltinChild.answer, or another program must be named that makes it"
        case .notFound(let files):
            "no nodeos-store was found for builtin:fetchurl and builtin:unpack; looked for "
                + files.map { "'\($0)'" }.joined(separator: ", ")
        case .unusable(let path, let reason):
            "'\(path)' cannot be used for builtin:fetchurl and builtin:unpack: \(reason)"
        }
    }
}

/// A value that is found later, shared by the copies of its owner.
private final class Mutexed<Value: Sendable>: Sendable {
    private let state = Mutex<Value?>(nil)

    var value: Value? {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}
