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
    /// For the forms that are found in pieces; ``texts`` tells what each is.
    let pieces: PieceScanner
    let texts: [(path: StorePath, form: HiddenForm)]
    /// For the forms in base 16; ``paths`` tells whose hash each is.
    let digits: DigitScanner
    let paths: [StorePath]

    init(_ paths: Set<StorePath>) {
        self.paths = paths.sorted()
        digits = DigitScanner(self.paths.map(\.hashPart))
        var patterns: [[UInt8]] = []
        var meanings: [Meaning] = []
        var pieceTexts: [[UInt8]] = []
        var texts: [(path: StorePath, form: HiddenForm)] = []
        for path in paths.sorted() {
            for form in HiddenForm.allCases {
                if let text = form.pieceText(of: path.hashPart) {
                    pieceTexts.append(text)
                    texts.append((path, form))
                }
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
        pieces = PieceScanner(pieceTexts)
        self.texts = texts
    }

    /// Pieces of hash parts that were found, on the way through a stream.
    struct Near {
        fileprivate var pieces: [PieceScanner.Piece] = []
        fileprivate var digits = DigitScanner.Found()
    }

    /// A hash part that stands somewhere, in one or more pieces.
    struct Mention {
        let path: StorePath
        let form: HiddenForm
        let offset: UInt64
        let extent: SeedFinding.Extent
    }

    /// Looks for pieces that begin in `bytes` before `limit`; `base` is where `bytes` begin.
    func look(at bytes: Span<UInt8>, before limit: Int, base: UInt64, _ near: inout Near) {
        pieces.scan(bytes, before: limit, base: base, into: &near.pieces)
        digits.scan(bytes, before: limit, base: base, into: &near.digits)
    }

    /// What the pieces tell together: each path and form once.
    func mentions(_ near: Near) -> [Mention] {
        func mention(
            _ group: PieceScanner.Group, _ path: StorePath, _ form: HiddenForm
        ) -> Mention {
            Mention(
                path: path, form: form, offset: group.offset,
                extent: group.isUncut ? .whole : group.isWhole ? .pieces : .half)
        }
        return PieceScanner.groups(near.pieces).map {
            mention($0, texts[$0.text].path, texts[$0.text].form)
        }
            + PieceScanner.groups(near.digits.characters).map {
                mention($0, paths[$0.text], .base16Text)
            }
            + PieceScanner.groups(near.digits.bytes, length: 20).map {
                mention($0, paths[$0.text], .base16)
            }
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
        var near = Near()
        look(at: text.span, before: text.count, base: 0, &near)
        return found + mentions(near).map { ($0.path, $0.form) }
    }
}
