extension PackageGraph {
    /// The programs that builds call, static, on musl. busybox is last: it has what the others lack.
    mutating func addFinalTools(
        seeds: PackageReference, sources: ToolchainSources, cross: CrossToolchain
    ) throws(RecipesError) -> [PackageReference] {
        func tool(
            _ name: String, _ version: String, _ source: Source, program: String? = nil,
            summary: String, flags: String = "", more: [String: Value] = [:],
            before: [PackageReference] = [], in graph: inout PackageGraph
        ) throws(RecipesError) -> PackageReference {
            var environment: [String: Value] = [
                "src": .source(source), "program": .text(program ?? name),
            ]
            if !flags.isEmpty { environment["configureFlags"] = .text(flags) }
            if more["absent"] != nil { environment["autotools"] = .file(.autotools) }
            return try graph.addFinal(
                name, version: version,
                script: more["absent"] == nil ? .autotools : .autotoolsWithoutManual, seeds: seeds,
                cross: cross,
                before: before, summary: summary,
                environment: environment.merging(more) { $1 })
        }

        let make = try addFinal(
            "make", version: "4.3", script: .make, seeds: seeds, cross: cross,
            summary: "GNU make",
            environment: ["src": .source(sources.make), "makeConfig": .file(.makeConfig)])
        let bash = try tool(
            "bash", "5.2.15", sources.bash, summary: "the shell of build scripts",
            // musl's own malloc, getcwd and strtoimax do what bash would bring along.
            flags: "--without-bash-malloc bash_cv_getcwd_malloc=yes bash_cv_func_strtoimax=no",
            in: &self)
        let coreutils = try tool(
            "coreutils", "9.1", sources.coreutils, program: "ls",
            summary: "the small GNU programs for files and text",
            flags: "--enable-no-install-program=stdbuf --without-gmp --disable-libcap",
            // The manual pages are made by running the programs, with a perl that is not there.
            more: ["makeFlags": "man1_MANS="], in: &self)
        let sed = try tool("sed", "4.9", sources.sed, summary: "GNU sed", in: &self)
        let grep = try tool(
            "grep", "3.8", sources.grep, summary: "GNU grep", flags: "--disable-perl-regexp",
            in: &self)
        let gawk = try tool(
            "gawk", "5.2.1", sources.gawk, summary: "GNU awk",
            flags: "--disable-extensions --without-mpfr --without-readline",
            more: [
                "absent": "doc/gawktexi.in doc/gawkinet.texi", "makeFlags": "INFO_DEPS= man_MANS=",
            ], in: &self)
        let diffutils = try tool(
            "diffutils", "3.8", sources.diffutils, program: "diff", summary: "GNU diff and cmp",
            in: &self)
        let findutils = try tool(
            "findutils", "4.9.0", sources.findutils, program: "find",
            summary: "GNU find and xargs", more: ["makeFlags": "SORT=sort"], in: &self)
        let tar = try tool("tar", "1.34", sources.tar, summary: "GNU tar", in: &self)
        let m4 = try tool(
            "m4", "1.4.19", sources.m4, summary: "the macro processor of bison and flex",
            flags: "--with-syscmd-shell=/bin/sh", in: &self)
        let bison = try tool(
            "bison", "3.8.2", sources.bison, summary: "parser generator",
            more: [
                "m4": .output(m4), "keep": "bison",
                "absent": "doc/bison.texi doc/bison.info doc/bison.info.bak",
                "makeFlags": .text(
                    "INFO_DEPS= dist_man_MANS= nodist_man_MANS= FIGS_GV="
                        // For the manual only; the seeds have a perl, the toolchain has none.
                        + (cross.generation == 1 ? "" : " PERL=true")),
            ],
            before: [m4], in: &self)
        let flex = try tool(
            "flex", "2.6.4", sources.flex, summary: "scanner generator",
            flags: "--disable-shared",
            // reallocarray is declared for those who ask for GNU's extensions only.
            more: [
                "m4": .output(m4), "extraCFlags": "-D_GNU_SOURCE",
                // libtool takes -static to mean something else.
                "makeFlags": "LDFLAGS=-all-static",
            ],
            before: [m4], in: &self)
        let busybox = try addFinal(
            "busybox", version: "1.35.0", script: .busybox, seeds: seeds, cross: cross,
            summary: "the other small programs, among them xz, gzip, patch, bc and a shell",
            environment: ["src": .source(sources.busybox)])
        return [
            make, bash, coreutils, sed, grep, gawk, diffutils, findutils, tar, m4, bison, flex,
            busybox,
        ]
    }
}
