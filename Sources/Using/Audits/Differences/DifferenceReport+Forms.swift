import Archives
package import Primitives

// MARK: For people

extension DifferenceReport {
    /// Lines without their newlines; empty when nothing differs.
    package var lines: [String] {
        var lines = items.flatMap(\.lines)
        if count > items.count { lines.append("and \(count - items.count) more") }
        return lines
    }

    /// One line on how much differs and why; `nil` when nothing does.
    package var summary: String? {
        guard !isEmpty else { return nil }
        let places = count == 1 ? "1 difference" : "\(count) differences"
        guard !causes.isEmpty else { return "\(places); no likely cause was recognised" }
        return "\(places); likely causes: " + causes.map(\.explanation).joined(separator: ", ")
    }
}

extension DifferenceReport.Item {
    fileprivate var lines: [String] {
        var lines = [difference.description]
        if let contents {
            lines[0] += "; \(contents.differingCount) bytes in \(contents.runCount) places"
        }
        if !causes.isEmpty {
            lines[0] += "; likely " + causes.map(\.explanation).joined(separator: ", ")
        }
        guard let contents else { return lines }
        lines += contents.notes.map { "    \($0.oneLine)" }
        lines += contents.removedLines.map { "    - \($0)" }
        lines += contents.addedLines.map { "    + \($0)" }
        for place in contents.places {
            let part = place.part.map { "\($0.oneLine), " } ?? ""
            let moved = place.offset == place.secondOffset ? "" : " and \(place.secondOffset)"
            lines.append("    \(part)byte \(place.offset)\(moved):")
            lines += place.lines.map { "      \($0)" }
        }
        return lines
    }
}

// MARK: For programs

extension DifferenceReport {
    /// The record whose fields `docs/manual/comparing.md` describes.
    package var json: JSONValue {
        .object([
            "equal": .bool(isEmpty), "count": .count(count),
            "causes": .strings(causes.map(\.rawValue)),
            "differences": .array(items.map(\.json)),
        ])
    }

    /// Reads ``json``. Beside what people and programs are shown, nothing of the comparison is known then.
    init(_ field: ManifestField) throws(ManifestError) {
        let items = try field.member("differences").elements { item throws(ManifestError) in
            try Item(item)
        }
        let count = try field.member("count").count()
        guard count >= UInt64(items.count) else {
            throw try field.member("count").fail("\(items.count) are listed")
        }
        self.init(items: items, count: Int(clamping: count))
    }
}

extension DifferenceReport.Item {
    fileprivate var json: JSONValue {
        var members: [String: JSONValue] = [
            "path": .string(difference.path.description),
            "causes": .strings(causes.map(\.rawValue)),
        ]
        switch difference.kind {
        case .onlyInFirst: members["kind"] = .string("removed")
        case .onlyInSecond: members["kind"] = .string("added")
        case .kinds(let first, let second):
            members["kind"] = .string("type")
            members["types"] = .strings([first, second])
        case .executable(let first):
            members["kind"] = .string("mode")
            members["executable"] = .array([.bool(first), .bool(!first)])
        case .targets(let first, let second):
            members["kind"] = .string("target")
            members["targets"] = .strings([first.description, second.description])
        case .contents(let offset, let first, let second):
            members["kind"] = .string("contents")
            members["offset"] = .count(offset)
            members["sizes"] = .array([.count(first), .count(second)])
        }
        if let contents {
            members["differingBytes"] = .count(contents.differingCount)
            members["runs"] = .count(contents.runCount)
            members["notes"] = .strings(contents.notes)
            members["removedLines"] = .strings(contents.removedLines)
            members["addedLines"] = .strings(contents.addedLines)
            members["places"] = .array(contents.places.map(\.json))
        }
        return .object(members)
    }

    fileprivate init(_ field: ManifestField) throws(ManifestError) {
        let causes = try field.member("causes").elements { cause throws(ManifestError) in
            try cause.word(LikelyCause.self)
        }
        var contents: ContentDifference?
        let kind: TreeDifference.Kind
        switch try field.member("kind").string() {
        case "removed": kind = .onlyInFirst
        case "added": kind = .onlyInSecond
        case "type":
            let types = try field.member("types").pair { type throws(ManifestError) in
                try type.string()
            }
            kind = .kinds(types.0, types.1)
        case "mode":
            kind = .executable(
                try field.member("executable").pair { first throws(ManifestError) in
                    try first.bool()
                }.0)
        case "target":
            let targets = try field.member("targets").pair { target throws(ManifestError) in
                ByteString(try target.prose().systemBytes)
            }
            kind = .targets(targets.0, targets.1)
        case "contents":
            let sizes = try field.member("sizes").pair { size throws(ManifestError) in
                try size.count()
            }
            kind = .contents(
                offset: try field.member("offset").count(), sizes: sizes.0, sizes.1)
            if field.has("differingBytes") {
                contents = try ContentDifference(field, sizes: [sizes.0, sizes.1], causes)
            }
        case let word: throw try field.member("kind").fail("'\(word)' is no kind of difference")
        }
        let path = ByteString(try field.member("path").prose().systemBytes)
        self.init(
            difference: TreeDifference(path: path, kind: kind), contents: contents, causes: causes)
    }
}

extension ContentDifference {
    fileprivate init(
        _ field: ManifestField, sizes: [UInt64], _ causes: [LikelyCause]
    ) throws(ManifestError) {
        self.init()
        self.sizes = sizes
        self.causes = causes
        differingCount = try field.member("differingBytes").count()
        runCount = Int(clamping: try field.member("runs").count())
        notes = try field.member("notes").proses()
        removedLines = try field.member("removedLines").proses()
        addedLines = try field.member("addedLines").proses()
        places = try field.member("places").elements { place throws(ManifestError) in
            try DifferingPlace(place)
        }
    }
}

extension DifferingPlace {
    fileprivate var json: JSONValue {
        func window(_ window: Window) -> JSONValue {
            .object([
                "start": .count(window.start), "bytes": .string(Base16.encode(window.bytes)),
            ])
        }
        return .object([
            "part": .optional(part), "offset": .count(offset),
            "secondOffset": .count(secondOffset), "first": window(first), "second": window(second),
        ])
    }

    fileprivate init(_ field: ManifestField) throws(ManifestError) {
        func window(_ name: String) throws(ManifestError) -> Window {
            let window = try field.member(name)
            let text = try window.member("bytes").string()
            guard let bytes = Base16.decode(text.utf8), bytes.count <= Self.shown else {
                throw try window.member("bytes").fail("at most \(Self.shown) bytes belong here")
            }
            return Window(start: try window.member("start").count(), bytes: bytes)
        }
        self.init(
            part: try field.member("part").optional { part throws(ManifestError) in
                try part.prose()
            }, offset: try field.member("offset").count(),
            secondOffset: try field.member("secondOffset").count(), first: try window("first"),
            second: try window("second"))
    }
}
