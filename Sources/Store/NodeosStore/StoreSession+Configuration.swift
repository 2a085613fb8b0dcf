import Glibc
public import LocalStore
public import Realisation
public import Substitutes

extension StoreSession {
    /// Everything that a session takes from outside, as a value.
    ///
    /// A new one takes nothing: it builds nothing, fetches from where derivations say, and asks no cache.
    /// ``machine(environment:workingDirectory:)`` takes what the `nodeos-store` command would.
    public struct Configuration: Sendable {
        /// Where the store lies.
        public var layout: StoreLayout
        /// What can be built here; `nil`: what this machine can.
        public var machine: Machine?
        /// How to realise.
        public var options = RealisationOptions()
        /// Where `mirror://NAME/` leads.
        public var mirrors = MirrorTable.none
        /// What does `builtin:fetchurl` and `builtin:unpack`.
        public var builtins = BuiltinProgram.none
        /// What runs the builders of derivations; `nil`: the sandbox of this machine, and ``builtins``. See
        /// <doc:BuildersOfAnotherKind>.
        public var builder: (any Builder)?
        /// Names proxies and certificates for downloads, as curl and Nix name them (`http_proxy`,
        /// `SSL_CERT_FILE` …), and is what a diff hook is given. Builders see nothing of it.
        public var environment: [String: String] = [:]
        /// Binary caches to take from instead of building.
        public var caches: [CacheAddress] = []
        /// Whose word about what caches have counts. What proves itself by its path needs nobody's.
        public var trust: SubstituteTrust
        /// Whether caches are also asked for what derivations want to be built (`allowSubstitutes`).
        public var alwaysAllowsSubstitutes = false
        /// Where files lie that are read once.
        public var temporaryDirectory = "/tmp"
        /// How many threads hash and compare at the same time.
        public var workers = 1
        /// The time, in seconds since 1970: when outputs were used.
        public var clock: @Sendable () -> Int64 = { Int64(time(nil)) }
        /// Told what happens while something is realised, from several threads at once.
        public var onEvent: @Sendable (RealisationEvent) -> Void = { _ in }

        /// A configuration that takes nothing but a store.
        public init(layout: StoreLayout) {
            self.layout = layout
            trust = .keys([], store: layout.storeDirectory)
        }
    }
}
