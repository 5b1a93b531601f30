//! `status` and `peers`: what this node holds, hears, and what is wrong with it.

use std::collections::BTreeMap;

use baro_crdt::codec::CodecError;
use baro_crdt::entry::{Entry, split_run};
use baro_crdt::fork::ForkProof;
use baro_crdt::ids::CommunityId;
use serde_json::{Value, json};

use super::known::records;
use super::reading::Said;
use super::{Context, Node, Result, reading};
use crate::blobs::BlobClass;
use crate::store::{CutRow, LogRow, StoreError};
use crate::words::{Reason, why};

/// What only a running node knows; empty where none runs.
#[derive(Clone, Debug, Default)]
pub struct Live {
    /// Where it listens, as multiaddresses with `/p2p/`.
    pub listen: Vec<String>,
    /// Whom it hears, as JSON objects for people to read.
    pub peers: Vec<Value>,
    /// Bytes of sessions sent since it runs.
    pub bytes_sent: u64,
    /// Bytes of sessions received since it runs.
    pub bytes_received: u64,
    /// Records, cuts, entries and words received in sessions since it runs.
    pub items_received: u64,
    /// How many of them were held before: received in vain.
    pub items_received_held: u64,
    /// Runs of entries pushed live to neighbours since it runs.
    pub runs_sent: u64,
    /// Runs that neighbours pushed.
    pub runs_received: u64,
    /// How many of these were here already.
    pub runs_again: u64,
    /// Bytes of blobs that came and are what they should be, since it runs.
    pub blob_bytes_received: u64,
    /// How many of these were here already.
    pub blob_bytes_again: u64,
    /// Addresses to stay connected with that do not answer at present, and why.
    pub unreached: BTreeMap<String, String>,
    /// What the uplinks took today, as JSON.
    pub spent: Option<Value>,
    /// Whether the uplinks cost something.
    pub metered: bool,
    /// Bytes sent and received since it runs, by what they were about.
    pub by_class: BTreeMap<&'static str, [u64; 2]>,
}

impl Live {
    pub(super) fn peers(&self) -> Value {
        Value::Array(self.peers.clone())
    }
}

/// The name on the network of the device with this seed.
#[cfg(feature = "full")]
pub(super) fn peer_id(seed: &[u8; 32]) -> String {
    crate::net::PeerName::from_seed(seed).to_string()
}

/// Without a network nobody has a name there: the public half of the key stands for it.
#[cfg(not(feature = "full"))]
pub(super) fn peer_id(seed: &[u8; 32]) -> String {
    baro_crdt::keys::MemberKey::from_seed(*seed).id().to_string()
}

/// Local rows of what the uplinks took, by day.
pub(crate) const SPENT_PREFIX: &str = "spent/";
/// Local rows that count what was refused, by reason.
pub const REFUSED_PREFIX: &str = "refused/";
/// The most reasons that are counted apart; what comes with others is counted together.
pub(super) const REASONS_MAX: usize = 128;

/// What counts all that goes on here, members-only communities too.
const TOTALS: [&str; 9] = [
    "bytes_sent",
    "bytes_received",
    "items_received",
    "items_received_held",
    "live",
    "spent",
    "by_class",
    "stored_bytes",
    "blobs",
];

/// Makes totals say no more than their size, for who is no member of all that is here.
fn coarsen(status: &mut Value) {
    fn round(value: &mut Value) {
        match value {
            Value::Number(number) => {
                if let Some(exact) = number.as_u64().filter(|exact| *exact > 0) {
                    *value = exact.checked_next_power_of_two().unwrap_or(u64::MAX).into();
                }
            }
            Value::Array(items) => items.iter_mut().for_each(round),
            Value::Object(fields) => fields.values_mut().for_each(round),
            Value::Null | Value::Bool(_) | Value::String(_) => {}
        }
    }
    for name in TOTALS {
        if let Some(total) = status.get_mut(name) {
            round(total);
        }
    }
    let refused = status.get_mut("refused").and_then(Value::as_array_mut);
    if let Some(refused) = refused {
        let tells = |row: &Value| {
            row.get("reason")
                .and_then(Value::as_str)
                .is_some_and(|why| why.starts_with(MEMBERS_ONLY))
        };
        refused.retain(|row| !tells(row));
    }
}

/// What reasons begin with that are counted of members-only communities.
pub(crate) const MEMBERS_ONLY: &str = "members-only:";

impl Node {
    pub(super) fn status(&mut self, context: &Context) -> Result<Value> {
        let lang = context.lang.as_deref();
        let seed = self.peer_seed()?;
        let rows = self.store.communities()?;
        let (mut communities, mut warnings) = (Vec::new(), Vec::new());
        for row in &rows {
            communities.push(self.community_json(row)?);
            warnings.extend(self.warnings(&row.id, lang)?);
        }
        let mut refused = Vec::new();
        for (key, value) in self.store.local_prefix(REFUSED_PREFIX)? {
            let count = value.try_into().map_or(0, u64::from_be_bytes);
            let reason = key.strip_prefix(REFUSED_PREFIX).unwrap_or(&key).to_owned();
            refused.push(json!({ "reason": reason, "count": count }));
        }
        let unreached = self.live.unreached.iter();
        let unreached = unreached.map(|(address, why)| json!({ "address": address, "why": why }));
        let mut shown = json!({
            "peer_id": peer_id(&seed),
            "listen": self.live.listen,
            "communities": communities,
            "peers": self.live.peers,
            "unreached": unreached.collect::<Vec<Value>>(),
            "bytes_sent": self.live.bytes_sent,
            "bytes_received": self.live.bytes_received,
            "items_received": self.live.items_received,
            "items_received_held": self.live.items_received_held,
            "live": {
                "runs_sent": self.live.runs_sent,
                "runs_received": self.live.runs_received,
                "runs_again": self.live.runs_again,
                "blob_bytes_received": self.live.blob_bytes_received,
                "blob_bytes_again": self.live.blob_bytes_again,
            },
            "spent": self.spent()?,
            "by_class": self.live.by_class.iter().map(|(class, [sent, received])| {
                (*class, json!({ "sent": sent, "received": received }))
            }).collect::<BTreeMap<_, _>>(),
            "waits": self.waits(lang)?,
            "stored_bytes": self.store.stored_bytes()?,
            "blobs": self.blob_room()?,
            "refused": refused,
            "warnings": warnings,
        });
        if context.outside {
            coarsen(&mut shown);
        }
        Ok(shown)
    }

    /// What the uplinks took today, or on the last day of which something is known here.
    fn spent(&self) -> Result<Value> {
        if let Some(spent) = &self.live.spent {
            return Ok(spent.clone());
        }
        let Some((key, row)) = self.store.local_prefix(SPENT_PREFIX)?.pop() else {
            return Ok(json!([]));
        };
        let day = key.strip_prefix(SPENT_PREFIX).unwrap_or_default();
        let uplinks: BTreeMap<String, BTreeMap<String, [u64; 2]>> =
            serde_json::from_slice(&row).unwrap_or_default();
        let shown = uplinks.iter().map(|(uplink, classes)| {
            let by_class = classes.iter().map(|(class, [sent, received])| {
                (class.clone(), json!({ "sent": sent, "received": received }))
            });
            json!({
                "uplink": uplink,
                "day": day,
                "bytes": classes.values().flatten().sum::<u64>(),
                "by_class": by_class.collect::<serde_json::Map<_, _>>(),
            })
        });
        Ok(shown.collect())
    }

    /// What has not come yet, and why.
    fn waits(&self, lang: Option<&str>) -> Result<Vec<Value>> {
        let mut waits: BTreeMap<(&str, &str), (Reason, u64, u64)> = BTreeMap::new();
        for row in self.store.blobs()? {
            if !row.shown || row.is_complete() || row.dropped {
                continue;
            }
            let why = if !row.wanted {
                why::awaits_room()
            } else if row.class == BlobClass::Large && self.live.metered && !row.pinned {
                why::awaits_free_link()
            } else if self.live.peers.is_empty() {
                why::awaits_anybody()
            } else {
                why::awaits_holder()
            };
            let sum = waits.entry((row.class.word(), why.key())).or_insert((why, 0, 0));
            sum.1 += 1;
            sum.2 += row.size - row.held_bytes();
        }
        let words: usize = self
            .store
            .communities()?
            .iter()
            .map(|row| Ok(self.store.wanted(&row.id)?.len()))
            .sum::<Result<usize>>()?;
        let mut list: Vec<Value> = waits
            .into_iter()
            .map(|((class, _), (why, count, bytes))| {
                let why = why.words(lang);
                json!({ "what": "blobs", "class": class, "count": count, "bytes": bytes, "why": why })
            })
            .collect();
        if words > 0 {
            let why = why::awaits_words().words(lang);
            list.push(json!({ "what": "words", "count": words, "why": why }));
        }
        Ok(list)
    }

    /// What was said on the struck-out branches, as far as the words are here: nothing of it
    /// counts, and it stays readable.
    fn struck_out_words(&self, cut: &CutRow, log: &LogRow) -> Result<Vec<Value>> {
        let damaged = |error: CodecError| StoreError::Damaged(error.to_string());
        let held = self.store.entries(log.number, 0..log.cursor.length)?;
        let (counts, struck_out) =
            held.split_at_checked(log.authorised as usize).unwrap_or((&held, &[]));
        let mut entries: Vec<Vec<u8>> = struck_out.to_vec();
        let proof = ForkProof::from_bytes(&cut.proof).map_err(damaged)?;
        for branch in [&proof.one, &proof.other] {
            for entry in split_run(&branch.run).map_err(damaged)? {
                if !counts.iter().chain(&entries).any(|known| known == entry) {
                    entries.push(entry.to_vec());
                }
            }
        }
        let mut said = Vec::new();
        for entry in entries {
            // An entry that cannot be read says nothing.
            let Ok(Entry { payload: Some(payload), .. }) = Entry::from_bytes(&entry) else {
                continue;
            };
            let words = reading::words(&*self.store, &payload.hash)?;
            said.push(match words {
                Said::Words(words) => json!({
                    "state": "here",
                    "title": words.title,
                    "text": words.text,
                }),
                other => json!({ "state": other.state() }),
            });
        }
        Ok(said)
    }

    /// Logs with two branches, and what waits for somebody's accept.
    fn warnings(&mut self, id: &CommunityId, lang: Option<&str>) -> Result<Vec<Value>> {
        let names = self.names(id)?;
        let mut warnings = Vec::new();
        let cuts = self.store.cuts(id)?;
        for cut in &cuts {
            let Some(log) = self.store.log(&cut.log)? else { continue };
            let struck_out = log.cursor.length.saturating_sub(log.authorised);
            let (name, kept) = (names.of(&log.header.author), u64::from(log.authorised));
            warnings.push(json!({
                "kind": "fork",
                "community": id.to_string(),
                "log": cut.log.to_string(),
                "person": log.header.author.to_string(),
                "name": names.of(&log.header.author),
                "struck_out": struck_out,
                "struck_out_words": self.struck_out_words(cut, &log)?,
                "words": why::warns_fork(name, kept).words(lang),
            }));
        }
        let logs = self.store.logs(id)?;
        let waiting = logs
            .iter()
            .filter(|log| log.authorised < log.cursor.length)
            .filter(|log| !cuts.iter().any(|cut| cut.log == log.id))
            .count();
        let community = self.community(id)?;
        let shut_out = records(&*self.store, id)?
            .iter()
            .filter(|record| !community.authority.is_live(&record.id()))
            .count();
        if waiting + shut_out > 0 {
            warnings.push(json!({
                "kind": "waiting",
                "community": id.to_string(),
                "logs": waiting,
                "records": shut_out,
                "words": why::warns_waiting(waiting, shut_out).words(lang),
            }));
        }
        Ok(warnings)
    }
}
