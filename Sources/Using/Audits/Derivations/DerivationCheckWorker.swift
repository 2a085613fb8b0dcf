import Primitives
import StoreModel

/// One of the walks through the graph of a ``DerivationChecker``.
struct DerivationCheckWorker {
    /// A file on the way from a root to the file being looked at.
    private struct Frame {
        let file: Int
        /// Whether its findings are this worker's to tell.
        let isOurs: Bool
        /// The derivation; `nil` when it was dropped to save memory.
        var loaded: CheckedDerivation?
        /// The inputs that are there, not yet looked at.
        var inputs: [Int]
    }

    /// More bytes of derivations than this are not kept on a stack; the bottom is read again.
    private static let heldBytesLimit = 32 << 20

    let checker: DerivationChecker
    let progress: DerivationCheckProgress
    /// Everything found, with the file's index.
    private(set) var findings: [(file: Int, finding: DerivationFinding)] = []
    private var stack: [Frame] = []
    private var onStack: Set<Int> = []
    private var lowestHeld = 0
    private var heldBytes = 0

    init(checker: DerivationChecker, progress: DerivationCheckProgress) {
        self.checker = checker
        self.progress = progress
    }

    /// Checks files until all are begun.
    mutating func work() {
        let table = checker.table
        while let root = progress.nextRoot(where: { table.files[$0].isRequested }) {
            push(root)
            while !stack.isEmpty { step() }
        }
    }

    /// Goes down to the next input that has no hash yet, or finishes the file on top.
    private mutating func step() {
        let top = stack.count - 1
        while let input = stack[top].inputs.popLast() {
            if onStack.contains(input) { continue }
            if case .done? = progress.states([input]).first { continue }
            push(input)
            return
        }
        finish()
    }

    private mutating func push(_ file: Int) {
        let isOurs = progress.begin(file)
        guard let loaded = load(file, isOurs: isOurs) else {
            progress.finish(file, nil)
            return
        }
        let directory = checker.table.files[file].directory
        // A fixed output's hash needs no inputs.
        let inputs =
            loaded.derivation.fixedOutput == nil
            ? loaded.derivation.inputDerivations.keys.compactMap {
                checker.table.file($0.baseName, in: directory)
            } : []
        stack.append(Frame(file: file, isOurs: isOurs, loaded: loaded, inputs: inputs))
        onStack.insert(file)
        heldBytes += loaded.byteCount
        while heldBytes > Self.heldBytesLimit, lowestHeld < stack.count - 1 {
            heldBytes -= stack[lowestHeld].loaded?.byteCount ?? 0
            stack[lowestHeld].loaded = nil
            lowestHeld += 1
        }
    }

    private mutating func finish() {
        let frame = stack.removeLast()
        onStack.remove(frame.file)
        let held = frame.loaded?.byteCount ?? 0
        heldBytes -= held
        lowestHeld = min(lowestHeld, stack.count)
        guard let loaded = frame.loaded ?? load(frame.file, isOurs: false) else {
            progress.finish(frame.file, nil)
            return
        }
        var hashes: [StorePath: QuotientHash] = [:]
        if loaded.derivation.fixedOutput == nil {
            let directory = checker.table.files[frame.file].directory
            var paths: [StorePath] = []
            var files: [Int] = []
            for path in loaded.derivation.inputDerivations.keys {
                guard let file = checker.table.file(path.baseName, in: directory) else { continue }
                paths.append(path)
                files.append(file)
            }
            for (path, state) in zip(paths, progress.states(files)) {
                if case .done(let hash?) = state { hashes[path] = hash }
            }
        }
        if frame.isOurs {
            tell(frame.file, loaded.outputFindings(inputHashes: hashes))
        }
        progress.finish(frame.file, loaded.quotientHash(inputHashes: hashes))
    }

    private mutating func load(_ file: Int, isOurs: Bool) -> CheckedDerivation? {
        let entry = checker.table.files[file]
        do {
            let text = try checker.table.read(file)
            let loaded = try CheckedDerivation(
                text: text, baseName: entry.baseName, storeDirectory: checker.storeDirectory)
            if isOurs { tell(file, loaded.textFindings(text)) }
            return loaded
        } catch let error as DerivationError {
            var offset: Int?
            if case .syntax(let place, _, _) = error { offset = place }
            if isOurs { tell(file, [.different("\(error)", offset: offset)]) }
        } catch {
            if isOurs { tell(file, [.different("\(error)")]) }
        }
        return nil
    }

    private mutating func tell(_ file: Int, _ found: [DerivationFinding]) {
        findings += found.map { (file, $0) }
    }
}
