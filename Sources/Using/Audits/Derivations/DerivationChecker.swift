import Glibc
import Primitives
package import StoreModel
import Synchronization
import SystemSupport

/// Checks the `.drv` files of a table, inputs before those that use them.
///
/// Each worker walks the graph depth first from the files that nobody has begun, with a stack of
/// its own. Quotient hashes, 32 bytes a file, are shared and kept; derivations are not: only those
/// on a stack are in memory, and of a deep stack only the top. Two workers never wait for each
/// other: who meets a file that another has begun computes it again, and keeps quiet about it.
package struct DerivationChecker: Sendable {
    let table: DerivationFileTable
    /// The store directory of all files; `nil` to take it from each text.
    let storeDirectory: StoreDirectory?

    /// A checker.
    ///
    /// - Parameter storeDirectory: of all files; `nil` to take it from each text.
    package init(table: DerivationFileTable, storeDirectory: StoreDirectory?) {
        self.table = table
        self.storeDirectory = storeDirectory
    }

    /// Checks all requested files.
    package func report() async throws -> DerivationCheckReport {
        let progress = DerivationCheckProgress(fileCount: table.files.count)
        let workers = max(1, min(try Processors.workers(), 16, table.files.count))
        var findings: [(file: Int, finding: DerivationFinding)] = []
        await withTaskGroup(of: [(file: Int, finding: DerivationFinding)].self) { group in
            for _ in 0..<workers {
                group.addTask {
                    var worker = DerivationCheckWorker(checker: self, progress: progress)
                    worker.work()
                    return worker.findings
                }
            }
            for await found in group { findings += found }
        }
        findings = findings.filter { table.files[$0.file].isRequested }
        findings.sort {
            ($0.file, $0.finding.verdict.rawValue, $0.finding.message)
                < ($1.file, $1.finding.verdict.rawValue, $1.finding.message)
        }
        var report = DerivationCheckReport()
        report.checkedCount = table.files.count { $0.isRequested }
        let different = Set(findings.lazy.filter { $0.finding.verdict == .different }.map(\.file))
        report.differentCount = different.count
        report.inconclusiveCount = Set(findings.map(\.file)).subtracting(different).count
        report.findings = findings.map { (table.files[$0.file].path, $0.finding) }
        return report
    }
}

/// What a check found.
package struct DerivationCheckReport: Sendable {
    /// The number of files checked.
    package fileprivate(set) var checkedCount = 0
    /// The number of files with a finding that makes them different.
    package fileprivate(set) var differentCount = 0
    /// The number of other files that could not be judged whole.
    package fileprivate(set) var inconclusiveCount = 0
    /// Everything found, each with the path of its file, in the order of the files.
    package fileprivate(set) var findings: [(file: String, finding: DerivationFinding)] = []

    /// The number of files with no finding.
    package var sameCount: Int { checkedCount - differentCount - inconclusiveCount }
}

/// What the workers of one check share.
final class DerivationCheckProgress: Sendable {
    /// How far one file is.
    enum State {
        case new
        case begun
        /// Its quotient hash; `nil` when it cannot be computed.
        case done(QuotientHash?)
    }

    private struct Shared {
        var states: [State]
        var nextRoot = 0
    }

    private let shared: Mutex<Shared>

    init(fileCount: Int) {
        shared = Mutex(Shared(states: Array(repeating: .new, count: fileCount)))
    }

    /// The next file that nobody has begun and that `isRoot` holds for.
    func nextRoot(where isRoot: (Int) -> Bool) -> Int? {
        shared.withLock { shared in
            while shared.nextRoot < shared.states.count {
                let file = shared.nextRoot
                shared.nextRoot += 1
                if case .new = shared.states[file], isRoot(file) { return file }
            }
            return nil
        }
    }

    /// Begins `file`; `false` when somebody has.
    func begin(_ file: Int) -> Bool {
        shared.withLock { shared in
            guard case .new = shared.states[file] else { return false }
            shared.states[file] = .begun
            return true
        }
    }

    /// Keeps the quotient hash of `file`.
    func finish(_ file: Int, _ hash: QuotientHash?) {
        shared.withLock { $0.states[file] = .done(hash) }
    }

    /// The states of `files`.
    func states(_ files: [Int]) -> [State] {
        shared.withLock { shared in files.map { shared.states[$0] } }
    }
}
