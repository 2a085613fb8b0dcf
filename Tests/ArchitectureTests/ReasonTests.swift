import Foundation
import Testing

/// Where the reason of a failure is lost, the code says why that is right.
@Suite struct ReasonTests {
    /// Rooms that were gone through; the others follow.
    static let rooms = ["Sources/System", "Sources/Storage", "Sources/Tools/StoreCommands/Care"]

    @Test(arguments: rooms) func everyLostReasonHasAReason(room: String) throws {
        let folder = ImportTests.root.appending(path: room)
        let files = try #require(
            FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        for case let file as URL in files where file.pathExtension == "swift" {
            let lines = try String(contentsOf: file, encoding: .utf8)
                .split(separator: "\n", omittingEmptySubsequences: false)
            for (index, line) in lines.enumerated() where line.contains("try? ") {
                if line.contains("//") { continue }
                // The comment stands above the statement, which may begin a few lines earlier.
                let above = lines[max(0, index - 4)..<index]
                #expect(
                    above.contains { $0.contains("//") },
                    "\(file.lastPathComponent):\(index + 1): \(line)")
            }
        }
    }
}
