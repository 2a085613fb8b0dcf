import Primitives
import Realisation
import StoreModel
import Synchronization

/// Shows a realisation while it runs, on standard error. Events come from several tasks at once;
/// what is drawn is made from the state alone.
final class ProgressDisplay: Sendable {
    private struct Contents {
        var state = ProgressState()
        var drawnLines = 0
        var lastDrawn = -1.0
        var lastAlive: [StorePath: Double] = [:]
        /// What is to be written when the user's shell gives the terminal back; `nil` when no shell
        /// has it.
        var held: [StyledText]?
    }

    private let contents = Mutex(Contents())
    private let output: CommandOutput
    private let format: LogFormat
    private let jobs: Int
    /// Whether to say at once why something failed: the end, which says it, may be far.
    private let saysReasons: Bool
    private let start = ContinuousClock.now

    /// How often the bar is redrawn at most, in seconds.
    private static let interval = 0.1
    /// How often a line format says that a derivation is still being built, in seconds.
    private static let aliveInterval = 60.0

    init(output: CommandOutput, format: LogFormat, jobs: Int, saysReasons: Bool = false) {
        self.output = output
        self.format = format
        self.jobs = jobs
        self.saysReasons = saysReasons
    }

    /// Takes in an event and shows it.
    func handle(_ event: RealisationEvent) {
        let now = seconds()
        contents.withLock { contents in
            contents.state.apply(event, at: now)
            let lines =
                format == .json
                ? [StyledText(ProgressJSON.line(event, at: now))]
                : permanentLines(event, contents.state)
            if case .shellEnded = event {
                for line in contents.held ?? [] { write(line) }
                contents.held = nil
            }
            guard contents.held == nil else {
                contents.held? += lines
                return
            }
            if !lines.isEmpty { clear(&contents) }
            for line in lines { write(line) }
            if case .shell = event {
                clear(&contents)
                contents.held = []
            } else if format == .bar {
                draw(&contents, now, isUrgent: !lines.isEmpty)
            }
        }
    }

    /// Keeps times moving while nothing happens; ends when its task is cancelled.
    func tick() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(200))
            // What is drawn after the end would stay.
            if Task.isCancelled { return }
            let now = seconds()
            contents.withLock { contents in
                guard contents.held == nil else { return }
                switch format {
                case .bar: draw(&contents, now, isUrgent: true)
                case .plain, .raw: sayAlive(&contents, now)
                case .json: break
                }
            }
        }
    }

    /// Removes the bar while `body` runs, which stops this process; the next tick draws it again.
    func stepAside(_ body: () -> Void) {
        contents.withLock {
            clear(&$0)
            body()
        }
    }

    /// Removes the bar.
    func finish() {
        contents.withLock { clear(&$0) }
    }

    private func seconds() -> Double { (ContinuousClock.now - start) / .seconds(1) }

    // MARK: Lines that stay

    private func permanentLines(_ event: RealisationEvent, _ state: ProgressState) -> [StyledText] {
        switch event {
        case .planned(let plan, let expected):
            if plan.isEmpty { return [] }
            let summary = PlanSummary(plan, expected: expected, jobs: jobs)
            return ([summary.line] + summary.staleLines).map { StyledText($0) }
        case .waiting(let path):
            return ["waiting for the lock of '\(title(path))': another process is making it"]
        case .started(let path, let kind):
            guard format != .bar, kind != .fetch else { return [] }
            let time = state.expectedSeconds(path).map { " (about \(duration($0)))" } ?? ""
            return ["\(kind == .build ? "building" : "unpacking") \(title(path))\(time)"]
        case .log(let path, let line):
            guard format == .raw else { return [] }
            return ["\(title(path))> \(ProgressState.printable(line))"]
        case .repeated(let path, let round, let total):
            let verb = state.kind(of: path) == .fetch ? "fetching" : "building"
            return ["\(verb) \(title(path)) again, \(round) of \(total)"]
        case .agreed(let path, let builds):
            return [
                "\(output.coloured("same", "32")) \(title(path)): \(builds) builds, equal bytes"
            ]
        case .diffHook(_, let line): return [StyledText(ProgressState.printable(line))]
        case .shell(let path, let error, let command):
            return shellLines(path, error, command)
        case .shellEnded(let path, let problem):
            return problem.map { ["no shell for \(title(path)): \($0)"] } ?? []
        case .substitution(let event):
            return SubstitutionText.lines(event, isBar: format == .bar, output)
        case .remark(let text): return [StyledText(text)]
        case .progress, .alreadyValid: return []
        case .finished(let path, let time):
            let isFetch = state.kind(of: path) == .fetch
            // The bar counts downloads; a line for each would push what matters off the screen.
            if isFetch, format == .bar { return [] }
            let verb = output.coloured(isFetch ? "fetched" : "made", "32")
            return ["\(verb) \(title(path)) in \(duration(time))"]
        case .failed(let path, let error):
            if case .interrupted = error { return [] }
            let reason = saysReasons ? ": \(output.hints.completed(Hints.sentence(error)))" : ""
            return ["\(output.coloured("failed", "1;31")) \(title(path))\(reason)"]
        }
    }

    private func shellLines(
        _ path: StorePath, _ error: RealisationError, _ command: String
    ) -> [StyledText] {
        let builder = ProgressState.printable(Array(command.utf8))
        return [
            "\(output.coloured("failed", "1;31")) \(title(path)): \(output.hints.completed(Hints.sentence(error)))",
            "A shell in its sandbox: /build and the outputs are as the builder left them. Nothing is",
            "registered; 'exit' goes on. \(builder.count < 300 ? "The builder was: \(builder)" : "")",
        ]
    }

    private func sayAlive(_ contents: inout Contents, _ now: Double) {
        for item in contents.state.running {
            let last = contents.lastAlive[item.path] ?? item.since
            guard now - last >= Self.aliveInterval else { continue }
            contents.lastAlive[item.path] = now
            let line = item.lastLine.isEmpty ? "" : ": \(item.lastLine.prefix(80))"
            write(
                "still at \(title(item.path)), \(duration(now - item.since))\(line)"
            )
        }
    }

    // MARK: The bar

    private func draw(_ contents: inout Contents, _ now: Double, isUrgent: Bool) {
        guard isUrgent || now - contents.lastDrawn >= Self.interval else { return }
        guard !contents.state.running.isEmpty else { return clear(&contents) }
        // Asked each time: people change the size of their windows.
        let size = output.size()
        let lines = barLines(contents.state, now).prefix(max(0, size.rows - 1))
        guard !lines.isEmpty, size.columns > 1 else { return clear(&contents) }
        var text: StyledText = ""
        if contents.drawnLines > 0 { text += .cursorUp(contents.drawnLines) }
        for line in lines {
            text += .clearedLine + StyledText(Self.fitted(line, to: size.columns - 1)) + "\n"
        }
        // Lines of an earlier, taller bar.
        if contents.drawnLines > lines.count { text += .clearedBelow }
        // What is drawn is no answer: the work goes on without it.
        try? output.write(text)
        contents.drawnLines = lines.count
        contents.lastDrawn = now
    }

    private func clear(_ contents: inout Contents) {
        guard contents.drawnLines > 0 else { return }
        // As in `draw`.
        try? output.write(.cursorUp(contents.drawnLines) + .clearedBelow as StyledText)
        contents.drawnLines = 0
    }

    /// The bar: one line of totals, then one for each running derivation, at most eight.
    private func barLines(_ state: ProgressState, _ now: Double) -> [String] {
        var totals: [String] = []
        for (kind, verb) in [(BuildPlan.Kind.build, "built"), (.unpack, "unpacked")] {
            guard let planned = state.planned[kind] else { continue }
            totals.append("\(state.finished[kind, default: 0]) of \(planned) \(verb)")
        }
        if let planned = state.planned[.fetch] {
            var text = "\(state.finished[.fetch, default: 0]) of \(planned) fetched"
            if state.fetchBytes > 0 {
                text += " (\(ByteCount(state.bytesSoFar)) of \(ByteCount(state.fetchBytes)))"
            }
            totals.append(text)
        }
        if let left = state.timeLeft(at: now, jobs: jobs) {
            totals.append(
                "\(left.isLowerBound ? "more than" : "about") \(duration(left.seconds)) left")
        }
        totals.append(duration(now))
        var lines = [totals.joined(separator: ", ")]
        for item in state.running.prefix(8) {
            var line = "  \(title(item.path))  "
            if item.isWaiting {
                line += "waiting for another process"
            } else if item.kind == .fetch {
                line +=
                    "\(ByteCount(item.done))"
                    + (item.total > 0 ? " of \(ByteCount(item.total))" : "")
            } else {
                line += duration(now - item.since)
                if let expected = state.expectedSeconds(item.path) {
                    line += " of about \(duration(expected))"
                }
                line += "  \(item.lastLine)"
            }
            lines.append(line)
        }
        if state.running.count > 8 { lines.append("  and \(state.running.count - 8) more") }
        return lines
    }

    /// The beginning of `line` that takes at most so many columns. Characters from U+1100 on may be two
    /// wide and count as that; a line too short does no harm, one that wraps spoils the bar.
    private static func fitted(_ line: String, to columns: Int) -> String {
        var left = columns
        let fitting = TerminalCleaner.clean(line.oneLine).unicodeScalars.prefix { scalar in
            left -= scalar.value < 0x1100 ? 1 : 2
            return left >= 0
        }
        return String(String.UnicodeScalarView(fitting))
    }

    private func title(_ path: StorePath) -> String { PlanSummary.title(path) }
    private func duration(_ seconds: Double) -> String { PlanSummary.duration(seconds) }
    /// Progress is no answer: the work goes on when nobody can be told.
    private func write(_ line: StyledText) { try? output.print(line) }
}
