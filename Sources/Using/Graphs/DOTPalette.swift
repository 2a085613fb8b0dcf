/// Colours and shapes of the DOT pictures.
enum DOTPalette {
    /// What leads to a highlighted node: seen beside every stage's colour.
    static let emphasis = "#c2185b"

    /// The colours of a stage: its frame, its ground, and a root in it. Chosen to be told apart
    /// in print and by people who do not tell red from green.
    static func cluster(_ stage: GraphStage) -> (line: String, fill: String, strong: String) {
        switch stage.name {
        case "seed": ("#8a5a00", "#fff4df", "#ffdf9e")
        case "boot": ("#9a3412", "#ffefe6", "#ffc9a8")
        case "final": ("#0b57a4", "#e9f2fc", "#bcd9f7")
        case "system": ("#1a6b3c", "#e8f6ec", "#b9e4c6")
        case "check": ("#6b3fa0", "#f4eefb", "#dcc8f2")
        default: ("#5f6368", "#f4f5f6", "#dadce0")
        }
    }

    /// The attributes that give a node its shape.
    static func shape(_ node: GraphNode) -> String {
        let base =
            switch node.kind {
            case .build, .item: "shape=box, style=\"rounded,filled\""
            case .final: "shape=box, style=filled, peripheries=2"
            case .fetch: "shape=cylinder, style=filled"
            case .seed: "shape=hexagon, style=filled, penwidth=1.6"
            case .check: "shape=octagon, style=filled, penwidth=1.6"
            case .source: "shape=note, style=filled, fontsize=10"
            case .stage: "shape=box, style=\"rounded,filled\", penwidth=2, margin=\"0.25,0.15\""
            }
        if node.isRoot { return base + ", penwidth=2.4, fontsize=13" }
        return base + (node.isFold ? ", penwidth=2, fontsize=13, margin=\"0.2,0.1\"" : "")
    }

    /// What a shape is called; the caption explains the picture with it.
    static func shapeName(_ kind: GraphNode.Kind) -> String {
        switch kind {
        case .build, .item: "box"
        case .final: "double box"
        case .fetch: "cylinder"
        case .seed: "hexagon"
        case .check: "octagon"
        case .source: "note"
        case .stage: "box"
        }
    }
}
