import Archives
import Audits
import CFuzzer
import Glibc
import Primitives
import StoreModel

// The fuzz targets: `nodeos-fuzz FORMAT [libFuzzer's arguments]`. Each feeds any bytes to one
// parser and stops the program when what it accepts has not exactly one meaning. See run.sh.

/// A derivation that is accepted prints to a text that means the same derivation.
func aterm(_ bytes: [UInt8]) {
    _ = Derivation.storeDirectory(ofText: bytes.span)
    guard let derivation = try? Derivation(parsing: bytes, name: "x", in: .nodeos) else { return }
    _ = try? derivation.checkInvariants(inputHashes: [:], in: .nodeos)
    let printed = derivation.aterm(in: .nodeos)
    let again = try? Derivation(parsing: printed, name: "x", in: .nodeos)
    precondition(again == derivation, "the text printed means another derivation")
    precondition(printed == bytes || bytes.contains { $0 == 0x5c || $0 < 0x20 })
    guard let json = try? derivation.json(in: .nodeos) else { return }
    let read = try? Derivation(json: json, name: "x", in: .nodeos)
    precondition(read == derivation, "the JSON form means another derivation")
}

/// A NAR that is accepted is written again as the same bytes.
func nar(_ bytes: [UInt8]) throws {
    var reader = NARReader(MemorySource(bytes))
    var writer = NARWriter(MemorySink())
    do {
        try reader.visit(with: &writer)
        try reader.expectEnd()
        try writer.finish()
    } catch is ArchivesError { return }
    let written = writer.intoSink().bytes
    precondition(written == bytes, "two archives of one tree")
}

/// Archives of strangers (tar, ar, deb, cpio, zip, compressed or not): whatever is unpacked stays
/// inside, and is a tree that can be dumped and removed.
func archive(_ bytes: [UInt8], in scratch: String) throws {
    let directory = try DirectoryDescriptor(opening: scratch)
    let name = try FileName("tree")
    try removeTree(name, in: directory)
    guard unsafe mkdir(scratch + "/tree", 0o700) == 0 else { fatalError("mkdir: \(errno)") }
    let file = unsafe bytes.withUnsafeBufferPointer {
        unsafe nodeos_fuzz_file($0.baseAddress, $0.count)
    }
    precondition(file >= 0, "memfd_create: \(-file)")
    var options = ExtractionOptions()
    options.limits = ExtractionLimits(totalBytes: 1 << 20, entries: 200)
    do {
        try ArchiveExtractor(options).extract(
            OpenFile(owning: file, path: "input"), into: directory.openDirectory(name))
    } catch is ArchivesError { return }
    var sink = DiscardingSink()
    do { try dumpTree(name, in: directory, to: &sink) } catch is ArchivesError {}
}

/// JSON that is accepted prints to a text that means the same value.
func json(_ bytes: [UInt8]) {
    guard let value = try? JSONValue(parsing: bytes) else { return }
    let again = try? JSONValue(parsing: value.text())
    precondition(again == value, "the JSON printed means another value")
    _ = try? Derivation(json: value, name: "x", in: .nodeos)
}

/// A narinfo that is accepted prints to a text that means the same.
func narinfo(_ bytes: [UInt8]) {
    guard let info = try? NarInfo(parsing: bytes, in: .nodeos) else { return }
    let again = try? NarInfo(parsing: Array(info.text(in: .nodeos).utf8), in: .nodeos)
    precondition(again == info, "the narinfo printed means another path")
    _ = info.info.provingDigest(in: .nodeos)
}

/// A manifest that is accepted prints to a text that means the same. Nearly any change spoils the digest:
/// what is fed is tried with the right one, too.
func manifest(_ bytes: [UInt8]) {
    _ = try? Manifest(parsing: bytes, from: "input")
    guard case .object(var members)? = try? JSONValue(parsing: bytes) else { return }
    let signatures = members.removeValue(forKey: "signatures")
    members["digest"] = nil
    let digest = Digest.hash(JSONValue.object(members).text(isPretty: false))
    members["digest"] = .string(digest.prefixedNix32)
    members["signatures"] = signatures
    let mended = JSONValue.object(members).text()
    guard let manifest = try? Manifest(parsing: mended, from: "input") else { return }
    precondition(manifest.digest == digest, "the digest is of another manifest")
    let again = try? Manifest(parsing: manifest.json.text(), from: "input")
    precondition(again == manifest, "the manifest printed means another one")
}

/// Digests and store paths are accepted in one form only.
func names(_ bytes: [UInt8]) {
    guard let text = String(validating: bytes, as: UTF8.self) else { return }
    if let digest = try? Digest(parsing: text) {
        let forms = [digest.sri, digest.prefixedNix32, digest.prefixedBase16]
        let isBase64 = text == "\(digest.algorithm.rawValue):\(digest.base64)"
        precondition(isBase64 || forms.contains(text), "a digest in another form")
    }
    if let path = try? StoreDirectory.nodeos.parse(text) {
        precondition(StoreDirectory.nodeos.path(of: path) == text)
    }
    _ = try? StoreDirectory(text)
}

typealias Callback = @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32

/// The bytes of one run.
func input(_ data: UnsafePointer<UInt8>?, _ count: Int) -> [UInt8] {
    unsafe [UInt8](UnsafeBufferPointer(start: data, count: count))
}

let callbacks: [String: Callback] = unsafe [
    "aterm": { data, count in
        unsafe aterm(input(data, count))
        return 0
    },
    "nar": { data, count in
        do { try unsafe nar(input(data, count)) } catch { fatalError("\(error)") }
        return 0
    },
    "json": { data, count in
        unsafe json(input(data, count))
        return 0
    },
    "narinfo": { data, count in
        unsafe narinfo(input(data, count))
        return 0
    },
    "manifest": { data, count in
        unsafe manifest(input(data, count))
        return 0
    },
    "names": { data, count in
        unsafe names(input(data, count))
        return 0
    },
    "archive": { data, count in
        guard let scratch = unsafe getenv("NODEOS_FUZZ_SCRATCH") else {
            fatalError("NODEOS_FUZZ_SCRATCH must name an empty directory")
        }
        do { try unsafe archive(input(data, count), in: String(cString: scratch)) } catch {
            fatalError("\(error)")
        }
        return 0
    },
]

guard CommandLine.arguments.count > 1, let callback = unsafe callbacks[CommandLine.arguments[1]]
else {
    print("usage: nodeos-fuzz aterm|archive|json|manifest|names|nar|narinfo [ARGUMENT…]")
    exit(2)
}
// libFuzzer reads the program's arguments; the format is not one of its.
var arguments = unsafe CommandLine.unsafeArgv + 1
var count = CommandLine.argc - 1
unsafe arguments[0] = unsafe CommandLine.unsafeArgv[0]
var vector = unsafe UnsafeMutablePointer<UnsafeMutablePointer<CChar>>(OpaquePointer(arguments))
exit(unsafe LLVMFuzzerRunDriver(&count, &vector, callback))
