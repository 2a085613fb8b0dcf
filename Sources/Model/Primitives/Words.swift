extension StringProtocol {
    /// The words that blanks, tabs and line ends separate, as Nix takes lists apart: by bytes, for a
    /// combining mark behind a blank would make a Swift character of both that is no blank.
    package var words: [String] {
        utf8.split { $0 == 0x20 || (0x09...0x0d).contains($0) }
            .map { String(decoding: $0, as: UTF8.self) }
    }
}
