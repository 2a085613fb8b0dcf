import Foundation
import Primitives
import StoreModel
import TestSupport
import Testing

extension FaultInjectionTests {
    static let cases = making + keeping + repairing

    /// Commands by which paths become valid.
    private static let making = [
        Case(
            name: "realise",
            prepare: { store in
                let first = try store.derive("first", "mkdir -p $out/d; echo first > $out/d/file")
                let second = try store.derive(
                    "second", "cp -r \(first.output()) $out; echo $doc > $doc", inputs: [first],
                    outputs: ["out", "doc"])
                return Run(
                    arguments: ["realise", second.drv],
                    kept: [store.tools, first.drv, second.drv],
                    made: [first.output(), second.output(), second.output("doc")])
            }),
        Case(
            name: "add",
            prepare: { store in
                for number in 0..<5 {
                    try store.directory.write("\(number)", to: "tree/d/\(number)")
                }
                let tree = store.directory.file("tree")
                let path = try store.succeed("add", tree).lines[0]
                try store.succeed("gc", "--delete", path)
                return Run(arguments: ["add", tree], kept: [store.tools], made: [path])
            }),
        Case(
            name: "import",
            prepare: { store in
                try store.directory.write("text", to: "tree/file")
                let path = try store.succeed("add", store.directory.file("tree")).lines[0]
                // All of it is ASCII: a text as short as this has only small numbers in its NAR.
                let stream = try store.succeed("export", path).output
                try store.succeed("gc", "--delete", path)
                return Run(
                    arguments: ["import"], input: stream, kept: [store.tools], made: [path])
            }),
        Case(
            name: "substitute",
            prepare: { store in
                try store.directory.write("text", to: "tree/d/file")
                let path = try store.succeed("add", store.directory.file("tree")).lines[0]
                let cache = try CacheFixture(store)
                try cache.add(path, of: store) { narInfo, _ in
                    let hash = narInfo.info.narHash.prefixedNix32
                    narInfo.info.contentAddress = "fixed:r:\(hash)"
                }
                try store.succeed("gc", "--delete", path)
                return Run(
                    arguments: ["realise", "--substituters", cache.url, path],
                    kept: [store.tools], made: [path],
                    // Here a killed run may leave an answer of the cache.
                    variables: ["TMPDIR": store.directory.path])
            }),
        Case(
            name: "copy",
            prepare: { store in
                try store.directory.write("text", to: "tree/file")
                let path = try store.succeed("add", store.directory.file("tree")).lines[0]
                let other = store.directory.file("other")
                try copy(store.root, to: other)
                try store.succeed("gc", "--delete", path)
                return Run(
                    arguments: ["copy", "--from", other, path], kept: [store.tools], made: [path])
            }),
    ]

    /// Commands that change what is there, and keep it valid.
    private static let keeping = [
        Case(
            name: "gc",
            prepare: { store in
                let kept = try store.derive("kept", "mkdir $out; echo kept > $out/file")
                try store.realise(kept, "--add-root", store.directory.file("link"))
                let dead = try store.derive("dead", "mkdir $out; echo dead > $out/file")
                try store.realise(dead)
                return Run(arguments: ["gc"], kept: [kept.output()])
            }),
        Case(
            name: "optimise",
            prepare: { store in
                let paths = try ["a", "b"].map { name in
                    for file in ["same", "twin"] {
                        try store.directory.write("the same", to: "\(name)/d/\(file)")
                    }
                    try store.directory.write(name, to: "\(name)/own")
                    return try store.succeed("add", store.directory.file(name)).lines[0]
                }
                return Run(arguments: ["optimise"], kept: paths + [store.tools])
            }),
        Case(
            name: "db rebuild",
            prepare: { store in
                let item = try store.derive("item", "mkdir $out; echo item > $out/file")
                try store.realise(item)
                let database = store.real("/nodeos/var/nodeos/db/")
                for name in try FileManager.default.contentsOfDirectory(atPath: database)
                where name.hasPrefix("db.sqlite") {
                    try FileManager.default.removeItem(atPath: database + name)
                }
                return Run(
                    arguments: ["db", "rebuild"], kept: [],
                    made: [store.tools, item.drv, item.output()], isLost: true)
            }),
    ]

    /// Commands that replace what is damaged; with and without the system call that exchanges two
    /// names.
    private static let repairing = [[:], ["NO_EXCHANGE": "1"]].flatMap { variables in
        let suffix = variables.isEmpty ? "" : ", no exchange"
        return [
            Case(
                name: "verify --repair" + suffix,
                prepare: { store in
                    let backup = store.directory.file("backup")
                    try store.directory.write("text", to: "tree/d/file")
                    let path = try store.succeed("add", store.directory.file("tree")).lines[0]
                    try store.directory.write("whole", to: "one")
                    let file = try store.succeed("add", store.directory.file("one")).lines[0]
                    try copy(store.real("/nodeos/store"), to: backup)
                    try damage(store.real(path + "/d/file"))
                    try damage(store.real(file))
                    return Run(
                        arguments: ["verify", "--check-contents", "--repair", "--from", backup],
                        kept: [store.tools, path, file], damaged: [path, file],
                        variables: variables)
                }),
            Case(
                name: "realise --repair" + suffix,
                prepare: { store in
                    let item = try store.derive("item", "mkdir $out; echo item > $out/file")
                    try store.realise(item)
                    try damage(store.real(item.output() + "/file"))
                    return Run(
                        arguments: ["realise", "--repair", item.drv],
                        kept: [store.tools, item.drv, item.output()], damaged: [item.output()],
                        variables: variables)
                }),
        ]
    }

    private static func damage(_ file: String) throws {
        _ = unsafe chmod(file, 0o644)
        try Data("damaged".utf8).write(to: URL(filePath: file))
        _ = unsafe chmod(file, 0o444)
    }
}
