import StoreModel

/// The hash parts that must not be found, in every form, as one set of patterns.
struct Needles: Sendable {
    /// What a pattern stands for.
    struct Meaning: Sendable {
        let path: StorePath
        let form: HiddenForm
        /// For half of a form: which of its two pieces, and how far apart their beginnings are.
        let half: (isFirst: Bool, other: [UInt8], distance: Int)?
    }

    let scanner: PatternScanner
    let meanings: [Meaning]

    init(_ paths: Set<StorePath>) {
        var patterns: [[UInt8]] = []
        var meanings: [Meaning] = []
        for path in paths.sorted() {
            for form in HiddenForm.allCases {
                let pieces = form.patterns(of: path.hashPart)
                for (index, piece) in pieces.enumerated() {
                    patterns.append(piece)
                    var half: (isFirst: Bool, other: [UInt8], distance: Int)?
                    if form.isHalved {
                        half = (
                            index.isMultiple(of: 2), pieces[index ^ 1],
                            piece.count + form.zerosBetween
                        )
                    }
                    meanings.append(Meaning(path: path, form: form, half: half))
                }
            }
        }
        scanner = PatternScanner(patterns)
        self.meanings = meanings
    }

    /// What stands in a short text: each path and form once.
    func find(in text: [UInt8]) -> [(path: StorePath, form: HiddenForm)] {
        var found: [(path: StorePath, form: HiddenForm)] = []
        scanner.scan(text.span, before: text.count) { index, _ in
            let meaning = meanings[index]
            if !found.contains(where: { $0.path == meaning.path && $0.form == meaning.form }) {
                found.append((meaning.path, meaning.form))
            }
        }
        return found
    }
}
