import ArgumentParser
package import Graphs
import Primitives
import StoreModel

/// The forms that `graph` can print.
enum GraphFormat: String, CaseIterable, ExpressibleByArgument {
    /// The language of graphviz.
    case dot
    /// A picture, drawn by graphviz.
    case svg
    /// A page to walk in.
    case html
    /// For Markdown.
    case mermaid
    /// For a terminal.
    case tree
    /// This project's own form.
    case json
    /// For graph programs.
    case graphml
    /// For graph databases.
    case cypher
    /// A bill of materials.
    case cyclonedx

    /// Whether it is made to be looked at, so that many alike may be shown as one.
    var isPicture: Bool {
        switch self {
        case .dot, .svg, .html, .mermaid, .tree: true
        case .json, .graphml, .cypher, .cyclonedx: false
        }
    }

    /// The bytes of `graph` in this form; for ``svg`` those that `dot` draws from.
    func render(
        _ graph: DependencyGraph, usesFullNames: Bool, storeDirectory: StoreDirectory
    ) -> [UInt8] {
        switch self {
        case .dot, .svg: DOTRenderer(usesFullNames: usesFullNames).render(graph)
        case .html: HTMLRenderer(storeDirectory: storeDirectory).render(graph)
        case .mermaid: MermaidRenderer(usesFullNames: usesFullNames).render(graph)
        case .tree: TreeRenderer(usesFullNames: usesFullNames).render(graph)
        case .json:
            JSONGraphRenderer(storeDirectory: storeDirectory).value(of: graph).text() + [0x0a]
        case .graphml: GraphMLRenderer(storeDirectory: storeDirectory).render(graph)
        case .cypher: CypherRenderer(storeDirectory: storeDirectory).render(graph)
        case .cyclonedx:
            CycloneDXRenderer(storeDirectory: storeDirectory).value(of: graph).text() + [0x0a]
        }
    }
}

extension DependencyGraph.Relation: ExpressibleByArgument {}
