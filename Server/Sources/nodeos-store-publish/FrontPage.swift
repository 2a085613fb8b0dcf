import Hummingbird
import NodeosStore

/// The page for people: what this is, and how to take from it.
struct FrontPage {
    let store: StoreDirectory
    let key: PublicKey?
    let count: Int

    /// Nothing is loaded, and nothing runs.
    static let policy = "default-src 'none'; style-src 'unsafe-inline'"

    var html: String {
        let key = key.map { "\($0)" }
        let trusted = key ?? "a key that signed what is here"
        return """
            <!DOCTYPE html>
            <html lang="en"><meta charset="utf-8"><title>\(Self.escaped("\(store)"))</title>
            <meta name="viewport" content="width=device-width">
            <style>body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:3rem auto;padding:0 1rem}
            pre{background:#8881;padding:.6rem 1rem;overflow-x:auto}:root{color-scheme:light dark}</style>
            <h1>A store to take from</h1>
            <p>\(count) paths of <code>\(Self.escaped("\(store)"))</code>, \
            \(key == nil ? "with the signatures that they have" : "signed with this key"):</p>
            <pre>\(Self.escaped(trusted))</pre>
            <p>Instead of building:</p>
            <pre>nodeos-store realise --substituters URL --trusted-key KEY …
            nix copy --from URL --option trusted-public-keys KEY /nix/store/…</pre>
            <p>Sources by their hashes: <code>--source-mirror URL</code>. Who agrees:
            <code>nodeos-store audit compare URL OTHER-URL</code>.</p>
            <table><tr><th align="left">Here is<th align="left">what
            <tr><td><code>/nix-cache-info</code>, <code>/HASH.narinfo</code>, <code>/nar/…</code><td>a binary cache
            <tr><td><code>/HASH.ls</code><td>what is in a path
            <tr><td><code>/log/NAME</code><td>the log of a build
            <tr><td><code>/file/NAME/ALGORITHM/HASH</code><td>a download
            <tr><td><code>/manifest/HASH.json</code>, <code>/manifest.json</code><td>what a closure, or the store, holds, hash by hash
            <tr><td><code>/metrics</code><td>counts, for Prometheus</table>

            """
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
    }
}
