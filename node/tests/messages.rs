//! Private messages between devices in one process: through carriers that cannot open them, in
//! villages that only couriers connect, under a flood, and after keys were forgotten.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]
#![cfg(feature = "full")]

mod pipe;

use baro_crdt::ids::{CommunityId, WallSeconds};
use baro_crdt::keys::MemberKey;
use baro_crdt::sealed::{Content, Message, SealingSecret, seal};
use baro_node::api::{Context, MessageRequest, Node, Request};
use baro_node::replica::{Batch, Item, PARCELS_BYTES_MAX, PARCELS_GONE_MAX, PARCELS_MAX};
use baro_node::store::{MemoryStore, SqliteStore, Way};
use pipe::{Device, meet};
use serde_json::Value;

const DAY: i64 = 24 * 3_600;

fn phone(seed: u8, name: &str) -> Device {
    Device::of(Box::new(MemoryStore::new()), seed, name)
}

fn community(device: &Device) -> CommunityId {
    device.node.store().communities().unwrap()[0].id
}

fn send(device: &mut Device, by: Option<&str>, to: &str, text: &str) -> String {
    let request = MessageRequest::Send { to: to.to_owned(), text: text.to_owned(), voice: None };
    let sent = device.ask_as(by, Request::Message(request));
    sent["id"].as_str().unwrap().to_owned()
}

fn list(device: &mut Device, by: Option<&str>) -> Vec<Value> {
    let request = MessageRequest::List { with: None, offset: None, limit: Some(500) };
    let listed = device.ask_as(by, Request::Message(request));
    listed["messages"].as_array().unwrap().clone()
}

fn show(device: &mut Device, by: Option<&str>, id: &str) -> Value {
    device.ask_as(by, Request::Message(MessageRequest::Show { id: id.to_owned() }))
}

fn state(device: &mut Device, by: Option<&str>, id: &str) -> String {
    show(device, by, id)["state"].as_str().unwrap().to_owned()
}

fn parcels(device: &Device) -> usize {
    let rows = device.node.store().parcels(&community(device)).unwrap();
    rows.iter().filter(|row| !row.gone).count()
}

#[test]
fn a_message_goes_over_a_carrier_who_cannot_open_it_and_a_receipt_comes_back() {
    let mut awa = phone(1, "Awa");
    awa.found("Sadiola");
    let (mut courier, mut bakary) = (phone(2, "Chaka"), phone(3, "Bakary"));
    courier.join(&mut awa);
    bakary.join(&mut awa);
    meet(&mut bakary, &mut courier);
    meet(&mut courier, &mut awa);

    let id = send(&mut awa, None, "Bakary", "Le camion passe jeudi.");
    assert_eq!(state(&mut awa, None, &id), "written");
    meet(&mut awa, &mut courier);
    assert_eq!(state(&mut awa, None, &id), "carried");
    assert!(show(&mut awa, None, &id)["carried_at"].is_i64());
    assert!(list(&mut courier, None).is_empty(), "a carrier reads nothing");
    assert_eq!(parcels(&courier), 1);

    meet(&mut courier, &mut bakary);
    let came = list(&mut bakary, None);
    assert_eq!(came.len(), 1);
    assert_eq!(
        (came[0]["by_name"].as_str(), came[0]["state"].as_str()),
        (Some("Awa"), Some("new"))
    );
    assert!(came[0].get("text").is_none(), "words are shown to who opens it");
    assert_eq!(state(&mut awa, None, &id), "carried", "nothing is guessed");
    meet(&mut bakary, &mut courier);
    meet(&mut courier, &mut awa);
    assert_eq!(state(&mut awa, None, &id), "delivered");

    assert_eq!(show(&mut bakary, None, &id)["text"], "Le camion passe jeudi.");
    meet(&mut courier, &mut bakary);
    meet(&mut courier, &mut awa);
    let shown = show(&mut awa, None, &id);
    assert_eq!(
        (shown["state"].as_str(), shown["read"][0]["name"].as_str()),
        (Some("read"), Some("Bakary"))
    );
    // All hold the same parcels: a contact brings nothing new, and no message is shown twice.
    meet(&mut awa, &mut bakary);
    assert_eq!([parcels(&awa), parcels(&courier), parcels(&bakary)], [3, 3, 3]);
    assert_eq!(list(&mut bakary, None).len(), 1);
}

#[test]
fn one_persons_messages_are_not_shown_to_another_of_the_device() {
    let mut awa = phone(1, "Awa");
    awa.found("Sadiola");
    awa.ask(Request::PersonAdd { name: "Bintou".to_owned() });
    let mut bakary = phone(2, "Bakary");
    bakary.join(&mut awa);
    meet(&mut bakary, &mut awa);
    let id = send(&mut bakary, None, "Bintou", "Pour toi seule.");
    meet(&mut bakary, &mut awa);
    assert!(list(&mut awa, None).is_empty());
    let asked = Request::Message(MessageRequest::Show { id: id.clone() });
    let (now, context) = (WallSeconds(1_800_000_000), Context::default());
    assert!(awa.node.handle(now, &context, asked).is_err(), "not even by its id");
    assert_eq!(show(&mut awa, Some("Bintou"), &id)["text"], "Pour toi seule.");
    // Between two persons of one device it goes the same way.
    let own = send(&mut awa, Some("Bintou"), "Awa", "À ce soir.");
    assert_eq!(show(&mut awa, None, &own)["text"], "À ce soir.");
    assert_eq!(state(&mut awa, Some("Bintou"), &own), "read");
}

#[test]
fn a_group_reads_what_is_said_in_it_and_who_was_let_out_does_not() {
    let mut awa = phone(1, "Awa");
    awa.found("Sadiola");
    let (mut bakary, mut chaka) = (phone(2, "Bakary"), phone(3, "Chaka"));
    for device in [&mut bakary, &mut chaka] {
        device.join(&mut awa);
        meet(device, &mut awa);
    }
    meet(&mut bakary, &mut awa);
    let group = |request| Request::Message(request);
    let name = || "Points focaux".to_owned();
    awa.ask(group(MessageRequest::GroupCreate { name: name() }));
    let persons = vec!["Bakary".to_owned()];
    awa.ask(group(MessageRequest::GroupAdd { group: name(), persons }));
    let say = |device: &mut Device, text: &str| {
        let text = text.to_owned();
        let sent = MessageRequest::GroupSend { group: name(), text, voice: None };
        device.ask(Request::Message(sent))["id"].as_str().unwrap().to_owned()
    };
    // What is said before Chaka comes in reaches him with his key, as long as it is carried.
    let first = say(&mut awa, "Réunion samedi.");
    meet(&mut awa, &mut bakary);
    let persons = vec!["Chaka".to_owned()];
    awa.ask(group(MessageRequest::GroupAdd { group: name(), persons }));
    meet(&mut awa, &mut chaka);
    meet(&mut awa, &mut bakary);
    assert_eq!(show(&mut chaka, None, &first)["text"], "Réunion samedi.");
    let from_chaka = say(&mut chaka, "J'y serai.");
    meet(&mut chaka, &mut bakary);
    assert_eq!(show(&mut bakary, None, &from_chaka)["text"], "J'y serai.");
    let shown = bakary.ask(group(MessageRequest::GroupShow { group: name() }));
    assert_eq!(shown["members"].as_array().unwrap().len(), 3, "who came is known to all");
    let refused =
        Request::Message(MessageRequest::GroupRemove { group: name(), person: "Chaka".to_owned() });
    let (now, context) = (WallSeconds(1_800_000_000), Context::default());
    assert!(bakary.node.handle(now, &context, refused).is_err(), "only who began it");

    let person = "Chaka".to_owned();
    awa.ask(group(MessageRequest::GroupRemove { group: name(), person }));
    meet(&mut awa, &mut bakary);
    let second = say(&mut bakary, "Sans lui.");
    meet(&mut bakary, &mut chaka);
    meet(&mut bakary, &mut awa);
    assert_eq!(show(&mut awa, None, &second)["text"], "Sans lui.");
    assert!(list(&mut chaka, None).iter().all(|one| one["id"] != second.as_str()));
    // Receipts for a group's messages gather for an hour.
    assert_eq!(show(&mut awa, None, &first)["delivered"].as_array().unwrap().len(), 0);
}

/// Devices that only couriers connect.
struct Villages {
    hubs: Vec<Device>,
    couriers: Vec<Device>,
}

impl Villages {
    /// Ten villages with five persons each, and three couriers who are members too.
    fn found() -> Self {
        let mut hubs = vec![phone(10, "Hub-0")];
        hubs[0].found("Sadiola");
        for n in 1..10 {
            let mut hub = phone(10 + n, &format!("Hub-{n}"));
            hub.join(&mut hubs[0]);
            meet(&mut hub, &mut hubs[0]);
            let person = format!("Hub-{n}");
            let role = "facilitator".to_owned();
            hubs[0].ask(Request::Grant { person, role, office: None });
            meet(&mut hub, &mut hubs[0]);
            hubs.push(hub);
        }
        for (n, hub) in hubs.iter_mut().enumerate() {
            for m in 0..5 {
                hub.ask(Request::PersonAdd { name: format!("P-{n}-{m}") });
            }
        }
        let couriers = (0..3).map(|n| {
            let mut courier = phone(100 + n, &format!("Courier-{n}"));
            courier.join(&mut hubs[0]);
            courier
        });
        let couriers = couriers.collect();
        Self { hubs, couriers }
    }

    /// Each courier goes once around, from a village of their own on.
    fn round(&mut self) {
        for stop in 0..self.hubs.len() {
            for (n, courier) in self.couriers.iter_mut().enumerate() {
                let at = (stop + n * 3) % self.hubs.len();
                meet(courier, &mut self.hubs[at]);
            }
        }
    }
}

/// `BARO_MESSAGES=1000 cargo nextest run --workspace -E 'test(fifty_persons)'` sends as many.
#[test]
fn fifty_persons_in_ten_villages_write_by_couriers_only() {
    let count = std::env::var("BARO_MESSAGES").ok().and_then(|n| n.parse().ok()).unwrap_or(200);
    let mut villages = Villages::found();
    villages.round();
    villages.round();
    let mut sent = Vec::new();
    for n in 0..count {
        let (village, person) = (n % 10, n / 10 % 5);
        let to = (village + 1 + n / 50 % 9) % 10;
        let (by, to) = (format!("P-{village}-{person}"), format!("P-{to}-{}", (n / 7) % 5));
        let text = format!("mot secret {n}");
        let id = send(&mut villages.hubs[village], Some(&by), &to, &text);
        sent.push((village, by, to, text, id));
    }
    villages.round();
    villages.round();
    for (_, _, to, text, id) in &sent {
        let village: usize = to.split('-').nth(1).unwrap().parse().unwrap();
        assert_eq!(show(&mut villages.hubs[village], Some(to), id)["text"], text.as_str());
    }
    villages.round();
    villages.round();
    for (village, by, _, _, id) in &sent {
        assert_eq!(state(&mut villages.hubs[*village], Some(by), id), "read");
    }
    for courier in &mut villages.couriers {
        assert!(list(courier, None).is_empty());
        let community = community(courier);
        let store = courier.node.store();
        for row in store.parcels(&community).unwrap() {
            let Some(bytes) = store.parcel_bytes(&community, &row.id).unwrap() else { continue };
            assert!(!bytes.windows(10).any(|part| part == b"mot secret"));
        }
    }
}

fn junk(community: &CommunityId, n: u64, bytes: usize) -> Vec<u8> {
    let content = Content::Message(Message {
        salt: n.to_be_bytes(),
        time: 0,
        text: "x".repeat(bytes),
        voice: None,
        group: None,
    });
    let mut random = [9; 32];
    random[..8].copy_from_slice(&n.to_be_bytes());
    let nobody = SealingSecret::from_bytes([77; 32]).public();
    let by = MemberKey::from_seed([78; 32]);
    seal(community, &by, &nobody, &content, random).unwrap().into_bytes()
}

fn bring(node: &mut Node, community: CommunityId, way: Way, at: i64, parcels: Vec<Vec<u8>>) {
    let items = parcels.into_iter().map(|bytes| Item::Parcel { community, bytes, way }).collect();
    node.take_in(&[Batch { items, now: WallSeconds(at), ..Batch::default() }]).unwrap();
}

#[test]
fn a_flood_that_nobody_can_open_stays_in_bounds_and_pushes_out_only_itself() {
    let mut awa = phone(1, "Awa");
    awa.found("Sadiola");
    let mut bakary = phone(2, "Bakary");
    bakary.join(&mut awa);
    meet(&mut bakary, &mut awa);
    let id = send(&mut awa, None, "Bakary", "Attention à la route.");
    let community = community(&awa);
    let start = 1_700_000_100;
    let honest: Vec<_> = (0..20).map(|n| junk(&community, n, 10)).collect();
    bring(&mut awa.node, community, Way(20), start, honest);
    let flood = PARCELS_MAX as u64 + 500;
    for n in 0..flood / 100 {
        let some = (0..100).map(|m| junk(&community, 1_000 + n * 100 + m, 10)).collect();
        bring(&mut awa.node, community, Way(30), start + 1, some);
    }
    let rows = awa.node.store().parcels(&community).unwrap();
    let held: Vec<_> = rows.iter().filter(|row| !row.gone).collect();
    assert_eq!(held.len(), PARCELS_MAX);
    assert!(held.iter().map(|row| u64::from(row.size)).sum::<u64>() <= PARCELS_BYTES_MAX);
    assert!(rows.len() - held.len() <= PARCELS_GONE_MAX);
    assert_eq!(held.iter().filter(|row| row.way == Way(20)).count(), 20);
    assert_eq!(held.iter().filter(|row| row.way == Way::HERE).count(), 1);
    // What was dropped does not come back.
    let dropped = junk(&community, 1_000, 10);
    bring(&mut awa.node, community, Way(20), start + 2, vec![dropped]);
    assert_eq!(parcels(&awa), PARCELS_MAX);
    // And the honest word still goes its way.
    meet(&mut awa, &mut bakary);
    assert_eq!(show(&mut bakary, None, &id)["text"], "Attention à la route.");
    // By bytes as well as by number.
    for n in 0..8 {
        let some = (0..200).map(|m| junk(&community, 900_000 + n * 200 + m, 16_000)).collect();
        bring(&mut awa.node, community, Way(40), start + 3, some);
    }
    let rows = awa.node.store().parcels(&community).unwrap();
    let held = rows.iter().filter(|row| !row.gone);
    assert!(held.clone().map(|row| u64::from(row.size)).sum::<u64>() <= PARCELS_BYTES_MAX);
    assert_eq!(held.filter(|row| row.way == Way(20)).count(), 20);
    // After 60 days nothing of it is there.
    awa.node.tidy_blobs(WallSeconds(start + 29 * DAY)).unwrap();
    awa.node.tidy_blobs(WallSeconds(start + 58 * DAY)).unwrap();
    assert!(parcels(&awa) > 0);
    awa.node.tidy_blobs(WallSeconds(start + 62 * DAY)).unwrap();
    assert_eq!(parcels(&awa), 0);
}

/// Every file of a folder.
fn bytes_of(folder: &std::path::Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => all.extend(bytes_of(&path)),
            false => all.extend(std::fs::read(&path).unwrap()),
        }
    }
    all
}

#[test]
fn old_keys_are_replaced_and_forgotten_and_open_nothing_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let disk = SqliteStore::open(&folder.path().join("baro.db")).unwrap();
    let mut awa = Device::of(Box::new(disk), 1, "Awa");
    awa.found("Sadiola");
    let mut bakary = phone(2, "Bakary");
    bakary.join(&mut awa);
    meet(&mut bakary, &mut awa);
    let secrets = |device: &Device| -> Vec<Vec<u8>> {
        let rows = device.node.store().local_prefix("sealing/").unwrap();
        rows.into_iter().map(|(_, secret)| secret).collect()
    };
    let first = secrets(&awa)[0].clone();
    assert!(bytes_of(folder.path()).windows(32).any(|part| part == first), "it is there first");
    // A parcel that somebody on the air recorded.
    send(&mut bakary, None, "Awa", "Le nom de la source.");
    let community = community(&awa);
    let recorded: Vec<Vec<u8>> = {
        let store = bakary.node.store();
        let rows = store.parcels(&community).unwrap();
        rows.iter().filter_map(|row| store.parcel_bytes(&community, &row.id).unwrap()).collect()
    };
    let start = 1_700_000_000;
    awa.node.tidy_blobs(WallSeconds(start + DAY)).unwrap();
    assert_eq!(secrets(&awa).len(), 1, "fresh keys stay");
    awa.node.tidy_blobs(WallSeconds(start + 9 * DAY)).unwrap();
    assert_eq!(secrets(&awa).len(), 2, "after a week there is another");
    // A clock that jumps by years forgets nothing at once.
    awa.node.tidy_blobs(WallSeconds(start + 5_000 * DAY)).unwrap();
    assert!(secrets(&awa).contains(&first));
    for month in 1..4 {
        awa.node.tidy_blobs(WallSeconds(start + (5_000 + month * 25) * DAY)).unwrap();
    }
    assert!(!secrets(&awa).contains(&first));
    assert!(!bytes_of(folder.path()).windows(32).any(|part| part == first), "not in any file");
    // The recording comes back, and stays closed.
    bring(&mut awa.node, community, Way(20), start + 5_080 * DAY, recorded);
    assert!(list(&mut awa, None).is_empty());
    assert_eq!(parcels(&awa), 1);
}

#[test]
fn bundles_carry_parcels_and_leave_out_those_that_are_there() {
    use baro_node::bundle::{Digest, Found, Incoming, Sections, export, write_digest};
    let mut awa = phone(1, "Awa");
    awa.found("Sadiola");
    let mut bakary = phone(2, "Bakary");
    bakary.join(&mut awa);
    meet(&mut bakary, &mut awa);
    let id = send(&mut awa, None, "Bakary", "Par la clé USB.");
    let mut file = Vec::new();
    export(awa.node.store(), None, &mut file, &mut |_, _| ()).unwrap();
    let mut bytes = file.as_slice();
    let mut sections = Sections::new(&mut bytes);
    while let Some(found) = sections.read_next().unwrap() {
        if let Found::Section { frame, .. } = found {
            let now = WallSeconds(1_700_000_500);
            let strict = &mut baro_node::ingest::Strict;
            let incoming = Incoming::verify(bakary.node.store(), strict, &frame, now).unwrap();
            let batch = incoming.batch().clone();
            let outcome = bakary.node.take_in(&[batch]).unwrap().remove(0);
            assert_eq!(incoming.settle(&outcome).refused, 0);
        }
    }
    assert_eq!(show(&mut bakary, None, &id)["text"], "Par la clé USB.");
    let mut digest = Vec::new();
    write_digest(bakary.node.store(), [7; 16], &mut digest).unwrap();
    let digest = Digest::read(&mut digest.as_slice()).unwrap();
    let (mut all, mut few) = (Vec::new(), Vec::new());
    export(awa.node.store(), None, &mut all, &mut |_, _| ()).unwrap();
    let written = export(awa.node.store(), Some(&digest), &mut few, &mut |_, _| ()).unwrap();
    assert_eq!(written.items, 0, "all of it is there");
    assert!(few.len() + 512 <= all.len());
}
