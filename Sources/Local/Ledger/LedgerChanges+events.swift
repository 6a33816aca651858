import GRDB
import Model

extension LedgerChanges {
    mutating func apply(_ event: Event) throws {
        switch event {
        case .built(let build): try apply(build)
        case .same(let item, let contents, let buildNumber): try apply(alias: contents, buildNumber, of: item)
        case .released(let release): try apply(release)
        case .noted(let item, let region, let note): try apply(note, item, region)
        case .resolved(let item, let resolution): try apply(resolution, of: item)
        case .held(let item, let hold): try apply(hold, of: item)
        }
    }

    private mutating func apply(_ build: Build) throws {
        let row = try row(of: build.item)
        let query = try db.cachedStatement(sql: "SELECT \(BuildRow.columns) FROM build WHERE item = ? AND serial = ?")
        if let known = try Row.fetchOne(query, arguments: [row, build.buildNumber]) {
            guard try BuildRow.build(known, item: build.item) == build else {
                throw StrataError(
                    .inconsistent, "another build is recorded as build \(build.buildNumber)",
                    place: build.item.place)
            }
            return
        }
        let insert = try db.cachedStatement(
            sql: "INSERT INTO build (\(BuildRow.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
        try insert.execute(arguments: BuildRow.arguments(build, row: row))
        touch(row)
    }

    private mutating func apply(alias contents: ContentsKey, _ buildNumber: Int, of item: Item) throws {
        let row = try row(of: item)
        let upsert = try db.cachedStatement(
            sql: """
                INSERT INTO alias (item, contents, serial) VALUES (?, ?, ?)
                ON CONFLICT DO UPDATE SET serial = excluded.serial WHERE serial != excluded.serial
                """)
        try upsert.execute(arguments: [row, contents.description, buildNumber])
        if db.changesCount > 0 { touch(row) }
    }

    private mutating func apply(_ release: Release) throws {
        let row = try row(of: release.item)
        let query = try db.cachedStatement(
            sql: """
                SELECT \(ReleaseRow.columns) FROM release
                WHERE region = ? AND name = ? AND number = ? AND account = ?
                """)
        let id = release.id
        if let known = try Row.fetchOne(query, arguments: [id.region.code, id.name, id.number, id.account]) {
            let before: Int64 = known[0]
            if before == row, try ReleaseRow.release(known, item: release.item) == release { return }
            touch(before)
        }
        let replace = try db.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO release (\(ReleaseRow.columns))
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        try replace.execute(arguments: ReleaseRow.arguments(release, row: row))
        touch(row)
    }

    private mutating func apply(_ note: Note?, _ item: Item, _ region: Region) throws {
        guard let note else {
            guard let row = try existingRow(of: item) else { return }
            try db.cachedStatement(sql: "DELETE FROM note WHERE item = ? AND region = ?")
                .execute(arguments: [row, region.code])
            if db.changesCount > 0 { touch(row) }
            return
        }
        let row = try row(of: item)
        let upsert = try db.cachedStatement(
            sql: """
                INSERT INTO note (item, region, kind, reason, since) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET kind = excluded.kind, reason = excluded.reason, since = excluded.since
                WHERE (kind, reason, since) != (excluded.kind, excluded.reason, excluded.since)
                """)
        try upsert.execute(arguments: [row, region.code, note.kind.rawValue, note.reason, note.since.seconds])
        if db.changesCount > 0 { touch(row) }
    }

    private mutating func apply(_ resolution: Resolution, of item: Item) throws {
        let row = try row(of: item)
        let upsert = try db.cachedStatement(
            sql: """
                INSERT INTO resolution (item, contents, remarks, since, refused, audit) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET contents = excluded.contents, remarks = excluded.remarks,
                    since = excluded.since, refused = excluded.refused, audit = excluded.audit
                WHERE contents IS NOT excluded.contents OR audit IS NOT excluded.audit
                    OR (remarks, since, refused) != (excluded.remarks, excluded.since, excluded.refused)
                """)
        try upsert.execute(
            arguments: [
                row, resolution.contents?.description, try LedgerJSON.text(of: resolution.remarks),
                resolution.since.seconds, try LedgerJSON.text(of: resolution.refusedBuilds),
                try resolution.audit.map { try LedgerJSON.text(of: $0) },
            ])
        if db.changesCount > 0 { touch(row) }
    }

    private mutating func apply(_ hold: Hold?, of item: Item) throws {
        guard let hold else {
            guard let row = try existingRow(of: item) else { return }
            try db.cachedStatement(sql: "DELETE FROM hold WHERE item = ?").execute(arguments: [row])
            if db.changesCount > 0 { touch(row) }
            return
        }
        let row = try row(of: item)
        let upsert = try db.cachedStatement(
            sql: """
                INSERT INTO hold (item, serial, instead_of) VALUES (?, ?, ?)
                ON CONFLICT DO UPDATE SET serial = excluded.serial, instead_of = excluded.instead_of
                WHERE (serial, instead_of) != (excluded.serial, excluded.instead_of)
                """)
        try upsert.execute(arguments: [row, hold.buildNumber, hold.insteadOf.description])
        if db.changesCount > 0 { touch(row) }
    }
}
