/// What a recipe file says, as it says it: names of recipes and files are not looked up yet.
package struct RecipeFile: Sendable, Hashable {
    /// The name, which is unique among all recipes.
    package var name: Placed<String>
    /// The version; a variant has that of what it extends.
    package var version: Placed<String>?
    /// One line for people; a variant has that of what it extends.
    package var summary: Placed<String>?
    /// What is known about it beside how it is built.
    package var about: PackageAbout
    /// The recipe that this one is a variant of.
    package var extends: Placed<String>?
    /// What runs the build: a stage, or a recipe with a shell.
    package var toolchain: Toolchain?
    /// The recipes whose programs the build calls.
    package var tools: [Input]
    /// The recipes whose headers and libraries the build finds, too.
    package var inputs: [Input]
    /// The outputs; `nil` means one, or those of what it extends.
    package var outputs: [Placed<String>]?
    /// What it is built from.
    package var sources: [SourceEntry]
    /// Changes to the first source.
    package var patches: [Placed<String>]
    /// The environment of the script.
    package var variables: [Variable]
    /// How it is built; a variant is built like what it extends.
    package var build: Build?
    /// A derivation that looks at the result.
    package var check: Check?
    /// What no output may name.
    package var disallowedReferences: [Placed<String>]
    /// What no output may lead to.
    package var disallowedRequisites: [Placed<String>]

    /// What runs the build.
    package struct Toolchain: Sendable, Hashable {
        /// `seeds`, `final`, or a recipe.
        package var recipe: Placed<String>
        /// The shell in it.
        package var shell: String
    }

    /// A recipe that is used.
    package struct Input: Sendable, Hashable {
        /// Its name, or its file below this one's folder: `./lib`.
        package var recipe: Placed<String>
        /// One of its outputs; `nil` for all.
        package var output: Placed<String>?
    }

    /// Something to build from.
    package enum SourceEntry: Sendable, Hashable {
        /// A download.
        case download(Source)
        /// A file in the recipe's folder.
        case file(Placed<String>)
    }

    /// What a variable holds.
    package indirect enum Content: Sendable, Hashable {
        /// A text.
        case text(String)
        /// The store path of an output, between two texts.
        case output(Input, prefix: String, suffix: String)
        /// The store path of a file in the recipe's folder.
        case file(Placed<String>)
        /// The store path of a download.
        case source(Source)
        /// Several, with spaces between.
        case list([Content])
    }

    /// How a package is built.
    package struct Build: Sendable, Hashable {
        /// The ways there are.
        package enum System: String, Sendable, CaseIterable {
            /// By a script in the folder.
            case script
            /// `./configure`, `make`, `make install`.
            case autotools
            /// `make`, `make install`.
            case make
            /// meson and ninja.
            case meson
            /// Files as they are.
            case copy
            /// Archives, by no program of a toolchain: for toolchains of one's own.
            case unpack
        }

        /// The way; a variant may leave it as it is.
        package var system: System?
        /// Whether the file names a way.
        var namesSystem = false
        /// The script in the folder.
        package var script: Placed<String>?
        /// Words for the script, by variable: each stands on a line of its own.
        package var words: [String: [Content]]
        /// Texts for the script, by variable.
        package var texts: [String: String]
        /// The keys that words and texts were given by, by variable.
        var options: [String: Placed<String>] = [:]
        /// Files that are copied: where to, and what.
        package var files: [CopiedFile]
    }

    /// A derivation of its own that looks at what was built.
    package struct Check: Sendable, Hashable {
        /// The script in the folder.
        package var script: Placed<String>
        /// More recipes whose programs it calls.
        package var tools: [Input]
        /// Its environment.
        package var variables: [Variable]
    }

    /// A variable of a script's environment.
    package struct Variable: Sendable, Hashable {
        /// Its name.
        package var name: Placed<String>
        /// What it holds.
        package var value: Content
    }

    /// A file that is copied as it is.
    package struct CopiedFile: Sendable, Hashable {
        /// Where to, below the output.
        package var target: Placed<String>
        /// The file in the recipe's folder.
        package var file: Placed<String>
    }
}
