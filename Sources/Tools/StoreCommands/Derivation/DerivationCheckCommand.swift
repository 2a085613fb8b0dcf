package import ArgumentParser
import Audits
import Primitives
import StoreModel

/// `derivation check`: judges `.drv` files by their text alone.
package struct DerivationCheckCommand: StoreCommand {
    /// Name and help.
    package static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Judge .drv files without a store.",
        discussion: """
            Each file is parsed, printed again and compared byte for byte; its own store path and \
            the path of every output are computed from the text and compared with what is stated. \
            Inputs are looked up beside the file. Directories are read with their subdirectories, \
            but not the items of a store. The store directory is taken from the text unless \
            --store-dir says it.

            One line is printed for everything that differs, and a count at the end. A file whose \
            inputs are not there is inconclusive: --verbose names it.

            Exit status: 0 when all are right, 1 when one differs, 3 when none differs but some \
            are inconclusive.

            Example:
              nodeos-store derivation check /gnu/store
            """)

    @OptionGroup(title: "Store")
    var store: StoreOptions
    @OptionGroup
    var output: OutputOptions

    @Flag(name: .shortAndLong, help: "Also name what is inconclusive, and why.")
    var verbose = false

    @Argument(help: "Files, or directories that hold them.", completion: .file())
    var files: [String]

    /// The command without arguments.
    package init() {}

    /// Checks all files and prints the report.
    package func run(in context: CommandContext) async throws {
        let table = try DerivationFileTable(
            arguments: files, workingDirectory: context.workingDirectory)
        let checker = DerivationChecker(
            table: table, storeDirectory: try store.statedStoreDirectory(context))
        let report = try await checker.report()
        try output.print(
            DerivationCheckAnswer(report: report, isVerbose: verbose), to: context.output)
        if report.differentCount > 0 { throw SilentExit(.failure) }
        if report.inconclusiveCount > 0 { throw SilentExit(.inconclusive) }
    }
}

/// The report of `derivation check`, for people and programs.
private struct DerivationCheckAnswer: CommandAnswer {
    let report: DerivationCheckReport
    let isVerbose: Bool

    var json: JSONValue {
        .object([
            "checked": .count(report.checkedCount),
            "same": .count(report.sameCount),
            "different": .count(report.differentCount),
            "inconclusive": .count(report.inconclusiveCount),
            "findings": .array(
                report.findings.map { file, finding in
                    .object([
                        "file": .string(file),
                        "verdict": .string(finding.verdict.rawValue),
                        "offset": finding.offset.map { .count($0) } ?? .null,
                        "message": .string(message(finding)),
                    ])
                }),
        ])
    }

    func text(for output: CommandOutput) -> String {
        var text = ""
        for (file, finding) in report.findings where isVerbose || isAlwaysNamed(finding) {
            text += "\(file.oneLine): \(message(finding))\n"
        }
        text += "\(report.checkedCount) derivations: \(report.sameCount) right, "
        text += "\(report.differentCount) different, \(report.inconclusiveCount) inconclusive\n"
        return text
    }

    /// Whether it is worth a line without --verbose: the user can do something about it.
    private func isAlwaysNamed(_ finding: DerivationFinding) -> Bool {
        switch finding.doubt {
        case nil, .unnamed, .noStoreDirectory: true
        case .missingInput, .unknownOutput: false
        }
    }

    private func message(_ finding: DerivationFinding) -> String {
        finding.doubt == .noStoreDirectory
            ? finding.message + "; say it with --store-dir" : finding.message
    }
}
