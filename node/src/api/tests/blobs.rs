//! Files that belong to words: what is wanted, taken in, shown, dropped and left out.

use baro_crdt::ids::BlobHash;
use bytes::Bytes;

use super::*;
use crate::api::Attach;
use crate::blobs::{QUOTA_KEY, VerifiedSlice, bytes_in, groups_of};
use crate::replica::{BlobChange, LocalChange, Outcome, Refusal, Taken};
use crate::store::{BlobBytes, BlobRow};

const LARGE: usize = 300_000;

fn bytes(n: u8, size: usize) -> Bytes {
    (0..size).map(|at| (at * 3 + at / 257 + usize::from(n)).to_le_bytes()[0]).collect()
}

impl Device {
    fn commit(&mut self, items: Vec<Item>) -> Outcome {
        let batch = Batch { items, now: WallSeconds(self.now), ..Batch::default() };
        self.node.take_in(&[batch]).unwrap().pop().unwrap()
    }

    fn change(&mut self, hash: BlobHash, change: BlobChange) -> Outcome {
        self.commit(vec![Item::Local(LocalChange::Blob { hash, change })])
    }

    /// Says something with a file attached that is on this device.
    fn attach(&mut self, debate: &str, bytes: &Bytes, voice: bool) -> (String, BlobHash) {
        let (hash, size) = (BlobHash::of(bytes), bytes.len() as u64);
        self.change(hash, BlobChange::Add { size, bytes: BlobBytes::Memory(bytes.clone()) });
        let mut request = say(debate, "");
        if let Request::Say { attached, .. } = &mut request {
            attached.push(Attach {
                id: hash.to_string(),
                size,
                media: "audio/ogg".into(),
                voice,
                ..Attach::default()
            });
        }
        (id(&self.ask(request)), hash)
    }

    fn row(&self, hash: &BlobHash) -> BlobRow {
        self.node.store().blob(hash).unwrap().unwrap()
    }

    fn wanted(&self) -> Vec<BlobHash> {
        let community = self.node.store().communities().unwrap()[0].id;
        let rows = self.node.store().blobs_wanted(&community).unwrap();
        rows.iter().map(|row| row.hash).collect()
    }

    /// Hands a run of groups to another device.
    fn send(&self, to: &mut Device, hash: &BlobHash, first: u32, groups: u32) -> Taken {
        let size = self.row(hash).size;
        let encoded = self.node.store().blob_slice(hash, first, groups).unwrap().unwrap();
        let slice = VerifiedSlice::verify(*hash, size, first, groups, &encoded).unwrap();
        to.commit(vec![Item::Slice(slice)]).taken.pop().unwrap()
    }

    fn send_all(&self, to: &mut Device, hash: &BlobHash) -> Vec<Taken> {
        let total = groups_of(self.row(hash).size);
        (0..total).map(|group| self.send(to, hash, group, 1)).collect()
    }

    fn quota(&mut self, bytes: u64) {
        let value = bytes.to_be_bytes().to_vec();
        self.commit(vec![Item::Local(LocalChange::Put { key: QUOTA_KEY.into(), value })]);
    }
}

/// Two devices of one community, and a debate on the first.
fn pair() -> (Device, Device, String) {
    let (mut awa, _) = Device::founder("Awa");
    let mut bintou = Device::of("Bintou");
    let ticket = awa.invite();
    bintou.join(&ticket);
    bintou.give(&mut awa);
    let debate = awa.debate("L'eau");
    (awa, bintou, debate)
}

#[test]
fn a_voice_note_is_wanted_with_its_words_and_comes_in_parts() {
    let (mut awa, mut bintou, debate) = pair();
    let note = bytes(1, 50_000);
    let (_, hash) = awa.attach(&debate, &note, true);
    assert!(awa.row(&hash).is_complete());
    awa.give(&mut bintou);
    assert_eq!(bintou.wanted(), [hash]);
    let shown = bintou.show(&debate)["posts"][0]["attachments"][0].clone();
    assert_eq!((shown["kind"].as_str(), shown["state"].as_str()), (Some("voice"), Some("coming")));
    assert_eq!(awa.send(&mut bintou, &hash, 3, 1), Taken::New);
    assert_eq!(awa.send(&mut bintou, &hash, 3, 1), Taken::Held);
    assert!(bintou.row(&hash).size_is_proven());
    assert_eq!(bintou.show(&debate)["posts"][0]["attachments"][0]["percent"], 1);
    assert_eq!(awa.send(&mut bintou, &hash, 0, 3), Taken::New);
    assert!(bintou.wanted().is_empty());
    let shown = bintou.ask(Request::BlobShow { id: hash.to_string()[..10].into() });
    assert_eq!(
        (shown["state"].as_str(), shown["bytes_here"].as_u64()),
        (Some("here"), Some(50_000))
    );
    assert_eq!(shown["named_in"][0]["kind"], "voice");
    assert_eq!(bintou.show(&debate)["posts"][0]["attachments"][0]["state"], "here");
    // From whoever has it: the second device serves the third.
    let mut coumba = Device::of("Coumba");
    let ticket = awa.invite();
    coumba.join(&ticket);
    bintou.give(&mut coumba);
    awa.give(&mut coumba);
    assert!(bintou.send_all(&mut coumba, &hash).iter().all(|taken| *taken == Taken::New));
}

#[test]
fn what_nothing_names_is_not_taken() {
    let (mut awa, mut bintou, _) = pair();
    let note = bytes(1, 500);
    let hash = BlobHash::of(&note);
    awa.change(hash, BlobChange::Add { size: 500, bytes: BlobBytes::Memory(note) });
    assert_eq!(awa.send(&mut bintou, &hash, 0, 1), Taken::Refused(Refusal::UnwantedBlob));
}

#[test]
fn withdrawn_words_take_their_files_with_them_after_a_day() {
    let (mut awa, mut bintou, debate) = pair();
    let note = bytes(1, 50_000);
    let (post, hash) = awa.attach(&debate, &note, true);
    awa.give(&mut bintou);
    awa.send(&mut bintou, &hash, 0, 2);
    awa.ask(Request::Withdraw { entry: post });
    awa.give(&mut bintou);
    for device in [&mut awa, &mut bintou] {
        assert!(device.wanted().is_empty());
        assert!(device.node.store().blob_names(&hash).unwrap().is_empty(), "it is not served");
        device.node.tidy_blobs(WallSeconds(device.now + 3_600)).unwrap();
        assert!(!device.row(&hash).have.is_none(), "the time of grace is not over");
        device.node.tidy_blobs(WallSeconds(device.now + 90_000)).unwrap();
        assert_eq!(device.node.store().blob(&hash).unwrap(), None);
    }
}

#[test]
fn hidden_words_want_nothing_and_lose_nothing() {
    let (mut awa, mut bintou, debate) = pair();
    let (post, hash) = awa.attach(&debate, &bytes(1, 50_000), true);
    awa.give(&mut bintou);
    awa.send(&mut bintou, &hash, 0, 2);
    awa.ask(Request::Hide { post: post.clone(), reason: "insults".into() });
    awa.give(&mut bintou);
    assert!(bintou.wanted().is_empty());
    bintou.node.tidy_blobs(WallSeconds(bintou.now + 900_000)).unwrap();
    assert_eq!(bintou.row(&hash).have.count(), 2);
    awa.ask(Request::Unhide { post });
    awa.give(&mut bintou);
    assert_eq!(bintou.wanted(), [hash]);
}

#[test]
fn a_false_size_in_somebodys_words_wedges_nothing() {
    let (mut awa, mut bintou, debate) = pair();
    let note = bytes(1, 50_000);
    let hash = BlobHash::of(&note);
    // Somebody names it first, with another size.
    awa.change(hash, BlobChange::Add { size: 50_000, bytes: BlobBytes::Memory(note.clone()) });
    let mut lie = say(&debate, "");
    if let Request::Say { attached, .. } = &mut lie {
        let (id, media) = (hash.to_string(), "audio/ogg".to_owned());
        attached.push(Attach { id, size: 40_000, media, ..Attach::default() });
    }
    awa.ask(lie);
    awa.give(&mut bintou);
    assert_eq!(bintou.row(&hash).size, 40_000);
    awa.attach(&debate, &note, true);
    awa.give(&mut bintou);
    assert!(matches!(awa.send(&mut bintou, &hash, 0, 2), Taken::Refused(_)));
    assert_eq!(awa.send(&mut bintou, &hash, 3, 1), Taken::New, "the last group tells the size");
    assert_eq!(awa.send(&mut bintou, &hash, 0, 3), Taken::New);
    assert!(bintou.row(&hash).is_complete());
}

#[test]
fn over_the_quota_large_media_go_and_do_not_come_back() {
    let (mut awa, mut bintou, debate) = pair();
    let (_, old) = awa.attach(&debate, &bytes(1, LARGE), false);
    awa.give(&mut bintou);
    bintou.quota(400_000);
    assert!(awa.send_all(&mut bintou, &old).iter().all(|taken| *taken == Taken::New));
    bintou.now += 10;
    let (_, new) = awa.attach(&debate, &bytes(2, LARGE), false);
    let (_, note) = awa.attach(&debate, &bytes(3, 60_000), true);
    awa.give(&mut bintou);
    // The newer one fits, the older one has to go when room is needed, and not before.
    assert_eq!(bintou.wanted(), [note, new]);
    assert!(bintou.row(&old).is_complete());
    assert!(awa.send_all(&mut bintou, &note).iter().all(|taken| *taken == Taken::New));
    assert!(bintou.row(&old).is_complete());
    assert!(awa.send_all(&mut bintou, &new).iter().all(|taken| *taken == Taken::New));
    assert!(bintou.row(&old).have.is_none() && bintou.row(&new).is_complete());
    assert!(bintou.node.store().blob_bytes().unwrap() <= 400_000);
    // Nothing asks for it again, and it is said why.
    for _ in 0..3 {
        awa.give(&mut bintou);
        bintou.node.tidy_blobs(WallSeconds(bintou.now + 100)).unwrap();
        assert!(bintou.wanted().is_empty());
    }
    assert_eq!(awa.send(&mut bintou, &old, 0, 1), Taken::Refused(Refusal::NoRoom));
    assert_eq!(bintou.show(&debate)["posts"][0]["attachments"][0]["state"], "no_room");
    assert_eq!(bintou.ask(Request::Status)["blobs"]["no_room"], 1);
    // More room, or a pin, brings it.
    bintou.quota(1_000_000);
    assert_eq!(bintou.wanted(), [old]);
    bintou.quota(400_000);
    assert!(bintou.wanted().is_empty());
    bintou.ask(Request::BlobPin { id: old.to_string(), pinned: true });
    assert_eq!(bintou.wanted(), [old]);
    assert!(bintou.row(&note).is_complete());
}

#[test]
fn what_is_made_here_stays_until_somebody_else_has_it() {
    let (mut awa, _, debate) = pair();
    let (_, hash) = awa.attach(&debate, &bytes(1, LARGE), false);
    awa.quota(1_000);
    let (_, more) = awa.attach(&debate, &bytes(2, LARGE), false);
    assert!(awa.row(&hash).is_complete() && awa.row(&more).is_complete());
    awa.change(hash, BlobChange::Sent);
    let (_, third) = awa.attach(&debate, &bytes(3, LARGE), false);
    assert!(awa.row(&third).is_complete());
    assert!(awa.row(&hash).have.is_none(), "it made room");
    assert!(awa.row(&more).is_complete());
}

#[test]
fn a_full_disk_takes_words_and_no_files() {
    let (mut awa, _, debate) = pair();
    let (_, hash) = awa.attach(&debate, &bytes(1, LARGE), false);
    let mut store = MemoryStore::new();
    store.limit_blobs(100_000);
    let rng = ChaCha20Rng::from_seed([9; 32]);
    let mut full = Device { node: Node::new(Box::new(store), rng, None), now: awa.now };
    full.ask(Request::Init { name: "Coumba".into() });
    let ticket = awa.invite();
    full.join(&ticket);
    full.give(&mut awa);
    awa.give(&mut full);
    assert_eq!(full.show(&debate)["posts"].as_array().unwrap().len(), 1);
    assert_eq!(full.show(&debate)["posts"][0]["attachments"][0]["state"], "no_room");
    assert!(full.wanted().is_empty());
    assert!(matches!(awa.send(&mut full, &hash, 0, 9), Taken::Refused(Refusal::NoRoom)));
    assert_eq!(bytes_in(300_000, 18, 1), 300_000 - 18 * 16_384);
}

#[test]
fn dropped_by_hand_it_stays_away() {
    let (mut awa, mut bintou, debate) = pair();
    let (_, hash) = awa.attach(&debate, &bytes(1, 50_000), true);
    awa.give(&mut bintou);
    awa.send_all(&mut bintou, &hash);
    bintou.ask(Request::BlobPin { id: hash.to_string(), pinned: true });
    let drop = || Request::BlobDrop { id: hash.to_string() };
    assert!(bintou.refused(None, drop()).contains("pinned"));
    bintou.ask(Request::BlobPin { id: hash.to_string(), pinned: false });
    bintou.ask(drop());
    assert!(bintou.wanted().is_empty());
    awa.give(&mut bintou);
    assert!(bintou.wanted().is_empty());
    assert_eq!(bintou.ask(Request::BlobList)[0]["state"], "dropped");
    bintou.ask(Request::BlobPin { id: hash.to_string(), pinned: true });
    assert_eq!(bintou.wanted(), [hash]);
}
