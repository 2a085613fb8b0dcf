import Primitives

/// What `doctor` found.
struct Diagnosis: CommandAnswer {
    /// How bad a finding is.
    enum Severity: String {
        /// As it should be.
        case good
        /// Something that only some commands need is missing.
        case missing
        /// Builds cannot work.
        case broken
    }

    /// One thing that was looked at.
    struct Finding {
        let subject: String
        let severity: Severity
        let message: String
        /// What to do, when there is something to do.
        var remedy: String?
    }

    var findings: [Finding] = []

    var json: JSONValue {
        .object([
            "findings": .array(
                findings.map { finding in
                    .object([
                        "subject": .string(finding.subject),
                        "severity": .string(finding.severity.rawValue),
                        "message": .string(finding.message),
                        "remedy": .optional(finding.remedy),
                    ])
                })
        ])
    }

    func text(for output: CommandOutput) -> StyledText {
        var text: StyledText = ""
        for finding in findings {
            let mark =
                switch finding.severity {
                case .good: output.coloured("ok     ", "32")
                case .missing: output.coloured("missing", "33")
                case .broken: output.coloured("broken ", "31")
                }
            text += "\(mark)  \(finding.subject): \(finding.message)\n"
            if let remedy = finding.remedy { text += "         -> \(remedy)\n" }
        }
        return text
    }

    /// Adds a finding.
    mutating func add(
        _ subject: String, _ severity: Severity, _ message: String, remedy: String? = nil
    ) {
        findings.append(
            Finding(subject: subject, severity: severity, message: message, remedy: remedy))
    }
}
