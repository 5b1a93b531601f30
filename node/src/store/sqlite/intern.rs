//! Small numbers for ids, and the writer's memory of them.

use std::collections::BTreeMap;

use baro_crdt::ids::{CommunityId, EntryId, PersonId};
use rusqlite::{Connection, OptionalExtension, ToSql};

use super::super::Result;
use super::planned::Planned as _;

/// How many ids of a kind are remembered: about 1 MiB; past it the memory starts over.
const REMEMBERED_MAX: usize = 16 * 1024;

/// The numbers known so far. Dropped after a rollback, since numbers given in it are void.
#[derive(Debug, Default)]
pub(super) struct Keys {
    communities: BTreeMap<CommunityId, i64>,
    persons: BTreeMap<PersonId, i64>,
    targets: BTreeMap<EntryId, i64>,
}

impl Keys {
    /// The number of a community, given now where there is none.
    pub(super) fn community(&mut self, conn: &Connection, id: &CommunityId) -> Result<i64> {
        remember(&mut self.communities, id, || {
            key(
                conn,
                "SELECT key FROM community_keys WHERE id = ?",
                "INSERT INTO community_keys (id) VALUES (?)",
                id.as_bytes(),
            )
        })
    }

    /// The number of a person.
    pub(super) fn person(&mut self, conn: &Connection, id: &PersonId) -> Result<i64> {
        remember(&mut self.persons, id, || {
            key(
                conn,
                "SELECT key FROM persons WHERE id = ?",
                "INSERT INTO persons (id) VALUES (?)",
                id.as_bytes(),
            )
        })
    }

    /// The number of an entry that others name, whether it is here or not.
    pub(super) fn target(&mut self, conn: &Connection, id: &EntryId) -> Result<i64> {
        remember(&mut self.targets, id, || {
            key(
                conn,
                "SELECT key FROM targets WHERE id = ?",
                "INSERT INTO targets (id) VALUES (?)",
                id.as_bytes(),
            )
        })
    }
}

impl Keys {
    /// The number of an entry that nothing has named yet, most likely.
    pub(super) fn new_target(&mut self, conn: &Connection, id: &EntryId) -> Result<i64> {
        remember(&mut self.targets, id, || {
            let add = "INSERT INTO targets (id) VALUES (?) ON CONFLICT DO NOTHING";
            match conn.prepare_cached(add)?.execute([id.as_bytes()])? {
                0 => {
                    let find = "SELECT key FROM targets WHERE id = ?";
                    Ok(conn.prepare_cached(find)?.query_row([id.as_bytes()], |row| row.get(0))?)
                }
                _ => Ok(conn.last_insert_rowid()),
            }
        })
    }
}

fn remember<K: Ord + Copy>(
    known: &mut BTreeMap<K, i64>,
    id: &K,
    find: impl FnOnce() -> Result<i64>,
) -> Result<i64> {
    if let Some(key) = known.get(id) {
        return Ok(*key);
    }
    let key = find()?;
    if known.len() >= REMEMBERED_MAX {
        known.clear();
    }
    known.insert(*id, key);
    Ok(key)
}

fn key(conn: &Connection, find: &str, add: &str, id: &dyn ToSql) -> Result<i64> {
    let found = conn.cached(find)?.query_row([id], |row| row.get(0)).optional()?;
    match found {
        Some(key) => Ok(key),
        None => Ok(conn.cached(add)?.insert([id])?),
    }
}
