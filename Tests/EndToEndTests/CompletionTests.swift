import Foundation
import TestSupport
import Testing

/// What bash offers with the script that `completions` prints.
@Suite struct CompletionTests {
    let store: StoreFixture
    let folder: String

    init() throws {
        store = try StoreFixture(withTools: false)
        folder = store.directory.file("folder")
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        let script = try store.succeed("completions", "bash").output
        try store.directory.write(script, to: "script")
    }

    /// What is offered after `line`.
    private func offers(_ line: String) throws -> [String] {
        guard FileManager.default.isExecutableFile(atPath: "/bin/bash") else {
            try Test.cancel("no bash")
        }
        // As bash does it: words, the index of the last, and its function called with that word.
        let result = try ChildProcess(
            [
                "/bin/bash", "-c",
                """
                source "$1" && cd "$2" || exit 1
                nodeos-store() { "$binary" "$@"; }
                COMP_LINE="nodeos-store $3"
                COMP_POINT=${#COMP_LINE}
                read -ra COMP_WORDS <<< "$COMP_LINE"
                [[ $COMP_LINE = *' ' ]] && COMP_WORDS+=('')
                COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
                function=$(complete -p nodeos-store | sed 's/.*-F \\([^ ]*\\).*/\\1/')
                $function nodeos-store "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
                printf '%s\\n' "${COMPREPLY[@]}"
                """, "bash", store.directory.file("script"), folder, line,
            ], environment: store.environment.merging(["binary": store.binary]) { $1 }
        ).wait()
        #expect(result.error == "")
        return result.lines
    }

    @Test func instantiateOffersRecipes() throws {
        let recipes = try offers("instantiate ")
        #expect(recipes.contains("barebones"))
        let listed = try store.succeed("instantiate", "--list", "--json").output
        #expect(recipes.allSatisfy { listed.contains("\"\($0)\"") })
        #expect(
            try offers("instantiate barebones-prev").sorted()
                == ["barebones-preview", "barebones-preview-check"])
        #expect(try offers("instantiate barebones -o x linux-f") == ["linux-final"])
    }

    /// Names of files are bash's own matter: nothing in them is run or expanded.
    @Test(arguments: [
        "realise", "graph", "graph diff", "shell", "log", "size", "query references",
        "why-depends", "why-rebuild x", "diff-closures", "sources", "audit manifest", "audit seeds",
        "audit rebuild", "audit sbom", "copy --to x", "export", "verify", "sign --key k",
        "derivation show",
    ]) func othersOfferRecipesAndFiles(command: String) throws {
        for name in ["barebones.drv", "barebones $(touch evil)", "`touch evil`", "a b"] {
            try Data().write(to: URL(filePath: folder + "/" + name))
        }
        let offered = try offers("\(command) bareb")
        #expect(Set(offered).isSuperset(of: ["barebones", "barebones.drv"]), "\(offered)")
        #expect(offered.contains("barebones $(touch evil)"))
        #expect(try offers("\(command) ").contains("`touch evil`"))
        #expect(!FileManager.default.fileExists(atPath: folder + "/evil"))
        #expect(try offers("\(command) frob") == [])
    }

    @Test func otherShellsOfferFilesToo() throws {
        let zsh = try store.succeed("completions", "zsh").output.split(separator: "\n")
        let fish = try store.succeed("completions", "fish").output.split(separator: "\n")
        for lines in [zsh, fish] {
            let asking = lines.filter { $0.contains("---completion ") }
            #expect(asking.count > 20)
            for line in asking {
                let offersFiles =
                    line.contains("_files") || line.contains("ka '") && !line.contains("fka '")
                #expect(offersFiles == !line.contains("completion instantiate "), "\(line)")
            }
        }
    }
}
