// Fetches a file by its hash: a derivation made here, realised by the library, without the command.
//
//     fetch-file STORE-ROOT URL HASH [HELPER]
//
// HASH is `sha256-…` or `sha256:…`, as `nodeos-store hash` prints it. HELPER is a nodeos-store that does the
// download in the sandbox; without it, this program does it, in a process of its own.
import Foundation
import NodeosStore

// Started by the library, inside the sandbox.
if let status = BuiltinChild.answer(Array(CommandLine.arguments.dropFirst())) { exit(status) }

let arguments = CommandLine.arguments
guard arguments.count == 4 || arguments.count == 5 else {
    print("usage: fetch-file STORE-ROOT URL HASH [HELPER]")
    exit(2)
}

do {
    var configuration = StoreSession.Configuration(layout: StoreLayout(root: arguments[1]))
    configuration.builtins = try arguments.count > 4 ? .file(arguments[4]) : .running()
    // The place is the user's own choice, so it may also be a server or a file of this machine.
    let place = arguments[2].lastIndex(of: "/").map { String(arguments[2][...$0]) } ?? ""
    let name = arguments[2].split(separator: "/").last.map { String($0) } ?? "file"
    configuration.mirrors = try MirrorTable(options: ["place=\(place)"])

    let session = try StoreSession(configuration, access: .creating)
    let digest = try Digest(parsing: arguments[3])
    let output = try session.storeDirectory.fixedOutputPath(
        name: name, method: .flat, digest: digest)
    let derivation = try session.add(
        Derivation(
            name: name, outputs: ["out": .fixed(output, method: .flat, digest: digest)],
            system: "builtin", builder: "builtin:fetchurl",
            environment: ["url": ByteString("mirror://place/\(name)")]))
    for path in try await session.realise(derivation).values {
        print(session.text(of: path), session.realPath(of: path))
    }
} catch {
    FileHandle.standardError.write(Data("error: \(error)\n".utf8))
    exit(1)
}
