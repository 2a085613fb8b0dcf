// Prints what a path needs, each path after those that it refers to, with its size.
//
//     walk-closure STORE-ROOT PATH
import Foundation
import NodeosStore

let arguments = CommandLine.arguments
guard arguments.count == 3 else {
    print("usage: walk-closure STORE-ROOT PATH")
    exit(2)
}

do {
    let session = try StoreSession(
        .init(layout: StoreLayout(root: arguments[1])), access: .reading)
    let closure = try session.closure(of: [session.path(arguments[2])])
    var total: UInt64 = 0
    for info in try session.infos(of: closure) {
        total += info.narSize
        print(info.narSize, session.text(of: info.path))
    }
    print(total, "together")
} catch StoreError.database(.notValid(let path)) {
    print("not valid:", path.baseName)
    exit(1)
} catch {
    print("error:", error)
    exit(1)
}
