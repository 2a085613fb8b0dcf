import Archives
import StoreDatabase
import StoreModel

extension LocalStore {
    /// Compares the database with itself and with the registrations kept beside it.
    ///
    /// - Parameter repairs: whether to write the registrations that are missing or differ, as the
    ///   database has them; nothing is written when the database itself is damaged, nor of
    ///   derivations whose texts say something else.
    /// - Returns: the findings as they were before, by name.
    package func checkDatabase(repairs: Bool = false) throws -> [VerificationFinding] {
        if repairs { try requireWritable() }
        let problems = try database.integrityProblems()
        var findings = problems.map {
            VerificationFinding(.database, layout.databaseFile, $0)
        }
        // First the files: they are written before the rows and removed after them.
        var entries = try registrations.read()
        let inUse = try TemporaryRoots.read(layout, removesStale: false)
        let infos = try database.allInfos()
        var wrong: [PathInfo] = []
        for info in infos {
            guard
                let reason = Self.difference(info, entries.removeValue(forKey: info.path.hashPart)),
                // It may have been registered, or forgotten, meanwhile.
                try isStill(info)
            else { continue }
            // Of these two a derivation's text knows which is right.
            if info.path.isDerivation, let rows = try database.derivationRows(of: info.path),
                let finding = try finding(in: rows, of: info.path)
            {
                findings.append(finding)
                continue
            }
            findings.append(
                .init(.registration, info.path.baseName, reason, remedy: .writing))
            wrong.append(info)
        }
        let making = Set(inUse.map(\.target.hashPart))
        for (hashPart, entry) in entries where !making.contains(hashPart) {
            if let finding = try finding(inUnknown: entry, hashPart) { findings.append(finding) }
        }
        if repairs, problems.isEmpty {
            try registrations.write(wrong)
            try synchronise()
        }
        return findings.sorted { ($0.name, $0.reason) < ($1.name, $1.reason) }
    }

    private func isStill(_ info: PathInfo) throws -> Bool {
        guard let now = try database.info(info.path), now == info else { return false }
        return try Self.difference(info, registrations.read(info.path)) != nil
    }

    private func finding(inUnknown entry: RegistrationFolder.Entry, _ hashPart: String) throws
        -> VerificationFinding?
    {
        if try database.path(hashPart: hashPart) != nil { return nil }
        guard case .registration(let info) = entry,
            try folder.descriptor.statusIfPresent(of: info.path.fileName()) != nil
        else {
            return .init(
                .leftover, hashPart,
                "a registration of nothing that is here; left by a process that was killed",
                remedy: .collection)
        }
        return .init(
            .registration, info.path.baseName,
            "it is here and has a registration, but is not valid: left by a process that was "
                + "killed, or forgotten by a database that was put back",
            remedy: .rebuildOrCollection)
    }

    /// How the registration that is kept of a valid path differs from its row.
    private static func difference(_ info: PathInfo, _ entry: RegistrationFolder.Entry?) -> String?
    {
        switch entry {
        case nil: return "it is valid, but has no registration"
        case .damaged(let reason): return "its registration is damaged: \(reason)"
        case .registration(let kept):
            var fields: [String] = []
            if kept.path != info.path { fields.append("path") }
            if kept.narHash != info.narHash { fields.append("NAR hash") }
            if kept.narSize != info.narSize { fields.append("NAR size") }
            if kept.references != info.references { fields.append("references") }
            if kept.deriver != info.deriver { fields.append("deriver") }
            if Set(kept.signatures) != Set(info.signatures) { fields.append("signatures") }
            if kept.contentAddress != info.contentAddress { fields.append("content address") }
            if kept.isUltimate != info.isUltimate { fields.append("whether it was built here") }
            if kept.registrationTime != info.registrationTime { fields.append("time") }
            if fields.isEmpty { return nil }
            return "the database and its registration differ in: \(fields.joined(separator: ", "))"
        }
    }
}
