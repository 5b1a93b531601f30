//! Blobs: `blob add`, `get`, `list`, `pin`, `drop` and the room they have.

use baro_crdt::entry::Payload;
use baro_crdt::ids::{BlobHash, WallSeconds};
use serde_json::{Value, json};

use super::{ApiError, Node, Result};
use crate::blobs::{QUOTA_KEY, limit};
use crate::media::kind_word;
use crate::replica::{Batch, BlobChange, Item, LocalChange, blob_quota};
use crate::store::{BlobBytes, BlobRow, StoreError};
use crate::words::why;

/// The fewest signs by which a blob is found.
const PREFIX_MIN: usize = 8;

/// Where a blob stands, in a word: `here`, `coming`, `no_room`, `dropped`, `hidden` or `unnamed`.
pub(super) const fn state(row: &BlobRow) -> &'static str {
    match row {
        row if row.is_complete() => "here",
        BlobRow { wanted: true, .. } => "coming",
        BlobRow { dropped: true, .. } => "dropped",
        BlobRow { shown: true, .. } => "no_room",
        BlobRow { named: true, .. } => "hidden",
        _ => "unnamed",
    }
}

/// How much of it is here, in whole percent; 100 only for all of it.
pub(super) fn percent(row: &BlobRow) -> u64 {
    row.held_bytes() * 100 / row.size.max(1)
}

fn row_json(row: &BlobRow) -> Value {
    json!({
        "id": row.hash.to_string(),
        "size": row.size,
        "bytes_here": row.held_bytes(),
        "percent": percent(row),
        "state": state(row),
        "class": row.class.word(),
        "official": row.official,
        "pinned": row.pinned,
        "made_here": row.made_here,
        "held_elsewhere": row.sent,
        "added_at": row.added.0,
        "used_at": (row.last_used.0 > 0).then_some(row.last_used.0),
    })
}

impl Node {
    /// The blob with this id, or the only one whose id begins so.
    fn blob_named(&self, wanted: &str) -> Result<BlobRow> {
        let wanted = wanted.trim().to_lowercase();
        if let Ok(hash) = wanted.parse::<BlobHash>() {
            return self.store.blob(&hash)?.ok_or_else(|| unknown(&wanted));
        }
        let mut found = Vec::new();
        if wanted.len() >= PREFIX_MIN {
            found = self.store.blobs()?;
            found.retain(|row| row.hash.to_string().starts_with(&wanted));
        }
        match (found.pop(), found.is_empty()) {
            (Some(row), true) => Ok(row),
            (Some(_), false) => Err(ApiError::refused(why::file_ambiguous(&wanted))),
            (None, _) => Err(unknown(&wanted)),
        }
    }

    fn change_blob(&mut self, row: &BlobRow, change: BlobChange) -> Result<()> {
        self.commit(vec![Item::Local(LocalChange::Blob { hash: row.hash, change })])
    }

    pub(super) fn blob_add(&mut self, id: &str, size: u64, file: &str) -> Result<Value> {
        let hash: BlobHash = id.parse().map_err(|_| ApiError::refused(why::file_not_id(id)))?;
        let add = BlobChange::Add { size, bytes: BlobBytes::File(file.to_owned()) };
        let change = |change| Item::Local(LocalChange::Blob { hash, change });
        // Nothing names it yet: it stays because somebody put it here.
        self.commit(vec![change(add), change(BlobChange::Pin(true))])?;
        Ok(json!({ "id": hash.to_string(), "size": size }))
    }

    /// A blob and, where it is here to be read, the note that somebody used it; a node that only
    /// reads leaves that to [`Node::blob_used`] of the one that writes.
    pub(super) fn blob_show(&mut self, id: &str) -> Result<Value> {
        let row = self.blob_named(id)?;
        if row.is_complete() && self.told.is_none() {
            self.change_blob(&row, BlobChange::Used)?;
        }
        self.blob_json(&row)
    }

    /// Notes that somebody used a blob.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be kept.
    pub fn blob_used(
        &mut self,
        now: WallSeconds,
        hash: BlobHash,
    ) -> std::result::Result<(), StoreError> {
        let items = vec![Item::Local(LocalChange::Blob { hash, change: BlobChange::Used })];
        self.take_in(&[Batch { items, now, ..Batch::default() }]).map(|_| ())
    }

    fn blob_json(&self, row: &BlobRow) -> Result<Value> {
        let mut named = Vec::new();
        for name in self.store.blob_names(&row.hash)? {
            let bytes = self.store.payload(&name.payload)?.unwrap_or_default();
            let attachments =
                Payload::from_bytes(bytes).map(|payload| payload.attachments()).unwrap_or_default();
            let one = attachments.iter().find(|attachment| attachment.hash == row.hash);
            named.push(json!({
                "community": name.community.to_string(),
                "entry": name.target.to_string(),
                "hidden": name.hidden,
                "kind": one.map(|one| kind_word(&one.media, one.voice)),
                "media": one.map(|one| one.media.clone()),
                "name": one.and_then(|one| one.name.clone()),
            }));
        }
        let mut shown = row_json(row);
        if let Some(shown) = shown.as_object_mut() {
            shown.insert("named_in".into(), Value::Array(named));
        }
        Ok(shown)
    }

    pub(super) fn blob_list(&self) -> Result<Value> {
        let mut rows = self.store.blobs()?;
        rows.sort_by_key(|row| (row.class, std::cmp::Reverse(row.added), row.hash));
        rows.iter().map(|row| self.blob_json(row)).collect::<Result<Vec<_>>>().map(Value::Array)
    }

    pub(super) fn blob_pin(&mut self, id: &str, pinned: bool) -> Result<Value> {
        let row = self.blob_named(id)?;
        self.change_blob(&row, BlobChange::Pin(pinned))?;
        let row = self.blob_named(id)?;
        self.blob_json(&row)
    }

    pub(super) fn blob_drop(&mut self, id: &str) -> Result<Value> {
        let row = self.blob_named(id)?;
        if row.pinned {
            return Err(ApiError::refused(why::file_pinned()));
        }
        self.change_blob(&row, BlobChange::Drop)?;
        Ok(json!({ "id": row.hash.to_string(), "bytes_freed": row.held_bytes() }))
    }

    /// Sets how many bytes of blobs may be here (0: the usual share of the disk), or tells it.
    ///
    /// # Errors
    /// [`ApiError::Store`].
    pub fn blob_quota(&mut self, set: Option<u64>) -> Result<Value> {
        if let Some(bytes) = set {
            let key = QUOTA_KEY.to_owned();
            let change = match bytes {
                0 => LocalChange::Drop { key },
                bytes => LocalChange::Put { key, value: bytes.to_be_bytes().to_vec() },
            };
            self.commit(vec![Item::Local(change), Item::Local(LocalChange::TidyBlobs)])?;
        }
        self.blob_room()
    }

    /// What blobs take and may take, and what has no room.
    pub(super) fn blob_room(&self) -> Result<Value> {
        let (held, room) = (self.store.blob_bytes()?, self.store.blob_room()?);
        let rows = self.store.blobs()?;
        let of = |wanted: &str| {
            let some = || rows.iter().filter(|row| state(row) == wanted);
            let bytes: u64 = some().map(|row| row.size - row.held_bytes()).sum();
            (some().count(), bytes)
        };
        let ((coming, coming_bytes), (without, without_bytes)) = (of("coming"), of("no_room"));
        let set = blob_quota(&*self.store)?;
        Ok(json!({
            "bytes": held,
            "bytes_max": limit(set, held, room),
            "quota": set,
            "disk_room": room,
            "count": rows.iter().filter(|row| !row.have.is_none()).count(),
            "coming": coming,
            "coming_bytes": coming_bytes,
            "no_room": without,
            "no_room_bytes": without_bytes,
            "unsent": rows.iter().filter(|row| row.made_here && !row.sent && row.named).count(),
        }))
    }

    /// Looks once more at what has room, and drops what nothing names any more and whose time of
    /// grace is over. Cheap; called now and then.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn tidy_blobs(&mut self, now: WallSeconds) -> std::result::Result<(), StoreError> {
        let items =
            vec![Item::Local(LocalChange::TidyBlobs), Item::Local(LocalChange::TidyParcels)];
        let outcomes = self.take_in(&[Batch { items, now, ..Batch::default() }])?;
        self.tidy_keys(now);
        outcomes.into_iter().for_each(|outcome| self.news.extend(outcome.news));
        Ok(())
    }
}

fn unknown(wanted: &str) -> ApiError {
    ApiError::unknown(why::file_unknown(wanted))
}
