//! The schema, as numbered steps: step n brings a database of version n-1 to version n.
//!
//! A step that has left this house is never changed, only followed by another. Persons, entry ids
//! that others name and communities are written down once each and known by a small number
//! everywhere else, because a vote of 25 bytes should not cost 100 on disk. Such a number means
//! nothing outside this file.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::super::{Result, StoreError};

/// `PRAGMA application_id`: "baro".
pub(super) const APPLICATION_ID: i32 = 0x6261_726f;

pub(super) const STEPS: &[&str] = &[
    "
    CREATE TABLE community_keys (key INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE) STRICT;
    CREATE TABLE persons (key INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE) STRICT;
    CREATE TABLE targets (key INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE) STRICT;

    CREATE TABLE communities (
        community INTEGER PRIMARY KEY, lthash BLOB NOT NULL, records INTEGER NOT NULL,
        logs INTEGER NOT NULL, entries INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE records (
        community INTEGER NOT NULL, id BLOB NOT NULL UNIQUE, bytes BLOB NOT NULL,
        first_seen INTEGER NOT NULL, PRIMARY KEY (community, id)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE logs (
        number INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE,
        community INTEGER NOT NULL, author INTEGER NOT NULL, grant_id BLOB NOT NULL,
        stream INTEGER NOT NULL, lane BLOB NOT NULL, volume INTEGER NOT NULL,
        length INTEGER NOT NULL, chain BLOB NOT NULL, lamport INTEGER NOT NULL,
        time INTEGER NOT NULL, bytes INTEGER NOT NULL, authorised INTEGER NOT NULL,
        authorised_chain BLOB NOT NULL
    ) STRICT;
    CREATE INDEX logs_by_author ON logs (community, author);
    -- key = log number * 2^32 + index of the first entry, so that a log's runs lie together
    CREATE TABLE runs (
        key INTEGER PRIMARY KEY, count INTEGER NOT NULL, bytes BLOB NOT NULL
    ) STRICT;
    CREATE TABLE heads (
        log INTEGER NOT NULL, length INTEGER NOT NULL, chain BLOB NOT NULL,
        signature BLOB NOT NULL, PRIMARY KEY (log, length)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE payloads (hash BLOB NOT NULL UNIQUE, bytes BLOB NOT NULL) STRICT;
    CREATE TABLE wanted (
        log INTEGER NOT NULL, at INTEGER NOT NULL, community INTEGER NOT NULL,
        hash BLOB NOT NULL, size INTEGER NOT NULL, PRIMARY KEY (log, at)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX wanted_by_hash ON wanted (hash);
    CREATE TABLE cuts (
        log BLOB NOT NULL UNIQUE, community INTEGER NOT NULL, cut INTEGER NOT NULL,
        proof BLOB NOT NULL
    ) STRICT;

    CREATE TABLE names (
        community INTEGER NOT NULL, person INTEGER NOT NULL, name TEXT NOT NULL,
        lamport INTEGER NOT NULL, entry BLOB NOT NULL, PRIMARY KEY (community, person)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE posts (
        target INTEGER PRIMARY KEY, community INTEGER NOT NULL, family INTEGER NOT NULL,
        parent INTEGER, author INTEGER NOT NULL, log INTEGER NOT NULL, at INTEGER NOT NULL,
        lamport INTEGER NOT NULL, declared_at INTEGER NOT NULL, first_seen INTEGER NOT NULL,
        payload BLOB
    ) STRICT;
    CREATE INDEX posts_by_family ON posts (community, family);
    CREATE INDEX posts_by_parent ON posts (parent, family) WHERE parent IS NOT NULL;
    CREATE TABLE edits (
        target INTEGER NOT NULL, author INTEGER NOT NULL, community INTEGER NOT NULL,
        lamport INTEGER NOT NULL, entry BLOB NOT NULL, payload BLOB,
        PRIMARY KEY (target, author, community)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE hides (
        post INTEGER NOT NULL, community INTEGER NOT NULL, moderator INTEGER NOT NULL,
        lamport INTEGER NOT NULL, entry BLOB NOT NULL, reason TEXT,
        PRIMARY KEY (post, community)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE votes (
        post INTEGER NOT NULL, person INTEGER NOT NULL, community INTEGER NOT NULL,
        choice INTEGER NOT NULL, lamport INTEGER NOT NULL, entry BLOB NOT NULL,
        PRIMARY KEY (post, person, community)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE local_persons (
        place INTEGER PRIMARY KEY, community BLOB NOT NULL, person BLOB NOT NULL,
        name TEXT NOT NULL, seed BLOB NOT NULL, UNIQUE (community, person)
    ) STRICT;
    CREATE TABLE local_values (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
",
    "
    -- bytes lie in files beside the database; have lists the groups of 16 KiB that are durable
    CREATE TABLE blobs (
        hash BLOB NOT NULL UNIQUE, size INTEGER NOT NULL, have BLOB NOT NULL,
        held INTEGER NOT NULL, pinned INTEGER NOT NULL, made_here INTEGER NOT NULL,
        sent INTEGER NOT NULL, wanted INTEGER NOT NULL, named INTEGER NOT NULL,
        shown INTEGER NOT NULL, dropped INTEGER NOT NULL,
        class INTEGER NOT NULL, official INTEGER NOT NULL, last_used INTEGER NOT NULL,
        added INTEGER NOT NULL, unnamed_since INTEGER
    ) STRICT;
    CREATE TABLE blob_names (
        hash BLOB NOT NULL, target BLOB NOT NULL, payload BLOB NOT NULL,
        community INTEGER NOT NULL, size INTEGER NOT NULL, class INTEGER NOT NULL,
        official INTEGER NOT NULL, hidden INTEGER NOT NULL,
        PRIMARY KEY (hash, target, payload, community)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX blob_names_by_community ON blob_names (community);
    CREATE INDEX blob_names_by_payload ON blob_names (payload);
",
    "
    -- state: 0 said, 1 carried, 2 wanted
    CREATE TABLE changes (
        text INTEGER NOT NULL, hash BLOB NOT NULL, community INTEGER NOT NULL,
        state INTEGER NOT NULL, author BLOB, bytes BLOB, PRIMARY KEY (text, hash)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX changes_open ON changes (community, state) WHERE state > 0;
    INSERT OR REPLACE INTO local_values
        SELECT 'rebuild', x'01' WHERE EXISTS (SELECT 1 FROM communities);
",
    "
    -- kinds of entries that an earlier program kept as unknown ones, and hidings with their history
    INSERT OR REPLACE INTO local_values
        SELECT 'rebuild', x'01' WHERE EXISTS (SELECT 1 FROM communities);
",
    "
    CREATE TABLE questions (
        community INTEGER NOT NULL, target INTEGER NOT NULL, PRIMARY KEY (community, target)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE receipts (
        target INTEGER NOT NULL, person INTEGER NOT NULL, read INTEGER NOT NULL,
        community INTEGER NOT NULL, lamport INTEGER NOT NULL, entry BLOB NOT NULL,
        declared_at INTEGER NOT NULL, PRIMARY KEY (target, person, read, community)
    ) STRICT, WITHOUT ROWID;
    INSERT OR REPLACE INTO local_values
        SELECT 'rebuild', x'01' WHERE EXISTS (SELECT 1 FROM communities);
",
    "
    -- bytes last, so that reading the other columns does not read them
    CREATE TABLE parcels (
        community INTEGER NOT NULL, id BLOB NOT NULL, size INTEGER NOT NULL,
        kept_at INTEGER NOT NULL, way INTEGER NOT NULL, sent INTEGER NOT NULL,
        tried INTEGER NOT NULL, gone INTEGER NOT NULL, bytes BLOB, PRIMARY KEY (community, id)
    ) STRICT;
    INSERT OR REPLACE INTO local_values
        SELECT 'rebuild', x'01' WHERE EXISTS (SELECT 1 FROM communities);
",
];

/// The version that this program writes.
pub(super) fn known() -> u32 {
    u32::try_from(STEPS.len()).unwrap_or(u32::MAX)
}

/// The version of the database; 0 for an empty one.
///
/// # Errors
/// [`StoreError::Damaged`] where it is another program's, [`StoreError::TooNew`] where it is a
/// later version's.
pub(super) fn version(conn: &Connection) -> Result<u32> {
    let application: i32 = conn.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let found: u32 = conn.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let tables: u32 = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if application != APPLICATION_ID && (application != 0 || found != 0 || tables != 0) {
        return Err(StoreError::Damaged("it belongs to another program".into()));
    }
    if found > known() { Err(StoreError::TooNew { found, known: known() }) } else { Ok(found) }
}

/// Brings the database from version `found` to the last of `steps`, all or nothing.
pub(super) fn migrate(conn: &Connection, found: u32, steps: &[&str]) -> Result<()> {
    if found as usize >= steps.len() {
        return Ok(());
    }
    let transaction = Transaction::new_unchecked(conn, TransactionBehavior::Immediate)?;
    for step in steps.iter().skip(found as usize) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    let version = i64::try_from(steps.len()).unwrap_or(i64::MAX);
    transaction.pragma_update(None, "user_version", version)?;
    Ok(transaction.commit()?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_older_folder_is_brought_up_all_or_nothing() {
        let conn = Connection::open_in_memory().unwrap();
        migrate(&conn, 0, &STEPS[..1]).unwrap();
        conn.execute("INSERT INTO local_values VALUES ('a', x'01')", []).unwrap();
        migrate(&conn, 1, STEPS).unwrap();
        assert_eq!(version(&conn).unwrap(), known());
        let more = |step| STEPS.iter().copied().chain([step]).collect::<Vec<&str>>();
        let broken = more("CREATE TABLE more (a); INSERT INTO nowhere VALUES (1)");
        assert!(migrate(&conn, known(), &broken).is_err());
        assert_eq!(version(&conn).unwrap(), known());
        assert!(conn.prepare("SELECT * FROM more").is_err());
        migrate(&conn, known(), &more("CREATE TABLE more (a)")).unwrap();
        assert!(conn.prepare("SELECT * FROM more").is_ok());
        let found = known() + 1;
        assert_eq!(version(&conn), Err(StoreError::TooNew { found, known: known() }));
        let kept: u32 =
            conn.query_row("SELECT count(*) FROM local_values", [], |r| r.get(0)).unwrap();
        assert_eq!(kept, 1);
    }

    #[test]
    fn a_strangers_database_is_refused() {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("CREATE TABLE theirs (a)").unwrap();
        assert!(matches!(version(&conn), Err(StoreError::Damaged(_))));
    }
}
