/// A package: a value that says what to build. ``PackageGraph/lower(_:in:)`` turns it into a
/// derivation.
package struct Package: Sendable, Hashable {
    /// The name without version and stage.
    package var name: String
    /// The version of what is packaged; `nil` for what has none of its own.
    package var version: String?
    /// How far from the seeds it stands.
    package var stage: Stage
    /// Which of several that are built by the same recipe, each by the one before: 1 for all but the
    /// toolchains that are built to be compared with themselves.
    package var generation: Int
    /// One line for people; packages with one are listed as recipes.
    package var summary: String?
    /// What makes the output.
    package var buildSystem: BuildSystem
    /// What is downloaded for it: the variable `src` of a script, `srcs` when there are several.
    package var sources: [Source]
    /// Patches that the script applies, in this order: the variable `patches`.
    package var patches: [Source]
    /// The packages whose programs are found by name, before those of the seeds.
    package var tools: [PackageReference]
    /// The environment, with inputs where ``Value``s name them.
    package var environment: [String: Value]
    /// The names of the outputs.
    package var outputs: [String]
    /// Packages that no output may name.
    package var disallowedReferences: [PackageReference]
    /// Packages that no output may lead to, over any number of steps.
    package var disallowedRequisites: [PackageReference]
    /// What a machine must have to build it, such as `kvm`.
    package var requiredSystemFeatures: [String]
    /// What is known about it beside how it is built: no part of the derivation.
    package var about = PackageAbout()

    /// A package.
    package init(
        _ name: String, version: String? = nil, stage: Stage, generation: Int = 1,
        summary: String? = nil,
        buildSystem: BuildSystem, sources: [Source] = [], patches: [Source] = [],
        tools: [PackageReference] = [], environment: [String: Value] = [:],
        outputs: [String] = ["out"], disallowedReferences: [PackageReference] = [],
        disallowedRequisites: [PackageReference] = [], requiredSystemFeatures: [String] = []
    ) {
        self.name = name
        self.version = version
        self.stage = stage
        self.generation = generation
        self.summary = summary
        self.buildSystem = buildSystem
        self.sources = sources
        self.patches = patches
        self.tools = tools
        self.environment = environment
        self.outputs = outputs
        self.disallowedReferences = disallowedReferences
        self.disallowedRequisites = disallowedRequisites
        self.requiredSystemFeatures = requiredSystemFeatures
    }

    /// The name by which a person asks for it: with the stage, except for the seeds themselves, and with
    /// the generation after the first.
    package var fullName: String {
        generation == 1 ? stagedName : "\(stagedName)-generation\(generation)"
    }

    /// The derivation's name: with the version, when there is one. It is the same in every generation, so
    /// that their store paths have the same length and differ in nothing but the hash.
    package var derivationName: String { version.map { "\(stagedName)-\($0)" } ?? stagedName }

    private var stagedName: String { name.hasPrefix("seeds") ? name : name + stage.suffix }
}
