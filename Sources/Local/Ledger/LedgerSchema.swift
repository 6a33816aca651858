import GRDB

/// The ledger's tables, as a list of migrations that only grows: one that was published is never edited.
///
/// What is searched or sorted by has a column; what is only carried along is JSON. Moments are seconds since 1970.
/// Text is compared by its bytes, as the model's words are.
package enum LedgerSchema {
    package static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("2026-11-23 items, builds, releases, intents, leases") { db in
            try db.execute(sql: first)
        }
        migrator.registerMigration("2026-11-23 announcements and holds") { db in
            try db.execute(sql: second)
        }
        migrator.registerMigration("2026-11-27 accounts and audiences of releases") { db in
            try db.execute(sql: third)
        }
        migrator.registerMigration("2026-11-27 refused builds") { db in
            try db.execute(sql: "ALTER TABLE resolution ADD COLUMN refused TEXT NOT NULL DEFAULT '[]'")
        }
        migrator.registerMigration("2026-11-27 advisories") { db in
            try db.execute(sql: "ALTER TABLE resolution ADD COLUMN audit TEXT")
        }
        return migrator
    }

    private static let first = """
        -- Named numbers that only grow. 'revision' is the revision of the item that changed last.
        CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        INSERT INTO counter VALUES ('revision', 0);

        CREATE TABLE item (
            id INTEGER PRIMARY KEY,
            layer TEXT NOT NULL, major INTEGER NOT NULL, minor INTEGER NOT NULL, arm INTEGER NOT NULL,
            revision INTEGER NOT NULL DEFAULT 0,
            UNIQUE (layer, major, minor, arm)
        ) STRICT;
        CREATE INDEX item_revision ON item (revision);

        CREATE TABLE build (
            item INTEGER NOT NULL REFERENCES item, serial INTEGER NOT NULL,
            version TEXT NOT NULL, created INTEGER NOT NULL,
            contents TEXT, sha256 TEXT,
            requirements TEXT NOT NULL, packages TEXT NOT NULL, artifact TEXT,
            PRIMARY KEY (item, serial)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX build_sha256 ON build (sha256) WHERE sha256 IS NOT NULL;

        CREATE TABLE release (
            region TEXT NOT NULL, name TEXT NOT NULL, number INTEGER NOT NULL,
            item INTEGER NOT NULL, serial INTEGER NOT NULL, arn TEXT NOT NULL, external INTEGER NOT NULL,
            status TEXT NOT NULL, published INTEGER NOT NULL, expires INTEGER, reason TEXT,
            pinned INTEGER NOT NULL, revoked INTEGER NOT NULL,
            PRIMARY KEY (region, name, number),
            FOREIGN KEY (item, serial) REFERENCES build DEFERRABLE INITIALLY DEFERRED
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX release_item ON release (item, serial);
        CREATE INDEX release_expiring ON release (expires, region, name, number)
            WHERE status = 'deprecated' AND expires IS NOT NULL AND NOT pinned AND NOT external;

        CREATE TABLE alias (
            item INTEGER NOT NULL, contents TEXT NOT NULL, serial INTEGER NOT NULL,
            PRIMARY KEY (item, contents),
            FOREIGN KEY (item, serial) REFERENCES build DEFERRABLE INITIALLY DEFERRED
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE note (
            item INTEGER NOT NULL REFERENCES item, region TEXT NOT NULL,
            kind TEXT NOT NULL, reason TEXT NOT NULL, since INTEGER NOT NULL,
            PRIMARY KEY (item, region)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE resolution (
            item INTEGER PRIMARY KEY REFERENCES item,
            contents TEXT, remarks TEXT NOT NULL, since INTEGER NOT NULL
        ) STRICT;

        -- Open intents only: settling one removes it.
        CREATE TABLE intent (
            publication TEXT NOT NULL, part TEXT NOT NULL,
            item INTEGER REFERENCES item, begun INTEGER NOT NULL, work TEXT NOT NULL,
            PRIMARY KEY (publication, part)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX intent_item ON intent (item) WHERE item IS NOT NULL;

        -- A lease that was given back keeps its row, without a holder: its token must go on growing.
        CREATE TABLE lease (
            name TEXT PRIMARY KEY, holder TEXT, token INTEGER NOT NULL, until INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE mark (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
        """

    private static let second = """
        ALTER TABLE release ADD COLUMN announced INTEGER;
        CREATE TABLE hold (
            item INTEGER PRIMARY KEY, serial INTEGER NOT NULL, instead_of TEXT NOT NULL,
            FOREIGN KEY (item, serial) REFERENCES build DEFERRABLE INITIALLY DEFERRED
        ) STRICT;
        """

    /// A name and a number mean another version in another account. The account of what was recorded is in its ARN:
    /// `arn:PARTITION:lambda:REGION:ACCOUNT:layer:NAME:NUMBER`.
    private static let third = """
        CREATE TABLE moved (
            region TEXT NOT NULL, name TEXT NOT NULL, number INTEGER NOT NULL, account TEXT NOT NULL,
            item INTEGER NOT NULL, serial INTEGER NOT NULL, arn TEXT NOT NULL, external INTEGER NOT NULL,
            status TEXT NOT NULL, published INTEGER NOT NULL, expires INTEGER, reason TEXT,
            pinned INTEGER NOT NULL, revoked INTEGER NOT NULL, announced INTEGER, audience TEXT,
            PRIMARY KEY (region, name, number, account),
            FOREIGN KEY (item, serial) REFERENCES build DEFERRABLE INITIALLY DEFERRED
        ) STRICT, WITHOUT ROWID;
        INSERT INTO moved
            SELECT region, name, number,
                CASE WHEN instr(arn, ':' || region || ':') AND instr(arn, ':layer:')
                    THEN substr(arn, instr(arn, ':' || region || ':') + length(region) + 2,
                        instr(arn, ':layer:') - instr(arn, ':' || region || ':') - length(region) - 2)
                    ELSE '' END,
                item, serial, arn, external, status, published, expires, reason, pinned, revoked, announced, NULL
            FROM release;
        DROP TABLE release;
        ALTER TABLE moved RENAME TO release;
        CREATE INDEX release_item ON release (item, serial);
        CREATE INDEX release_expiring ON release (expires, region, name, number)
            WHERE status = 'deprecated' AND expires IS NOT NULL AND NOT pinned AND NOT external;
        """
}
