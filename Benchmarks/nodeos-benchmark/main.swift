import Archives
import Glibc
import Primitives
import StoreModel

// Makes the inputs of Benchmarks/benchmark.py, and times the parsers alone:
//   nodeos-benchmark derivations DIRECTORY COUNT [STORE]
//   nodeos-benchmark model DIRECTORY

/// Runs `body` and prints the processor time it took.
func measure(_ what: String, _ count: Int, _ body: () throws -> Void) rethrows {
    func now() -> Double { Double(clock()) / Double(CLOCKS_PER_SEC) }
    let start = now()
    try body()
    let milliseconds = (now() - start) * 1000
    let each = milliseconds * 1000 / Double(max(1, count))
    print("\(what): \(Int(milliseconds)) ms for \(count), \(Int(each)) µs each")
}

let arguments = CommandLine.arguments
switch arguments.dropFirst().first {
case "derivations" where arguments.count >= 4:
    var generator = DerivationGenerator(
        store: arguments.count > 4 ? try StoreDirectory(arguments[4]) : .nodeos)
    try generator.write(Int(arguments[3]) ?? 0, to: arguments[2])
case "model" where arguments.count == 3:
    let directory = try DirectoryDescriptor(opening: arguments[2])
    var texts: [(path: StorePath, bytes: [UInt8])] = []
    let listing = try DirectoryListing(of: directory)
    for index in 0..<listing.count {
        let name = listing.name(at: index)
        guard let path = try? StorePath(baseName: name.description), path.isDerivation else {
            continue
        }
        var bytes: [UInt8] = []
        var source = try FileSource(path: directory.path + "/" + path.baseName)
        var buffer = [UInt8](repeating: 0, count: 65536)
        while case let count = try source.read(into: &buffer), count > 0 {
            bytes += buffer[..<count]
        }
        texts.append((path, bytes))
    }
    let byteCount = texts.reduce(0) { $0 + $1.bytes.count }
    print("\(texts.count) derivations, \(byteCount >> 20) MiB")
    let store = texts.first.flatMap { Derivation.storeDirectory(ofText: $0.bytes.span) } ?? .nodeos
    var derivations: [StorePath: Derivation] = [:]
    var list: [Derivation] = []
    measure("parse", texts.count) {
        for (path, bytes) in texts {
            guard
                let parsed = try? Derivation(
                    parsing: bytes.span, name: String(path.name.dropLast(4)), in: store)
            else { fatalError("\(path) does not parse") }
            list.append(parsed)
        }
    }
    for (text, derivation) in zip(texts, list) { derivations[text.path] = derivation }
    measure("print", texts.count) {
        for (text, derivation) in zip(texts, list)
        where derivation.aterm(in: store) != text.bytes { fatalError("\(text.path) differs") }
    }
    measure("own path", texts.count) {
        for (text, derivation) in zip(texts, list) {
            let path = try? Derivation.path(
                ofText: text.bytes, name: derivation.name, references: derivation.references,
                in: store)
            if path != text.path { fatalError("\(text.path) is named otherwise") }
        }
    }
    var hashes: [StorePath: QuotientHash] = [:]
    func hash(_ path: StorePath) {
        if hashes[path] != nil { return }
        guard let derivation = derivations[path] else { return }
        for input in derivation.inputDerivations.keys { hash(input) }
        hashes[path] = try? derivation.quotientHash(inputHashes: hashes, in: store)
    }
    measure("quotient hashes", texts.count) { for text in texts { hash(text.path) } }
    measure("output paths", texts.count) {
        for derivation in list {
            do { try derivation.checkInvariants(inputHashes: hashes, in: store) } catch {
                fatalError("\(error)")
            }
        }
    }
default:
    print("usage: nodeos-benchmark derivations DIRECTORY COUNT [STORE] | model DIRECTORY")
    exit(2)
}
