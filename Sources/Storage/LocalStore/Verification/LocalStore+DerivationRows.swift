import Primitives
import StoreDatabase
import StoreModel

extension LocalStore {
    /// Compares what is recorded of valid derivations with their texts: a registration that lies
    /// about its inputs lets collections delete them.
    func findings(inRowsOf derivations: [StorePath]) throws -> [VerificationFinding] {
        let recorded = try database.derivationRows()
        return try derivations.compactMap { path in
            try recorded[path].flatMap { try finding(in: $0, of: path) }
        }
    }

    /// Compares what was recorded of one derivation with its text; `nil` when all is well, or the
    /// derivation has gone meanwhile.
    func finding(in rows: DerivationRows, of path: StorePath) throws -> VerificationFinding? {
        do {
            let (derivation, text) = try derivations.read(path)
            let stated = DerivationRows(of: derivation)
            let isNamed = try isText(text, of: path, references: stated.references)
            if rows == stated, isNamed { return nil }
            // A collector or a repair may have come.
            guard let rows = try database.derivationRows(of: path) else { return nil }
            guard isNamed else {
                return .init(
                    .altered, path.baseName, "its contents changed: they are not those of its name")
            }
            if rows == stated { return nil }
            return .init(
                .database, path.baseName,
                "the database does not have what its text says: "
                    + Self.differences(rows, stated, in: storeDirectory))
        } catch {
            guard try database.isValid(path) else { return nil }
            return .init(.unreadable, path.baseName, "\(error)")
        }
    }

    /// Writes what is recorded of derivations anew where `findings` say that it is not what their
    /// texts say.
    ///
    /// - Returns: the findings about the database that are left, each with the reason.
    package func repairRows(_ findings: [VerificationFinding]) throws -> [VerificationFinding] {
        var repaired: [StorePath] = []
        let left = try findings.compactMap { finding -> VerificationFinding? in
            guard finding.kind == .database else { return nil }
            // Findings about the database file name no path.
            guard let path = try? StorePath(baseName: finding.name), path.isDerivation else {
                return finding
            }
            do {
                try repairRows(of: path)
                repaired.append(path)
                return nil
            } catch {
                guard Self.isAboutOne(error) else { throw error }
                return .init(finding.kind, finding.name, "\(error)")
            }
        }
        try registrations.write(database.infos(repaired))
        try synchronise()
        return left
    }

    private func repairRows(of path: StorePath) throws {
        try requireWritable()
        // What a collector takes must not become valid again.
        try addTemporaryRoots([path])
        let (derivation, text) = try derivations.read(path)
        let stated = DerivationRows(of: derivation)
        // Only a text that its path proves, and that claims its own outputs, may say what is
        // recorded.
        guard try isText(text, of: path, references: stated.references) else {
            throw LocalStoreError.badDerivation(
                path, reason: "its contents are not those of its name")
        }
        try derivation.checkInvariants(
            inputHashes: derivations.inputHashes(of: derivation), in: storeDirectory)
        guard var info = try database.info(path) else { throw StoreDatabaseError.notValid(path) }
        info.references = stated.references
        try database.register([info], outputs: [path: stated.outputs])
    }

    /// Whether an error lies in one derivation; others may be repaired all the same. What it needs
    /// may not be there any more.
    private static func isAboutOne(_ error: any Error) -> Bool {
        switch error {
        case is DerivationError, is LocalStoreError, StoreDatabaseError.invalidReference,
            StoreDatabaseError.notValid:
            true
        default: false
        }
    }

    private func isText(_ text: [UInt8], of path: StorePath, references: Set<StorePath>) throws
        -> Bool
    {
        try storeDirectory.textPath(
            name: path.name, contents: Digest.hash(text), references: references) == path
    }

    /// What only one of the two has, as the rest of a sentence.
    private static func differences(
        _ recorded: DerivationRows, _ stated: DerivationRows, in directory: StoreDirectory
    ) -> String {
        func outputs(_ rows: DerivationRows) -> Set<String> {
            Set(rows.outputs.map { "output \($0.key) = \(directory.path(of: $0.value))" })
        }
        func inputs(_ rows: DerivationRows) -> Set<String> {
            Set(rows.references.map { "input \(directory.path(of: $0))" })
        }
        let (left, right) = (
            inputs(recorded).union(outputs(recorded)), inputs(stated).union(outputs(stated))
        )
        let lists = [
            ("only in the database", left.subtracting(right)),
            ("only in the text", right.subtracting(left)),
        ]
        return lists.filter { !$0.1.isEmpty }
            .map { "\($0.0): \($0.1.sorted().joined(separator: ", "))" }.joined(separator: "; ")
    }
}
