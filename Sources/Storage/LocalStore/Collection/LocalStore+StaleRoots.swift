import Archives
import Primitives
import StoreDatabase
import StoreModel

extension LocalStore {
    /// Looks at every link in the roots directory.
    ///
    /// Roots whose paths are not valid are among ``RootSurvey/stale`` and not among
    /// ``RootSurvey/roots``: something has deleted what they should keep.
    ///
    /// - Throws: when the roots directory itself cannot be read whole.
    package func surveyRoots() throws -> RootSurvey {
        var survey = try rootLinks()
        let valid = try database.validPaths(among: survey.roots.map(\.target))
        for root in survey.roots where !valid.contains(root.target) {
            survey.stale.append(
                StaleRoot(
                    link: root.link, target: storeDirectory.path(of: root.target),
                    reason: "the path is not valid", isRemovable: false))
        }
        survey.roots.removeAll { !valid.contains($0.target) }
        survey.sort()
        return survey
    }

    /// Removes the links to users' links that are gone. Only who holds the collector's lock may:
    /// whoever makes a root holds it shared, so none is new.
    func removeStaleRoots(_ stale: [StaleRoot]) throws {
        let removable = stale.filter(\.isRemovable)
        guard !removable.isEmpty else { return }
        let directory = try DirectoryDescriptor.opening(layout.automaticRootsDirectory)
        for root in removable {
            guard let name = root.link.pathComponents.last else { continue }
            // It keeps nothing, so nothing is lost when it stays; the next collection tries again.
            try? directory.removeFile(FileName(name))
        }
    }
}
