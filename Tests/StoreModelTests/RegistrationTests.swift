import Primitives
import StoreModel
import Testing

@Suite struct RegistrationTests {
    private let registration: Registration

    init() throws {
        let narInfo = try NarInfo(parsing: Array(NarInfoTests.good.utf8), in: .nodeos)
        var info = narInfo.info
        info.registrationTime = 1_795_248_000
        info.isUltimate = true
        registration = Registration(info)
    }

    private var text: [UInt8] { Array(registration.text(in: .nodeos).utf8) }

    @Test func comesBackAsItWas() throws {
        #expect(try Registration(parsing: text, in: .nodeos) == registration)
        var copied = registration
        copied.info.isUltimate = false
        let again = Array(copied.text(in: .nodeos).utf8)
        #expect(try Registration(parsing: again, in: .nodeos) == copied)
    }

    /// A cache's client reads it too.
    @Test func isANarinfo() throws {
        let info = try NarInfo(parsing: text, in: .nodeos)
        #expect(info.info.narHash == registration.info.narHash)
        #expect(info.url.hasPrefix("nar/"))
    }

    /// A power cut may leave any beginning of a file.
    @Test func everyTruncationIsNoticed() {
        for count in 0..<text.count {
            #expect(throws: NarInfoError.self, "\(count) bytes") {
                try Registration(parsing: Array(text[..<count]), in: .nodeos)
            }
        }
    }

    @Test(arguments: ["RegistrationTime: x\n", "X: 1\n", "RegistrationTime: 1\n\n", "\n"])
    func nothingElseMayStandAtTheEnd(ending: String) {
        #expect(throws: NarInfoError.self) {
            try Registration(parsing: text + Array(ending.utf8), in: .nodeos)
        }
    }
}
