//! Persons of one device, each with a vault behind their own PIN.

use argon2::Argon2;
use argon2::password_hash::PasswordHasher;

use super::super::{Backup, MessageRequest, Pin};
use super::*;
use crate::replica::LocalChange;

const PIN: &str = "2580";
const WORDS: &str = "Le camion blanc passe jeudi";

/// A device of Awa's, on which Bintou lives too.
fn shared() -> (Device, String) {
    let (mut device, _) = Device::founder("Awa");
    let bintou = id(&device.ask(Request::PersonAdd { name: "Bintou".into() }));
    (device, bintou)
}

impl Device {
    fn try_with(
        &mut self,
        speaker: &str,
        pin: Option<&str>,
        request: Request,
    ) -> Result<Value, String> {
        let pins = pin.map(|pin| (speaker.to_owned(), Pin::new(pin.to_owned())));
        let context = Context {
            speaker: Some(speaker.to_owned()),
            pins: pins.into_iter().collect(),
            ..Context::default()
        };
        self.now += 1;
        self.node
            .handle(WallSeconds(self.now), &context, request)
            .map_err(|error| error.to_string())
    }

    fn with(&mut self, speaker: &str, pin: &str, request: Request) -> Value {
        self.try_with(speaker, Some(pin), request).unwrap()
    }

    fn set_pin(&mut self, speaker: &str, before: Option<&str>, pin: Option<&str>) -> Value {
        let pin = pin.map(|pin| Pin::new(pin.to_owned()));
        self.try_with(speaker, before, Request::PersonPin { pin }).unwrap()
    }

    /// Whether these bytes stand in any row of the device.
    fn holds(&self, what: &[u8]) -> bool {
        let rows = self.node.store().local_prefix("").unwrap().into_iter();
        let mut rows = rows.flat_map(|(key, value)| [key.into_bytes(), value]);
        rows.any(|row| row.windows(what.len()).any(|part| part == what))
    }

    fn put(&mut self, key: String, value: Vec<u8>) {
        let items = vec![Item::Local(LocalChange::Put { key, value })];
        self.node.take_in(&[Batch { items, ..Batch::default() }]).unwrap();
    }
}

fn send(to: &str, text: &str) -> Request {
    let (to, text) = (to.to_owned(), text.to_owned());
    Request::Message(MessageRequest::Send { to, text, voice: None })
}

fn list() -> Request {
    Request::Message(MessageRequest::List { with: None, offset: None, limit: None })
}

fn show(id: &str) -> Request {
    Request::Message(MessageRequest::Show { id: id.to_owned() })
}

fn say(debate: &str, text: &str) -> Request {
    Request::Say {
        debate: debate.to_owned(),
        text: text.to_owned(),
        kind: None,
        reply_to: None,
        to: None,
        attached: Vec::new(),
    }
}

#[test]
fn what_is_private_opens_with_its_persons_pin_and_is_nowhere_in_the_rows() {
    let (mut device, bintou) = shared();
    let debate = device.debate("L'eau");
    let sent = id(&device.ask_as("Awa", send("Bintou", WORDS)));
    let group = MessageRequest::GroupCreate { name: "La caisse des femmes".into() };
    device.ask_as("Awa", Request::Message(group));
    device.ask_as("Awa", Request::Block { person: bintou.clone(), blocks: true });
    assert!(device.holds(WORDS.as_bytes()) && device.holds(b"caisse"), "the search finds it");
    let seed = device.node.store().local_persons().unwrap()[0].seed.unwrap();

    assert_eq!(device.set_pin("Awa", None, Some(PIN))["pin"], true);
    let message = format!("message/{}", device.node.store().local_persons().unwrap()[1].community);
    let bintous = device.node.store().local_prefix(&message).unwrap();
    let bintous = bintous.iter().filter(|(key, _)| key.contains(&bintou)).count();
    assert_eq!(bintous, 1, "Bintou has no PIN, and her copy as before");
    device.set_pin("Bintou", None, Some("1357"));
    for secret in [WORDS.as_bytes(), b"caisse", sent.as_bytes(), &seed] {
        assert!(!device.holds(secret), "{}", String::from_utf8_lossy(secret));
    }
    assert!(device.node.store().local_persons().unwrap().iter().all(|who| who.seed.is_none()));

    let group = Request::Message(MessageRequest::GroupList);
    let new_key = Request::Message(MessageRequest::NewKey);
    let renamed = Request::PersonRename { name: "Awa T".into() };
    let unlocked = Request::PersonPin { pin: None };
    let spoken = [say(&debate, "Moi, Awa"), renamed, unlocked, new_key, send("Bintou", "x")];
    for request in [list(), show(&sent), group, Request::BlockList].into_iter().chain(spoken) {
        let refused = device.try_with("Awa", None, request.clone()).unwrap_err();
        assert!(refused.contains("opens with their PIN"), "{request:?}: {refused}");
        // Nor does somebody else's PIN.
        let pins = [(bintou.clone(), Pin::new("1357".into()))].into();
        let context = Context { speaker: Some("Awa".into()), pins, ..Context::default() };
        let refused = device.node.handle(WallSeconds(device.now), &context, request).unwrap_err();
        assert!(refused.to_string().contains("opens with their PIN"));
    }
    // What is public asks for nothing, whoever asks.
    let shown = device.ask_as("Awa", Request::DebateShow { id: debate.clone() });
    assert_eq!(shown["title"], "L'eau");

    let listed = device.with("Awa", PIN, list());
    assert_eq!(listed["messages"][0]["text"], WORDS);
    assert_eq!(device.with("Awa", PIN, Request::BlockList)[0]["name"], "Bintou");
    device.with("Awa", PIN, say(&debate, "Moi, Awa"));
    let refused = device.try_with("Awa", Some("1111"), list()).unwrap_err();
    assert!(refused.contains("not the PIN"), "{refused}");
    assert!(device.try_with("Awa", None, list()).is_err(), "a PIN holds for one request");
}

#[test]
fn a_pin_is_changed_and_taken_away_and_an_old_key_opens_nothing() {
    let (mut device, _) = shared();
    let sent = id(&device.ask_as("Awa", send("Bintou", WORDS)));
    let seed = device.node.store().local_persons().unwrap()[0].seed;
    device.set_pin("Awa", None, Some(PIN));
    device.set_pin("Awa", Some(PIN), Some("97531"));
    assert!(device.try_with("Awa", Some(PIN), list()).is_err());
    assert_eq!(device.with("Awa", "97531", show(&sent))["text"], WORDS);
    let pin = Some(Pin::new("12".into()));
    let weak = device.try_with("Awa", Some("97531"), Request::PersonPin { pin }).unwrap_err();
    assert!(weak.contains("4 to 12"), "{weak}");

    // A session that still has the key of a vault that is gone.
    let now = WallSeconds(device.now);
    let context = Context::default();
    let trial = device.node.begin_try(now, &context, "Awa").unwrap().unwrap();
    let found = trial.open("97531").unwrap();
    let old = device.node.end_try(now, &trial, found).unwrap();
    assert_eq!(device.set_pin("Awa", Some("97531"), None)["pin"], false);
    assert_eq!(device.node.store().local_persons().unwrap()[0].seed, seed);
    let mut context = Context { speaker: Some("Awa".into()), ..Context::default() };
    context.keys.add(trial.person(), old);
    assert_eq!(device.node.handle(now, &context, show(&sent)).unwrap()["text"], WORDS);
    device.node.handle(now, &context, send("Bintou", "Encore")).unwrap();
    assert_eq!(device.ask_as("Awa", list())["total"], 2);
    device.set_pin("Awa", None, Some(PIN));
    let refused = device.node.handle(now, &context, list()).unwrap_err().to_string();
    assert!(refused.contains("opens with their PIN"), "{refused}");
    for kind in ["vault/", "seed/"] {
        assert_eq!(device.node.store().local_prefix(kind).unwrap().len(), 1, "{kind}");
    }
}

#[test]
fn what_comes_while_its_person_is_locked_waits_for_them_and_is_signed_for_then() {
    let (mut device, _) = shared();
    device.set_pin("Awa", None, Some(PIN));
    let sent = id(&device.ask_as("Bintou", send("Awa", WORDS)));
    let group = MessageRequest::GroupCreate { name: "Caisse".into() };
    let group = id(&device.ask_as("Bintou", Request::Message(group)));
    let persons = vec!["Awa".to_owned()];
    let add = MessageRequest::GroupAdd { group: group.clone(), persons };
    device.ask_as("Bintou", Request::Message(add));
    let said = MessageRequest::GroupSend { group, text: "Au puits".into(), voice: None };
    let said = id(&device.ask_as("Bintou", Request::Message(said)));
    device.node.open_some();
    assert!(!device.node.has_unopened(), "all were tried, without Awa's keys");
    assert_eq!(device.ask_as("Bintou", show(&sent))["state"], "written");

    let listed = device.with("Awa", PIN, list());
    assert_eq!(listed["total"], 2, "{listed}");
    assert_eq!(device.ask_as("Bintou", show(&sent))["state"], "delivered");
    assert!(device.node.store().local_prefix("behind/").unwrap().is_empty());
    device.with("Awa", PIN, show(&sent));
    assert_eq!(device.ask_as("Bintou", show(&sent))["state"], "read");
    device.with("Awa", PIN, show(&said));
    let names = device.node.store().local_prefix("due/").unwrap();
    assert_eq!(names.len(), 1, "receipts of groups gather");
    let bintou = device.node.store().local_persons().unwrap()[1].person.to_string();
    assert!(names.iter().all(|(key, _)| !key.contains(&bintou)), "who wrote stands nowhere");
}

#[test]
fn what_comes_while_a_session_has_the_vault_open_is_opened_as_it_comes() {
    let (mut device, _) = shared();
    device.set_pin("Awa", None, Some(PIN));
    let now = WallSeconds(device.now);
    let trial = device.node.begin_try(now, &Context::default(), "Awa").unwrap().unwrap();
    let found = trial.open(PIN).unwrap();
    let key = device.node.end_try(now, &trial, found).unwrap();
    device.node.vaults().note(trial.person(), &key);
    let sent = id(&device.ask_as("Bintou", send("Awa", WORDS)));
    assert_eq!(device.ask_as("Bintou", show(&sent))["state"], "delivered");
    // It is open to that session, and to nobody else.
    assert!(device.try_with("Awa", None, show(&sent)).is_err());
    assert!(device.try_with("Awa", None, send("Bintou", "x")).is_err());
    drop(key);
    let next = id(&device.ask_as("Bintou", send("Awa", "Encore")));
    assert_eq!(device.ask_as("Bintou", show(&next))["state"], "written");
    assert_eq!(device.with("Awa", PIN, show(&next))["text"], "Encore");
}

#[test]
fn wrong_pins_make_the_next_wait_and_are_counted_before_they_are_tried() {
    let (mut device, _) = shared();
    device.set_pin("Awa", None, Some(PIN));
    device.set_pin("Bintou", None, Some("1357"));
    let now = WallSeconds(device.now);
    for _ in 0..3 {
        // Counted, and never tried: a program that was killed.
        device.node.begin_try(now, &Context::default(), "Awa").unwrap().unwrap();
    }
    let refused = device.try_with("Awa", Some(PIN), list()).unwrap_err();
    assert!(refused.contains("wait 4 seconds"), "{refused}");
    device.with("Bintou", "1357", list());
    device.now += 5;
    let refused = device.try_with("Awa", Some("0000"), list()).unwrap_err();
    assert!(refused.contains("Wait 10 seconds"), "{refused}");
    assert!(device.try_with("Awa", Some(PIN), list()).unwrap_err().contains("Too many"));
    device.now += 10;
    device.with("Awa", PIN, list());
    assert!(device.node.store().local_prefix("tries/").unwrap().is_empty());
}

#[test]
fn the_panic_pin_is_heard_before_a_pin_is_tried() {
    let (mut device, _) = shared();
    device.set_pin("Awa", None, Some(PIN));
    let heard = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let hears = std::sync::Arc::clone(&heard);
    device.node.set_alarm(std::sync::Arc::new(move |pin| {
        hears.lock().unwrap().push(pin.to_owned());
        pin == "9999"
    }));
    let wrong = device.try_with("Awa", Some("0000"), list()).unwrap_err();
    let panic = device.try_with("Awa", Some("9999"), list()).unwrap_err();
    assert_eq!(wrong, panic, "nobody who looks on can tell");
    assert_eq!(*heard.lock().unwrap(), ["0000", "9999"]);
}

#[test]
fn a_hash_of_an_earlier_program_becomes_a_vault_with_the_first_right_pin() {
    let (mut device, _) = shared();
    let sent = id(&device.ask_as("Awa", send("Bintou", WORDS)));
    let awa = device.node.store().local_persons().unwrap()[0].person;
    let hash = Argon2::default().hash_password(PIN.as_bytes()).unwrap().to_string();
    device.put(format!("pin/{awa}"), hash.into_bytes());
    assert!(device.try_with("Awa", None, show(&sent)).is_err());
    assert!(device.try_with("Awa", Some("1111"), show(&sent)).is_err());
    assert!(device.node.store().local_prefix("vault/").unwrap().is_empty());
    // What comes is opened as before, until there is a vault.
    let came = id(&device.ask_as("Bintou", send("Awa", "Bonjour")));
    assert_eq!(device.ask_as("Bintou", show(&came))["state"], "delivered");
    device.set_pin("Bintou", None, Some("1357"));
    assert!(device.holds(WORDS.as_bytes()));
    assert_eq!(device.with("Awa", PIN, show(&sent))["text"], WORDS);
    assert!(!device.holds(WORDS.as_bytes()));
    assert!(device.node.store().local_prefix("pin/").unwrap().is_empty());
    assert_eq!(device.with("Awa", PIN, show(&came))["text"], "Bonjour");
}

#[test]
fn a_backup_takes_a_vault_along_shut() {
    let (mut device, _) = shared();
    let sent = device.ask_as("Bintou", send("Awa", WORDS));
    assert_eq!(sent["state"], "written");
    let seeds: Vec<_> = device.node.store().local_persons().unwrap();
    device.set_pin("Awa", None, Some(PIN));
    for small in [false, true] {
        let bytes = Backup::of(device.node.store(), small).unwrap().to_bytes();
        let has = |what: &[u8]| bytes.windows(what.len()).any(|part| part == what);
        assert!(!has(&seeds[0].seed.unwrap()), "Awa's key");
        assert!(has(&seeds[1].seed.unwrap()), "Bintou has no PIN");

        let rng = ChaCha20Rng::from_seed([3; 32]);
        let node = Node::new(Box::new(MemoryStore::new()), rng, None);
        let mut other = Device { node, now: device.now + 100 };
        let now = WallSeconds(other.now);
        other.node.restore(now, &Backup::from_bytes(&bytes).unwrap()).unwrap();
        let open = Request::DebateOpen { title: "Le puits".into(), body: None, days: None };
        assert!(other.try_with("Awa", None, open.clone()).is_err());
        assert!(other.try_with("Awa", Some("1111"), open.clone()).is_err());
        other.with("Awa", PIN, open.clone());
        other.ask_as("Bintou", open);
    }
}

#[test]
fn a_members_only_community_is_proven_by_the_device_while_its_person_is_away() {
    let mut device = Device::of("Awa");
    device.ask(Request::CommunityCreate {
        name: "Femmes".into(),
        threshold: 1,
        founders: Vec::new(),
        debates_by: None,
        cosignatures: 0,
        members_only: true,
    });
    device.set_pin("Awa", None, Some(PIN));
    let community = device.node.store().local_persons().unwrap()[0].community;
    let prover = |node: &Node| {
        let roll = crate::epochs::Roll::read(node.store(), &community).unwrap().unwrap();
        roll.prover(node.store()).unwrap()
    };
    assert!(prover(&device.node).is_some());
    let open = Request::DebateOpen { title: "Le puits".into(), body: None, days: None };
    assert!(device.try_with("Awa", None, open.clone()).is_err(), "speaking takes the PIN");
    device.with("Awa", PIN, open);

    // Taken along: the seed is in the vault, and the device proves again once she was there.
    let backup = Backup::of(device.node.store(), false).unwrap();
    let rng = ChaCha20Rng::from_seed([3; 32]);
    let mut node = Node::new(Box::new(MemoryStore::new()), rng, None);
    node.restore(WallSeconds(device.now), &backup).unwrap();
    assert!(prover(&node).is_none());
    let mut other = Device { node, now: device.now };
    other.with("Awa", PIN, list());
    assert!(prover(&other.node).is_some());
}

#[test]
fn keys_of_who_is_locked_are_replaced_when_they_come() {
    let (mut device, _) = shared();
    device.set_pin("Awa", None, Some(PIN));
    let count = |device: &Device, name: usize| {
        let who = device.node.store().local_persons().unwrap().remove(name);
        let prefix = format!("sealing/{}/{}/", who.community, who.person);
        device.node.store().local_prefix(&prefix).unwrap().len()
    };
    device.node.tidy_blobs(WallSeconds(device.now)).unwrap();
    device.now += 8 * 24 * 3_600;
    device.node.tidy_blobs(WallSeconds(device.now)).unwrap();
    assert_eq!((count(&device, 0), count(&device, 1)), (1, 2));
    device.with("Awa", PIN, list());
    assert_eq!((count(&device, 0), count(&device, 1)), (2, 2));
}
