import Primitives
import Testing

/// What is shown of URLs.
@Suite struct URLRedactionTests {
    @Test(arguments: [
        ("https://user:pass@host/a?b=c#d", "https://***@host/a?…"),
        ("https://host/a@b", "https://host/a@b"), ("https://token@host", "https://***@host"),
        ("https://a@b@host/", "https://***@host/"), ("https://host?x", "https://host?…"),
        ("https://us\u{301}er:p\u{301}@host/", "https://***@host/"),
        ("https://host/\u{1b}[31m\u{9b}", "https://host/\u{fffd}[31m\u{fffd}"),
        ("/a/file", "/a/file"), ("", ""),
    ]) func secretsAreHidden(url: String, shown: String) {
        #expect(URLRedaction.redact(url) == shown)
        #expect(URLRedaction.redact(shown) == shown)
    }

    @Test func alsoInTexts() {
        let text =
            "curl -o x 'https://u:p@host/a?t=1' http://host/b\nurl=ftp://u@h (see git+ssh://me:x@h/r)"
        #expect(
            URLRedaction.redact(in: text)
                == "curl -o x 'https://***@host/a?…' http://host/b\nurl=ftp://***@h (see git+ssh://***@h/r)"
        )
        #expect(URLRedaction.redact(in: "a? b# c@d") == "a? b# c@d")
    }
}
