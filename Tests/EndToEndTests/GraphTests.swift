import Foundation
import Glibc
import Primitives
import StoreModel
import TestSupport
import Testing

/// `graph`: each type and each form, read by a reader of that form.
@Suite(.timeLimit(.minutes(40))) struct GraphTests {
    /// A small bootstrap: seed → compiler → library → program, with downloads.
    private struct Project {
        var store: StoreFixture
        let seed: StoreFixture.Item
        let compiler: StoreFixture.Item
        let library: StoreFixture.Item
        let program: StoreFixture.Item

        init() throws {
            store = try StoreFixture()
            let download = try store.fetch(
                "cc.deb", ["http://127.0.0.1:1/a&b=<c>'d"], .hash("deb"))
            seed = try store.derive(
                "seeds", "echo > $out", inputs: [download], variables: ["stage": "seed"])
            compiler = try store.derive(
                "gcc-boot0-12.2.0", "echo > $out", inputs: [seed],
                variables: ["stage": "boot0", "version": "12.2.0"])
            let source = try store.fetch("zlib.tar", ["http://127.0.0.1:1/zlib"], .hash("zlib"))
            library = try store.derive(
                "zlib-final-1.2.13", "echo > $out; echo > $dev", inputs: [compiler, source],
                outputs: ["dev", "out"], variables: ["stage": "final", "version": "1.2.13"])
            program = try store.derive(
                "node-final-18.20.4", "cat ${library} > $out; echo ${library} >> $out",
                inputs: [compiler, library],
                variables: [
                    "stage": "final", "version": "18.20.4", "library": library.output(),
                ])
        }

        func json(_ arguments: String...) throws -> JSONValue {
            let result = try store.start(["graph", "--format", "json"] + arguments).wait()
            #expect(result.status == 0, "\(result.error)")
            return try JSONValue(parsing: Array(result.output.utf8))
        }

        func names(_ arguments: String...) throws -> [String] {
            let result = try store.start(["graph", "--format", "json"] + arguments).wait()
            #expect(result.status == 0, "\(result.error)")
            let graph = try JSONValue(parsing: Array(result.output.utf8))
            return (graph["nodes"]?.array ?? []).compactMap { $0["name"]?.string }
        }
    }

    private static let types = [
        "derivation", "package", "bag", "bag-with-sources", "reverse-package", "stage", "sources",
    ]
    private static let forms = [
        "dot", "mermaid", "tree", "json", "graphml", "cypher", "cyclonedx",
    ]

    /// Runs a program that reads `text` from standard input.
    private func read(_ text: String, _ command: String...) throws -> ChildProcess.Result {
        let environment = ProcessInfo.processInfo.environment.filter {
            ["PATH", "PYTHONPATH", "HOME"].contains($0.key)
        }
        return try ChildProcess(
            ["/usr/bin/env"] + command, environment: environment, input: text
        ).wait()
    }

    @Test func everyTypeInEveryForm() throws {
        let project = try Project()
        for type in Self.types {
            for form in Self.forms {
                let arguments = ["graph", "--type", type, "--format", form, project.program.drv]
                let result = try project.store.start(arguments).wait()
                #expect(result.status == 0, "\(type) \(form): \(result.error)")
                #expect(!result.output.isEmpty, "\(type) \(form)")
                // Two runs print the same.
                let again = try project.store.start(arguments).wait()
                #expect(again.output == result.output, "\(type) \(form)")
            }
        }
    }

    @Test func typesShowWhatTheyShould() throws {
        let project = try Project()
        let drv = project.program.drv
        #expect(try project.names(drv).count == 7)
        #expect(
            try project.names("--type", "package", drv) == [
                "seeds", "gcc-boot0-12.2.0", "node-final-18.20.4", "zlib-final-1.2.13",
            ])
        #expect(try project.names("--type", "stage", drv) == ["seed", "boot", "final"])
        #expect(
            try project.names("--type", "reverse-package", project.library.drv) == [
                "node-final-18.20.4", "zlib-final-1.2.13",
            ])
        let graph = try project.json(drv)
        let library = try #require(
            graph["nodes"]?.array?.first { $0["name"]?.string == "zlib-final-1.2.13" })
        #expect(library["kind"]?.string == "final")
        #expect(library["packageVersion"]?.string == "1.2.13")
        #expect(library["outputs"]?.array?.count == 2)
        #expect(library["size"] == .null)
        #expect(library["path"]?.string == project.library.drv)
    }

    @Test func partsOfAGraph() throws {
        let project = try Project()
        let (program, seed) = (project.program.drv, project.seed.drv)
        #expect(
            try project.names("--path", program, seed) == [
                "seeds", "gcc-boot0-12.2.0", "node-final-18.20.4",
            ])
        // Names serve too, and every way has the library on one.
        #expect(
            try project.names(program, "--path", "node*", "seeds", "--all") == [
                "seeds", "gcc-boot0-12.2.0", "node-final-18.20.4", "zlib-final-1.2.13",
            ])
        #expect(try project.names("--max-depth", "0", program) == ["node-final-18.20.4"])
        #expect(try !project.names("--exclude", "gcc*", program).contains("seeds"))
        #expect(try project.names("--only", "seeds", program) == ["seeds", "node-final-18.20.4"])
        let edges = try project.json("--reduce", "--type", "package", program)["edges"]?.array
        #expect(edges?.count == 3)
        let dot = try project.store.succeed("graph", "--highlight", "zlib-*", program).output
        #expect(dot.contains("color=\"#c2185b\", penwidth=2"))
    }

    @Test func referencesAndReferrersOfWhatWasBuilt() throws {
        let project = try Project()
        // The program cannot be built without the network; its library alone can.
        var store = project.store
        let library = try store.derive(
            "library", "echo > $out", variables: ["stage": "final"])
        let program = try store.derive(
            "program", "echo \(library.output()) > $out", inputs: [library])
        try store.realise(program)
        let tree = try store.succeed("graph", "--format", "tree", program.output())
        #expect(tree.lines.count == 2)
        #expect(tree.lines[0].hasSuffix("  program"))
        #expect(tree.lines[1].hasSuffix("  └───library"))
        #expect(
            try store.succeed(
                "graph", "--type", "referrers", "--format", "tree", library.drv
            ).lines.map { $0.split(separator: " ").last ?? "" } == ["library", "└───program"])
        let dot = try store.succeed("graph", program.output()).output
        #expect(dot.contains("cluster_final"))
    }

    @Test func errorsSayWhatToDo() throws {
        let project = try Project()
        func fails(_ status: Int32, _ text: String, _ arguments: String...) throws {
            let result = try project.store.start(["graph"] + arguments).wait()
            #expect(result.status == status, "\(arguments)")
            #expect(result.error.contains(text), "\(result.error)")
            #expect(result.output.isEmpty)
        }
        let (program, seed) = (project.program.drv, project.seed.drv)
        try fails(
            1, "no way leads from 'seeds' to 'node-final-18.20.4'", "--path", "seeds",
            "node*", program)
        try fails(1, "no node of the graph has that name", "--path", program, "perl")
        try fails(
            1, "2 nodes of the graph have that name; say which", "--path", program, "*-final-*")
        try fails(2, "--path takes two", "--path", seed)
        try fails(1, "no store path is given")
        try fails(2, "--max-depth", "--max-depth=-1", program)
    }

    // MARK: Readers

    @Test func graphvizReadsDOT() throws {
        let project = try Project()
        guard try read("", "dot", "-V").status == 0 else {
            try Test.cancel("no dot; Debian's package graphviz has it")
        }
        for type in Self.types {
            let text = try project.store.succeed("graph", "--type", type, project.program.drv)
            // Told back in a form of plain words: one line a node, one an edge.
            let result = try read(text.output, "dot", "-Tplain")
            #expect(result.status == 0, "\(type): \(result.error)")
            #expect(result.error.isEmpty, "\(type): \(result.error)")
            #expect(result.lines.count { $0.hasPrefix("node ") } > 0)
        }
        let svg = try project.store.succeed("graph", "--format", "svg", project.program.drv).output
        #expect(svg.contains("</svg>"))
        // Graphviz writes dashes as entities.
        #expect(svg.contains("node&#45;final&#45;18.20.4"))
        let without = try project.store.start(
            ["graph", "--format", "svg", project.program.drv], adding: ["PATH": "/nonexistent"]
        ).wait()
        #expect(without.status == 1)
        #expect(without.error.contains("install graphviz"))
    }

    @Test func anInterruptedPictureEndsItsProgram() throws {
        let project = try Project()
        let directory = project.store.directory
        let file = directory.file("process")
        let text = try directory.write(
            "#!/bin/sh\necho $$ > '\(file)'\nexec sleep 2346\n", to: "dot.sh", mode: 0o755)
        // Made by another process: what is open for writing here, children of other tests have open, too.
        let made = try ChildProcess(
            ["install", "-D", text, directory.file("bin/dot")],
            environment: ["PATH": "/usr/bin:/bin"]
        ).wait()
        #expect(made.status == 0, "\(made.error)")
        let running = try project.store.start(
            ["graph", "--format", "svg", project.program.drv],
            adding: ["PATH": "\(directory.file("bin")):/usr/bin:/bin"])
        func process() -> String? {
            // Not there yet.
            (try? String(contentsOfFile: file, encoding: .utf8)).flatMap {
                $0.hasSuffix("\n") ? String($0.dropLast()) : nil
            }
        }
        try waitUntil("it draws") { process() != nil }
        running.send(SIGINT)
        let result = try running.wait()
        #expect(result.status == 130, "\(result.error)")
        #expect(result.output.isEmpty)
        // The end of a child is taken note of before the command ends.
        #expect(!FileManager.default.fileExists(atPath: "/proc/\(try #require(process()))"))
    }

    @Test func networkxReadsGraphML() throws {
        let project = try Project()
        guard try read("", "python3", "-c", "import networkx").status == 0 else {
            try Test.cancel("no networkx; Debian's package python3-networkx has it")
        }
        let text = try project.store.succeed("graph", "--format", "graphml", project.program.drv)
        let result = try read(
            text.output, "python3", "-c",
            """
            import sys, networkx
            graph = networkx.read_graphml(sys.stdin.buffer)
            print(graph.number_of_nodes(), graph.number_of_edges())
            for node, data in graph.nodes(data=True):
                if "urls" in data: print(data["urls"])
            """)
        #expect(result.status == 0, "\(result.error)")
        #expect(result.lines.first == "7 10")
        #expect(result.lines.contains("http://127.0.0.1:1/a&b=<c>'d"), "\(result.output)")
    }

    @Test func theSchemaAcceptsCycloneDX() throws {
        let project = try Project()
        let script = """
            import sys
            from cyclonedx.schema import SchemaVersion
            from cyclonedx.validation.json import JsonStrictValidator
            validator = JsonStrictValidator(SchemaVersion.V1_6)
            error = validator.validate_str(sys.stdin.read() or "{}")
            print(error or "valid")
            """
        guard try read("", "python3", "-c", script).status == 0 else {
            try Test.cancel("no cyclonedx-python-lib[json-validation] for python3")
        }
        for type in Self.types {
            let text = try project.store.succeed(
                "graph", "--type", type, "--format", "cyclonedx", project.program.drv)
            #expect(
                try read(text.output, "python3", "-c", script).lines.first == "valid", "\(type)")
        }
    }

    @Test func billsOfMaterialsSayWhatIsIn() throws {
        let project = try Project()
        let result = try project.store.succeed(
            "graph", "--format", "cyclonedx", project.program.drv)
        let bill = try JSONValue(parsing: Array(result.output.utf8))
        #expect(bill["bomFormat"]?.string == "CycloneDX")
        #expect(bill["metadata"]?["component"]?["name"]?.string == "node-final")
        let components = try #require(bill["components"]?.array)
        #expect(components.count == 6)
        let source = try #require(components.first { $0["name"]?.string == "zlib.tar" })
        #expect(
            source["hashes"]?.array?.first?["content"]?.string == Digest.hash("zlib").base16)
        #expect(
            source["purl"]?.string
                == "pkg:generic/zlib.tar?checksum=sha256:\(Digest.hash("zlib").base16)"
                + "&download_url=http://127.0.0.1:1/zlib")
        let references = Set(
            (components + [bill["metadata"]?["component"] ?? .null])
                .compactMap { $0["bom-ref"]?.string })
        #expect(references.count == 7)
        for dependency in bill["dependencies"]?.array ?? [] {
            #expect(references.contains(dependency["ref"]?.string ?? ""))
            for needed in dependency["dependsOn"]?.array ?? [] {
                #expect(references.contains(needed.string ?? ""))
            }
        }
    }
}
