import Glibc

/// The sentence for an `errno`.
enum SystemMessage {
    /// glibc's text for `code`.
    static func of(_ code: Int32) -> String {
        guard let text = unsafe strerror(code) else { return "error \(code)" }
        return unsafe String(cString: text)
    }
}
