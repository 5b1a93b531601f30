//! Sealed parcels that are carried here.

use baro_crdt::ids::{CommunityId, ParcelId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::super::{ParcelRow, Result, StoreError, Way};
use super::columns::int;
use super::planned::Planned as _;

macro_rules! parcels {
    ($tail:literal) => {
        concat!(
            "SELECT k.id, p.id, p.size, p.kept_at, p.way, p.sent, p.tried, p.gone
             FROM parcels p JOIN community_keys k ON k.key = p.community ",
            $tail
        )
    };
}

fn parcel_row(row: &Row<'_>) -> rusqlite::Result<ParcelRow> {
    let kept_at: i64 = row.get(3)?;
    Ok(ParcelRow {
        community: row.get(0).map(CommunityId::from_bytes)?,
        id: row.get(1).map(ParcelId::from_bytes)?,
        size: row.get(2)?,
        kept_at: u64::try_from(kept_at)
            .map_err(|_| rusqlite::Error::IntegralValueOutOfRange(3, kept_at))?,
        way: row.get(4).map(Way)?,
        sent: row.get(5)?,
        tried: row.get(6)?,
        gone: row.get(7)?,
    })
}

pub(super) fn all(conn: &Connection, community: &CommunityId) -> Result<Vec<ParcelRow>> {
    let mut statement = conn.cached(parcels!("WHERE k.id = ? ORDER BY p.id"))?;
    let rows = statement.query_map([community.as_bytes()], parcel_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn find(
    conn: &Connection,
    community: &CommunityId,
    prefix: &[u8],
) -> Result<Option<ParcelRow>> {
    let sql = parcels!("WHERE k.id = ? AND p.id >= ? ORDER BY p.id LIMIT 1");
    let found = conn
        .cached(sql)?
        .query_row(params![community.as_bytes(), prefix], parcel_row)
        .optional()?;
    Ok(found.filter(|row| row.id.as_bytes().starts_with(prefix)))
}

pub(super) fn bytes(
    conn: &Connection,
    community: &CommunityId,
    id: &ParcelId,
) -> Result<Option<Vec<u8>>> {
    let sql = "SELECT bytes FROM parcels
               WHERE community = (SELECT key FROM community_keys WHERE id = ?) AND id = ?";
    let found: Option<Option<Vec<u8>>> = conn
        .cached(sql)?
        .query_row(params![community.as_bytes(), id.as_bytes()], |row| row.get(0))
        .optional()?;
    Ok(found.flatten())
}

pub(super) fn put(
    conn: &Connection,
    community: i64,
    row: &ParcelRow,
    bytes: Option<&[u8]>,
) -> Result<()> {
    let kept_at = int(row.kept_at)?;
    let changed = conn
        .cached(
            "INSERT INTO parcels AS old
                 (community, id, size, kept_at, way, sent, tried, gone, bytes)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT DO UPDATE SET size = excluded.size, kept_at = excluded.kept_at,
                 way = excluded.way, sent = excluded.sent, tried = excluded.tried,
                 gone = excluded.gone,
                 bytes = CASE WHEN excluded.gone <> 0 THEN NULL
                     ELSE coalesce(excluded.bytes, old.bytes) END",
        )?
        .execute(params![
            community,
            row.id.as_bytes(),
            row.size,
            kept_at,
            row.way.0,
            row.sent,
            row.tried,
            row.gone,
            bytes.filter(|_| !row.gone),
        ])?;
    if changed == 1 { Ok(()) } else { Err(StoreError::Damaged("a parcel's row".into())) }
}

pub(super) fn drop(conn: &Connection, community: i64, id: &ParcelId) -> Result<()> {
    conn.cached("DELETE FROM parcels WHERE community = ? AND id = ?")?
        .execute(params![community, id.as_bytes()])?;
    Ok(())
}
