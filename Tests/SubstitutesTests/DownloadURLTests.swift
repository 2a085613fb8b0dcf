import Substitutes
import Testing

@Suite("URLs")
struct DownloadURLTests {
    @Test(arguments: [
        ("https://example.org/a", "https://example.org/a"),
        ("https://u:p@example.org/a", "https://***@example.org/a"),
        ("https://u:p@x@example.org/a", "https://***@example.org/a"),
        ("https://token@example.org", "https://***@example.org"),
        ("https://example.org/a@b", "https://example.org/a@b"),
        ("https://example.org/a?k=v@w", "https://example.org/a?…"),
        ("https://example.org/a#f", "https://example.org/a?…"),
        ("https://u:p@example.org?k", "https://***@example.org?…"),
    ])
    func `the printed form holds no secrets`(text: String, shown: String) throws {
        let url = try DownloadURL(parsing: text)
        #expect(url.description == shown)
        #expect(url.text == text)
        #expect("\(DownloadSource(url))".contains(":p@") == false)
    }

    @Test(arguments: [
        ("/srv/sources", "file:///srv/sources"),
        ("/srv/a b%?#", "file:///srv/a%20b%25%3F%23"),
        ("/srv/é", "file:///srv/%C3%A9"),
        ("HTTP://example.org", "HTTP://example.org"),
    ])
    func `absolute paths become file URLs`(text: String, whole: String) throws {
        #expect(try DownloadURL(parsing: text).text == whole)
    }

    @Test func `the scheme is compared in lower case`() throws {
        let url = try DownloadURL(parsing: "HttpS://example.org")
        #expect(url.scheme == "https")
        #expect(url.isSupported)
    }

    @Test(arguments: [
        "", "example.org/a", "relative/path", "://a", "1http://a", "http:/a", "ht tp://a",
        "http://a b", "http://a\nb", "http://é", "-o://a",
    ])
    func `anything else is refused`(text: String) {
        #expect(throws: MirrorError.self) { try DownloadURL(parsing: text) }
    }

    @Test func `a long URL is refused without being printed`() throws {
        let error = #expect(throws: MirrorError.self) {
            try DownloadURL(parsing: "http://" + String(repeating: "a", count: 20_000))
        }
        #expect(try #require(error).description.utf8.count < 200)
    }
}
