//! Blobs between devices: whole, from several at once, over links that are cut.

use baro_crdt::entry::{Attachment, Body, Words};
use baro_crdt::ids::{BlobHash, Millis};
use baro_node::blobs::{GROUP_BYTES, VerifiedSlice, groups_of, outline_of};
use baro_node::replica::{BlobChange, Item, LocalChange};
use baro_node::store::{BlobBytes, Read};

use super::*;

fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|n| u8::try_from(n * n / 251 % 256).unwrap()).collect()
}

fn attach(blob: &[u8]) -> (Words, BlobHash) {
    let hash = outline_of(blob).hash;
    let attachment = Attachment {
        hash,
        size: blob.len() as u64,
        media: "video/webm".to_owned(),
        voice: false,
        name: None,
        language: None,
    };
    (Words { attachments: Some(vec![attachment]), ..words("Look") }, hash)
}

/// So many devices with one community, the founder on the first.
fn village(devices: usize) -> Two {
    let mut world = World::new(2, devices, Faults::none(2));
    let mut dice = Dice::new(2, "test");
    let mut village = Village::found(&mut world, &mut dice, 1, 1, &[0]).unwrap();
    let founder = village.persons[0].clone();
    village.invite(&mut world, &mut dice, 0, &founder).unwrap();
    for device in 1..devices {
        village.join(&mut world, &mut dice, device, 0).unwrap();
    }
    Two { world, dice, village }
}

impl Two {
    fn show(&mut self, blob: &[u8]) -> BlobHash {
        let (words, hash) = attach(blob);
        let person = self.village.persons[0].clone();
        let said = [(Body::Debate { closes: None }, Some(words))];
        let place = (Role::Member, Stream::Debate);
        self.village.say(&mut self.world, &mut self.dice, 0, &person, place, &said);
        hash
    }

    fn add(&mut self, device: usize, blob: &[u8]) {
        let change = BlobChange::Add {
            size: blob.len() as u64,
            bytes: BlobBytes::Memory(blob.to_vec().into()),
        };
        let hash = outline_of(blob).hash;
        let item = Item::Local(LocalChange::Blob { hash, change });
        self.world.write_here(device, vec![item]).unwrap();
    }

    fn has(&self, device: usize, hash: &BlobHash) -> u64 {
        let row = self.world.nodes[device].store.blob(hash).unwrap();
        row.map_or(0, |row| row.held_bytes())
    }
}

#[test]
fn a_blob_follows_its_words_and_its_maker_learns_of_it() {
    let mut two = village(2);
    let blob = bytes(1_000_000);
    two.add(0, &blob);
    let hash = two.show(&blob);
    let link = two.meet();
    assert_eq!(two.has(1, &hash), 1_000_000);
    let extra = two.bytes(link) - 1_000_000;
    println!("{extra} bytes beside a blob of 1,000,000");
    assert!(extra < 40_000);
    assert!(two.world.nodes[0].store.blob(&hash).unwrap().unwrap().sent);
    two.part();
    let link = two.meet();
    assert!(two.bytes(link) <= 200, "nothing new");
}

#[test]
fn a_third_from_each_of_three_and_nothing_twice() {
    let mut village = village(5);
    let blob = bytes(3 * 20 * usize::try_from(GROUP_BYTES).unwrap() - 777);
    let size = blob.len() as u64;
    let hash = village.show(&blob);
    for device in 1..3 {
        village.world.connect(0, device, LINE).unwrap();
    }
    assert!(village.world.run_until_quiet(5_000, 600_000));
    village.world.cut_all();
    assert_eq!(groups_of(size), 60);
    village.add(4, &blob);
    for (device, first) in [(0, 0), (1, 20), (2, 40)] {
        let source = &village.world.nodes[4].store;
        let slice = source.blob_slice(&hash, first, 20).unwrap().unwrap();
        let slice = VerifiedSlice::verify(hash, size, first, 20, &slice).unwrap();
        village.world.write_here(device, vec![Item::Slice(slice)]).unwrap();
    }
    let links: Vec<_> =
        (0..3).map(|device| village.world.connect(3, device, LINE).unwrap()).collect();
    assert!(village.world.run_until_quiet(5_000, 600_000));
    assert_eq!(village.has(3, &hash), size);
    let came: u64 = links.iter().map(|link| village.bytes(*link)).sum();
    // The others get theirs back through it.
    assert_eq!((0..3).map(|device| village.has(device, &hash)).sum::<u64>(), 3 * size);
    assert!(came < 3 * size + 120_000, "{came} bytes for {size}");
}

#[test]
fn twenty_cuts_cost_no_verified_group() {
    let mut two = village(2);
    let blob = bytes(4_000_000);
    two.add(0, &blob);
    let hash = two.show(&blob);
    let (mut cuts, mut came) = (0, 0);
    while two.has(1, &hash) < 4_000_000 {
        let link = two.world.connect(0, 1, LINE).unwrap();
        two.world.run_until(Millis(two.world.now.0 + 300));
        two.world.cut_all();
        two.world.run_until(Millis(two.world.now.0 + 1_000));
        came += two.bytes(link);
        cuts += 1;
        assert!(cuts < 100);
    }
    println!("{cuts} cuts, {came} bytes for 4,000,000");
    assert!(cuts > 10);
    assert_eq!(two.world.watch.blob_bytes_again, 0);
}

/// A line of 32 kB/s on which each way takes 100 ms.
const SLOW: Line = Line { delay_ms: 100, bytes_per_s: 32_000 };
const SLOW_ROUND_TRIP_MS: u64 = 200;

impl Two {
    /// Says ten alerts, one after the other, and gives how long each took to the other device.
    fn alerts(&mut self) -> Vec<u64> {
        let mut waits = Vec::new();
        for n in 0..10 {
            let person = self.village.persons[0].clone();
            let body = Body::Announcement {
                priority: baro_crdt::entry::Priority::High,
                expires: None,
                supersedes: None,
                place: None,
                category: None,
            };
            let said = [(body, Some(words(&format!("Flood {n}"))))];
            let place = (Role::Official, Stream::Alerts);
            let id = self.village.say(&mut self.world, &mut self.dice, 0, &person, place, &said)[0];
            let since = self.world.now.0;
            while self.world.nodes[1].store.post(&id).unwrap().is_none() {
                self.world.run_until(Millis(self.world.now.0 + 10));
                assert!(self.world.now.0 < since + 10_000);
            }
            waits.push(self.world.now.0 - since);
            self.world.run_until(Millis(self.world.now.0 + 1_777));
        }
        waits
    }
}

#[test]
fn an_alert_overtakes_a_video_within_one_round_trip() {
    let mut two = village(2);
    two.world.connect(0, 1, SLOW).unwrap();
    two.world.run_until(Millis(two.world.now.0 + 60_000));
    let alone = two.alerts();
    let blob = bytes(8_000_000);
    two.add(0, &blob);
    let hash = two.show(&blob);
    two.world.run_until(Millis(two.world.now.0 + 60_000));
    let part = two.has(1, &hash);
    assert!(part > 1_000_000 && part < 4_000_000, "{part} bytes of the video are there");
    let beside = two.alerts();
    let more = two.has(1, &hash) - part;
    println!(
        "on a line of 32 kB/s and 100 ms: alerts after {alone:?} ms, beside a video after \
         {beside:?} ms; {more} bytes of it meanwhile"
    );
    let (alone, beside) = (alone.iter().max().unwrap(), beside.iter().max().unwrap());
    assert!(*beside <= alone + SLOW_ROUND_TRIP_MS);
    assert!(more > 300_000, "the video goes on");
}
