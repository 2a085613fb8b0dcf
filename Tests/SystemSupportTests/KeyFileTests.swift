import Foundation
import Primitives
import SystemSupport
import TestSupport
import Testing

/// Files of keys, and other small files.
@Suite struct KeyFileTests {
    let directory: TemporaryDirectory
    let key: SecretKey

    init() throws {
        directory = try TemporaryDirectory()
        key = try SecretKey(name: "one", seed: [UInt8](repeating: 1, count: 32))
    }

    @Test func aSecretKeyIsWrittenOnceAndReadByItsOwner() throws {
        let path = directory.path + "/secret"
        try KeyFile.write(key, to: path)
        #expect(try KeyFile.secret(at: path).publicKey == key.publicKey)
        #expect(throws: HostError.self) { try KeyFile.write(key, to: path) }
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        #expect(throws: KeyFileError.self) { try KeyFile.secret(at: path) }
    }

    @Test func publicKeysAreAWordOrAFile() throws {
        let text = key.publicKey.description
        #expect(try KeyFile.publicKeys("\(text) \(text)", orIn: "/nowhere").count == 2)
        try directory.write("# mine\r\n\(text) # and a remark\r\n", to: "keys")
        let file = directory.path + "/keys"
        #expect(try KeyFile.publicKeys("keys", orIn: file) == [key.publicKey])
        try directory.write("\(text)\nnonsense\n", to: "keys")
        let error = #expect(throws: KeyFileError.self) {
            try KeyFile.publicKeys("keys", orIn: file)
        }
        #expect("\(try #require(error))".contains("line 2"))
        #expect(throws: KeyFileError.self) { try KeyFile.publicKeys("keys", orIn: "/nowhere") }
    }

    @Test func filesAreReadUpToALimitAndPipesNotAtAll() throws {
        try directory.write("four", to: "file")
        let file = directory.path + "/file"
        #expect(try FileBytes.read(path: file, limit: 4) == Array("four".utf8))
        #expect(throws: HostError.self) { try FileBytes.read(path: file, limit: 3) }
        #expect(throws: HostError.self) { try FileBytes.read(path: "/dev/null") }
        #expect(throws: HostError.self) { try FileBytes.read(path: file + "/none") }
    }

    @Test func plainPathsFollowTheKernel() throws {
        #expect(try PlainPath.of("/a/./b//c/") == "/a/b/c")
        try directory.write("", to: "deep/er/file")
        let link = directory.path + "/link"
        try FileManager.default.createSymbolicLink(
            atPath: link, withDestinationPath: directory.path + "/deep/er")
        #expect(try PlainPath.of(link + "/../x").hasSuffix("/deep/x"))
        #expect(throws: HostError.self) { try PlainPath.of(directory.path + "/none/../x") }
    }
}
