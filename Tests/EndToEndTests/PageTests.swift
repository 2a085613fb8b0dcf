import Foundation
import Primitives
import TestSupport
import Testing

/// `graph --format html` in a real browser, with a real pointer and keyboard.
@Suite(.timeLimit(.minutes(40))) struct PageTests {
    /// A small bootstrap, and its page in a file.
    private static func page() throws -> (StoreFixture, String) {
        var store = try StoreFixture()
        func make(_ name: String, _ stage: String, _ inputs: [StoreFixture.Item]) throws
            -> StoreFixture.Item
        {
            try store.derive(name, "echo > $out", inputs: inputs, variables: ["stage": stage])
        }
        let seed = try make("tools-seed", "seed", [])
        let boot = try make("gcc-boot0", "boot0", [seed])
        let library = try make("libc-final", "final", [boot])
        let compiler = try make("gcc-final", "final", [boot, library])
        let system = try make("system", "system", [compiler, library])
        try store.realise(system)
        let text = try store.succeed("graph", "--format", "html", system.drv).output
        return (store, try store.directory.write(text, to: "page.html"))
    }

    private func visit(_ page: String, _ steps: String) throws -> JSONValue {
        guard let browser = try Browser.found() else { try Test.cancel("no chromium with python3") }
        return try JSONValue(parsing: Array(browser.visit(page, steps: "[\(steps)]").utf8))
    }

    @Test func searchWalkAndWay() throws {
        let (store, page) = try Self.page()
        let heading = #"{"evaluate": "document.querySelector('#panel h2').textContent"}"#
        func at(_ name: String) -> String { "graphPage.position(graphPage.find('\(name)'))" }
        func middle(_ element: String) -> String {
            "(box => ({x: box.x + box.width / 2, y: box.y + box.height / 2}))"
                + "(\(element).getBoundingClientRect())"
        }
        let answer = try visit(
            page,
            """
            {"screenshot": "\(try Browser.screenshot("graph-light"))"}, \(heading), \
            {"press": "/"}, {"type": "gcc boot"}, \
            {"evaluate": "[...document.querySelectorAll('#matches li')].map(item => item.children[1].textContent)"}, \
            {"press": "Enter"}, \(heading), \
            {"evaluate": "[...document.querySelectorAll('#needs button')].map(item => item.children[1].textContent).sort()"}, \
            {"click": "\(middle("[...document.querySelectorAll('#needs button')].find(item => item.textContent.startsWith('tools-seed'))"))"}, \
            \(heading), {"press": "ArrowLeft"}, \(heading), \
            {"press": "0"}, \
            {"hover": "\(at("libc-final"))"}, {"evaluate": "document.querySelector('#tip b').textContent"}, \
            {"click": "\(at("system"))"}, \(heading), \
            {"click": "\(at("tools-seed"))", "shift": true}, \
            {"evaluate": "[...document.querySelectorAll('#way button')].map(item => item.children[1].textContent)"}, \
            {"press": "Escape"}, \(heading), \
            {"dark": true}, {"screenshot": "\(try Browser.screenshot("graph-dark"))"}
            """)
        let way = JSONValue.array(
            ["system", "libc-final", "gcc-boot0", "tools-seed"].map { .string($0) })
        let other = JSONValue.array(
            ["system", "gcc-final", "gcc-boot0", "tools-seed"].map { .string($0) })
        let values = try #require(answer["values"]?.array)
        #expect(
            Array(values.prefix(7)) == [
                .string("system"), .array([.string("gcc-boot0")]), .string("gcc-boot0"),
                .array([.string("tools"), .string("tools-seed")]), .string("tools-seed"),
                .string("gcc-boot0"), .string("libc-final"),
            ])
        #expect(values[7] == .string("system"))
        #expect(values[8] == way || values[8] == other)
        #expect(values[9] == .string("system"))
        #expect(answer["problems"]?.array == [])
        withExtendedLifetime(store) {}
    }

    @Test func stagesHideAndZoomStays() throws {
        let (store, page) = try Self.page()
        let chip =
            "[...document.querySelectorAll('#stages button')].find(item => item.textContent === 'final')"
        let shown =
            #"{"evaluate": "graphPage.model.nodes.filter((_, node) => picture.layout.column[node] >= 0).map(node => node.name)"}"#
        let answer = try visit(
            page,
            """
            {"evaluate": "\(chip).click()"}, \(shown), \
            {"evaluate": "graphPage.select(graphPage.find('gcc-final'))"}, \
            {"evaluate": "picture.layout.column[graphPage.find('gcc-final')] >= 0"}, \
            {"evaluate": "graphPage.view().scale"}, \
            {"wheel": "graphPage.position(graphPage.find('gcc-final'))", "by": -400}, \
            {"wait": "graphPage.view().scale > 1.2"}, \
            {"evaluate": "document.getElementById('theme').click()"}, \
            {"evaluate": "document.documentElement.dataset.theme"}
            """)
        let values = try #require(answer["values"]?.array)
        let names = Set((values[1].array ?? []).compactMap(\.string))
        #expect(names.isSuperset(of: ["system", "gcc-boot0", "tools-seed"]))
        #expect(names.isDisjoint(with: ["gcc-final", "libc-final"]))
        #expect(values.dropFirst(2).contains(.bool(true)))
        #expect(values.last == .string("dark"))
        #expect(answer["problems"]?.array == [])
        withExtendedLifetime(store) {}
    }
}
