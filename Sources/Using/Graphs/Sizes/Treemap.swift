import Primitives

/// Rectangles for sizes: the area of a frame is what its path retains, and in it lie a rectangle for
/// the path itself and the frames of what hangs on it.
///
/// The layout is that of Bruls, Huizing and van Wijk, "Squarified Treemaps" (2000): rows along the
/// shorter side, each as long as its rectangles become more square.
package struct Treemap: Sendable {
    /// A rectangle; the origin is the upper left corner.
    package struct Rectangle: Hashable, Sendable {
        /// The left side.
        package var x: Double
        /// The upper side.
        package var y: Double
        /// From left to right.
        package var width: Double
        /// From top to bottom.
        package var height: Double
    }

    /// For each path, by its index, the frame of all it retains.
    package private(set) var frames: [Rectangle]
    /// For each path, the rectangle of its own bytes.
    package private(set) var cells: [Rectangle]

    /// The map of `sizes` in a rectangle of `width` and `height`.
    package init(of sizes: RetainedSizes, width: Double, height: Double) {
        let nothing = Rectangle(x: 0, y: 0, width: 0, height: 0)
        frames = Array(repeating: nothing, count: sizes.items.count)
        cells = frames
        let all = Rectangle(x: 0, y: 0, width: width, height: height)
        place(sizes.roots, sizes.roots.map { sizes.items[$0].retained }, in: all) {
            frames[$0] = $1
        }
        for (index, item) in sizes.items.enumerated() {
            // The path itself comes as one among its children, where its size puts it.
            let members = [index] + item.children
            let weights = [item.size] + item.children.map { sizes.items[$0].retained }
            place(members, weights, in: frames[index]) { member, rectangle in
                if member == index {
                    cells[index] = rectangle
                } else {
                    frames[member] = rectangle
                }
            }
        }
    }

    private func place(
        _ members: [Int], _ weights: [UInt64], in frame: Rectangle,
        _ found: (Int, Rectangle) -> Void
    ) {
        let total = weights.saturatingSum
        guard total > 0, frame.width > 0, frame.height > 0 else { return }
        let scale = frame.width * frame.height / Double(total)
        let order = members.indices.sorted { (weights[$1], $0) < (weights[$0], $1) }
        let areas = order.map { Double(weights[$0]) * scale }
        var rest = frame
        var start = 0
        while start < areas.count, areas[start] > 0 {
            let side = min(rest.width, rest.height)
            var end = start + 1
            var sum = areas[start]
            while end < areas.count, areas[end] > 0,
                Self.worst(sum + areas[end], areas[start], areas[end], side)
                    <= Self.worst(sum, areas[start], areas[end - 1], side)
            {
                sum += areas[end]
                end += 1
            }
            let thickness = side > 0 ? sum / side : 0
            var offset = 0.0
            for place in start..<end {
                let length = thickness > 0 ? areas[place] / thickness : 0
                let rectangle =
                    rest.width >= rest.height
                    ? Rectangle(x: rest.x, y: rest.y + offset, width: thickness, height: length)
                    : Rectangle(x: rest.x + offset, y: rest.y, width: length, height: thickness)
                found(members[order[place]], rectangle)
                offset += length
            }
            if rest.width >= rest.height {
                rest.x += thickness
                rest.width = max(0, rest.width - thickness)
            } else {
                rest.y += thickness
                rest.height = max(0, rest.height - thickness)
            }
            start = end
        }
    }

    /// How far from a square the worst rectangle of a row is: `sum` is the row's area, along a side
    /// of this length.
    private static func worst(
        _ sum: Double, _ largest: Double, _ smallest: Double, _ side: Double
    ) -> Double {
        let square = side * side
        return max(square * largest / (sum * sum), sum * sum / (square * smallest))
    }
}
