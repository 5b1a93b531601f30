//! What a store holds, to compare one with another.

use std::collections::BTreeMap;

use baro_crdt::entry::Entry;
use baro_crdt::ids::LogId;
use baro_node::store::{PostFamily, Read, Result};

/// A hash of all that can be read.
pub type State = [u8; 32];

/// All that can be read of a store: replicated rows, projections, words and local rows.
///
/// # Errors
/// [`baro_node::store::StoreError`] where it cannot be read.
pub fn state(read: &dyn Read) -> Result<State> {
    let mut hasher = blake3::Hasher::new_derive_key("baro power state 1");
    let mut add = |what: &dyn std::fmt::Debug| {
        hasher.update(format!("{what:?}\n").as_bytes());
    };
    for community in read.communities()? {
        let id = community.id;
        add(&community);
        add(&read.records(&id)?);
        for log in read.logs(&id)? {
            add(&log);
            add(&read.heads(log.number)?);
            for bytes in read.entries(log.number, 0..u32::MAX)? {
                if let Ok(Entry { payload: Some(payload), .. }) = Entry::from_bytes(&bytes) {
                    add(&read.payload(&payload.hash)?);
                }
                add(&bytes);
            }
        }
        add(&read.wanted(&id)?);
        add(&read.cuts(&id)?);
        add(&read.names(&id)?);
        for family in PostFamily::ALL {
            for post in read.posts(&id, family)? {
                add(&post);
                add(&read.edit(&post.id, &post.author)?);
                add(&read.votes(&post.id)?);
                add(&read.tally(&post.id)?);
            }
        }
    }
    add(&read.local_persons()?);
    add(&read.local_prefix("")?);
    Ok(*hasher.finalize().as_bytes())
}

/// How many entries of each log are held.
///
/// # Errors
/// [`baro_node::store::StoreError`] where it cannot be read.
pub fn lengths(read: &dyn Read) -> Result<BTreeMap<LogId, u32>> {
    let mut lengths = BTreeMap::new();
    for community in read.communities()? {
        for log in read.logs(&community.id)? {
            lengths.insert(log.id, log.cursor.length);
        }
    }
    Ok(lengths)
}
