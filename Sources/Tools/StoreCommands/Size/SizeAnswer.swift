import Primitives
import StoreModel

/// What `size` answers.
struct SizeAnswer: CommandAnswer {
    let report: SizeReport
    let directory: StoreDirectory

    var json: JSONValue {
        .object([
            "paths": .array(
                report.rows.map { row in
                    .object([
                        "path": .string(directory.path(of: row.path)), "narSize": .count(row.own),
                        "diskSize": .count(row.disk), "closureSize": .count(row.closure),
                        "closureCount": .count(row.closureCount),
                        "sharedSize": .count(row.shared), "exclusiveSize": .count(row.exclusive),
                    ])
                }),
            "total": .object([
                "narSize": .count(report.own), "diskSize": .count(report.disk),
                "closureSize": .count(report.closure), "closureCount": .count(report.closureCount),
            ]),
        ])
    }

    func text(for output: CommandOutput) -> String {
        var table = TextTable(
            ["self", "disk", "closure", "shared", "exclusive", "path"],
            rightAligned: [0, 1, 2, 3, 4])
        for row in report.rows {
            table.add(
                [row.own, row.disk, row.closure, row.shared, row.exclusive].map {
                    "\(ByteCount($0))"
                } + [directory.path(of: row.path)])
        }
        if report.rows.count > 1 {
            let exclusive = report.rows.map(\.exclusive).saturatingSum
            let shared = report.closure - min(report.closure, exclusive)
            table.add(
                [report.own, report.disk, report.closure, shared, report.closure - shared].map {
                    "\(ByteCount($0))"
                } + ["all together"])
        }
        return table.text
    }
}
