import Primitives
package import StoreModel

/// Draws what a closure weighs: as a picture, or as a page to look into.
package struct TreemapPicture: Sendable {
    private let sizes: RetainedSizes
    private let title: String
    private let storeDirectory: StoreDirectory

    /// A picture of `sizes`.
    ///
    /// - Parameter title: what it is of.
    package init(of sizes: RetainedSizes, title: String, storeDirectory: StoreDirectory) {
        self.sizes = sizes
        self.title = title
        self.storeDirectory = storeDirectory
    }

    /// Which of eight colours each path has: that of the frame it lies in below the top. A frame that
    /// holds everything is no top.
    private var colours: [Int] {
        var tops = sizes.roots
        while tops.count == 1, let only = tops.first, !sizes.items[only].children.isEmpty {
            tops = sizes.items[only].children
        }
        var colours = [Int](repeating: 7, count: sizes.items.count)
        for (place, top) in tops.enumerated() { colours[top] = place % 7 }
        let isTop = Set(tops)
        for (index, item) in sizes.items.enumerated() where !isTop.contains(index) {
            if let parent = item.parent { colours[index] = colours[parent] }
        }
        return colours
    }

    // MARK: The picture

    /// An SVG file of 1600 by 1000 units, in the colours that the reader's system prefers.
    package func svg() -> [UInt8] {
        let (width, height, head) = (1600.0, 1000.0, 46.0)
        let map = Treemap(of: sizes, width: width - 20, height: height - head - 10)
        let colours = colours
        var out = TextBuffer()
        out.line(
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1600 1000" \
            font-family="system-ui, Helvetica, Arial, sans-serif">
            """)
        out.line("<style>\(Self.style)</style>")
        out.line(#"<rect class="ground" width="1600" height="1000"/>"#)
        out.line(
            #"<text x="10" y="29" font-size="19" font-weight="600">"#
                + Self.escaped("\(title) · \(ByteCount(sizes.total))")
                + ##"<tspan class="soft" font-size="13" font-weight="400" dx="14">"##
                + "area is size; a frame holds what would go with it</tspan></text>")
        out.line("<g transform=\"translate(10 \(Self.number(head)))\">")
        for (index, item) in sizes.items.enumerated() {
            let cell = map.cells[index]
            guard cell.width > 0.3, cell.height > 0.3 else { continue }
            let name = Self.escaped(item.path.name)
            out.line(
                "<g><title>\(name)\n\(ByteCount(item.size)), with all it holds "
                    + "\(ByteCount(item.retained))\n\(storeDirectory.path(of: item.path))</title>"
                    + "<rect class=\"c\(colours[index])\" \(Self.attributes(cell))/>"
                    + Self.label(item, cell) + "</g>")
        }
        for (index, item) in sizes.items.enumerated() where !item.children.isEmpty {
            let frame = map.frames[index]
            guard frame.width > 4, frame.height > 4 else { continue }
            let weight = item.parent == nil ? 2.4 : 1.2
            out.line(
                "<rect class=\"frame\" stroke-width=\"\(weight)\" \(Self.attributes(frame))/>")
        }
        out.line("</g></svg>")
        return out.bytes
    }

    /// Pale for light, dark for dark; frames in the colour of ink.
    private static let style = """
        .ground{fill:#fbfbfa}text{fill:#1f2327;pointer-events:none}.soft{fill:#5d656d}\
        .frame{fill:none;stroke:#1f2327;pointer-events:none}rect{stroke:#fbfbfa;stroke-width:.8}\
        .c0{fill:#aed1f8}.c1{fill:#ffc09a}.c2{fill:#a9dfba}.c3{fill:#d5bbf0}.c4{fill:#ffd98a}\
        .c5{fill:#f5b3c4}.c6{fill:#a8dde0}.c7{fill:#d5d8db}\
        @media(prefers-color-scheme:dark){.ground{fill:#14171a}text{fill:#e8eaec}.soft{fill:#a2abb4}\
        .frame{stroke:#e8eaec}rect{stroke:#14171a}.c0{fill:#1f4c7c}.c1{fill:#6b3621}.c2{fill:#1f5737}\
        .c3{fill:#4c2f73}.c4{fill:#5d4713}.c5{fill:#6b2438}.c6{fill:#1b5459}.c7{fill:#414950}}
        """

    private static func label(_ item: RetainedSizes.Item, _ cell: Treemap.Rectangle) -> String {
        let size = min(15, max(9, cell.height * 0.3))
        let room = Int((cell.width - 8) / (size * 0.56))
        guard room >= 4, cell.height > size + 4 else { return "" }
        let name = item.path.name
        let shown = name.count > room ? String(name.prefix(room - 1)) + "…" : name
        let (x, y) = (number(cell.x + 5), cell.y + size + 2)
        var text = "<text x=\"\(x)\" y=\"\(number(y))\" font-size=\"\(number(size))\">"
        text += escaped(shown) + "</text>"
        let bytes = "\(ByteCount(item.size))"
        if cell.height > 2.4 * size, bytes.count < room {
            text +=
                "<text class=\"soft\" x=\"\(x)\" y=\"\(number(y + size * 1.2))\" "
                + "font-size=\"\(number(size * 0.85))\">\(bytes)</text>"
        }
        return text
    }

    private static func attributes(_ rectangle: Treemap.Rectangle) -> String {
        "x=\"\(number(rectangle.x))\" y=\"\(number(rectangle.y))\" "
            + "width=\"\(number(rectangle.width))\" height=\"\(number(rectangle.height))\""
    }

    /// With at most two digits behind the point.
    private static func number(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        guard hundredths % 100 != 0 else { return "\(hundredths / 100)" }
        let rest = hundredths % 100
        return "\(hundredths / 100)." + (rest < 10 ? "0" : "") + "\(rest)"
    }

    private static func escaped(_ text: String) -> String {
        String(decoding: HTMLPage.escaped(text), as: UTF8.self)
    }

    // MARK: The page

    /// A page in one file: pointing tells sizes, a click goes into a frame.
    package func html() -> [UInt8] {
        let map = Treemap(of: sizes, width: 1, height: 0.62)
        let colours = colours
        let items = sizes.items.enumerated().map { index, item in
            JSONValue.object([
                "name": .string(item.path.name), "path": .string(item.path.baseName),
                "size": .count(item.size), "retained": .count(item.retained),
                "parent": item.parent.map { .count($0) } ?? .null,
                "children": .array(item.children.map { .count($0) }),
                "colour": .count(colours[index]), "frame": Self.json(map.frames[index]),
                "cell": Self.json(map.cells[index]),
            ])
        }
        return HTMLPage(
            title: title, template: PackageResources.treemap_html,
            styles: [PackageResources.page_css],
            scripts: [PackageResources.common_js, PackageResources.treemap_js],
            data: .object([
                "title": .string(title), "directory": .string(storeDirectory.path),
                "total": .count(sizes.total), "height": .number(0.62),
                "roots": .array(sizes.roots.map { .count($0) }), "items": .array(items),
            ])
        ).bytes
    }

    private static func json(_ rectangle: Treemap.Rectangle) -> JSONValue {
        .array(
            [rectangle.x, rectangle.y, rectangle.width, rectangle.height].map {
                .number(($0 * 1e7).rounded() / 1e7)
            })
    }
}
