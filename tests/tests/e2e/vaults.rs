//! Persons who share a device, each with a vault behind a PIN: what the others cannot read by
//! commands, API, pages or in the opened database, and what kills and restarts change of that.

use std::process::Stdio;
use std::time::Duration;

use baro_node::store::{Read as _, Store as _};
use baro_tests::form::Visitor;
use baro_tests::http::ask;
use baro_tests::kill::{self, Moments};
use baro_tests::{Device, Running};
use serde_json::{Value, json};

const PIN: &str = "258036";
const WORDS: &str = "Le camion blanc passe jeudi par Sadiola";
const PIPED: &str = "--pin-stdin";
const KILLS: u32 = 12;
/// 2580, as the pages of an earlier program have kept it.
const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$QdE0naUL+meOeH4YliizNw$xw9gpq+jbXhd/JjNEkdE1HvzY82cp//IzxR2ruQxbhY";

/// Awa's phone, on which Bintou lives too; their ids.
fn shared() -> (Device, [String; 2]) {
    let phone = Device::of("Awa").unwrap();
    phone.made(&["community", "create", "Kayes"]).unwrap();
    phone.made(&["person", "add", "Bintou"]).unwrap();
    let all = phone.json(&["person", "list"]).unwrap();
    let ids = [0, 1].map(|n| all[n]["id"].as_str().unwrap().to_owned());
    (phone, ids)
}

/// What a command says that has this piped in: its answer, or why not.
fn typed(phone: &Device, args: &[&str], lines: &str) -> Result<Value, String> {
    let output = phone.typed(&[&["--json", PIPED], args].concat(), lines).unwrap();
    match output.status.success() {
        true => Ok(serde_json::from_slice(&output.stdout).unwrap()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

fn lock(phone: &Device, name: &str, pin: &str) {
    let set = typed(phone, &["person", "pin", name], &format!("{pin}\n")).unwrap();
    assert_eq!(set["pin"], true);
}

fn opened(phone: &Device, args: &[&str]) -> Value {
    typed(phone, args, &format!("{PIN}\n")).unwrap()
}

/// Whether the words are in a list of messages.
fn has_words(listed: &Value) -> bool {
    listed["messages"].as_array().unwrap().iter().any(|one| one["text"] == WORDS)
}

/// Whether the opened database has these bytes in any row of its own.
fn holds(phone: &Device, what: &[u8]) -> bool {
    let read = phone.database(None).unwrap().reader().unwrap();
    let seeds = read.local_persons().unwrap().into_iter().filter_map(|who| who.seed);
    let rows = read.local_prefix("").unwrap().into_iter();
    let mut rows = rows.flat_map(|(key, value)| [key.into_bytes(), value]);
    let in_rows = rows.any(|row| row.windows(what.len()).any(|part| part == what));
    // And in every other table.
    let open = phone.laid_open().unwrap();
    let bytes = std::fs::read(open.path().join("baro.db")).unwrap();
    in_rows
        || seeds.into_iter().any(|seed| seed == what)
        || bytes.windows(what.len()).any(|part| part == what)
}

fn served(phone: &Device) -> (Running, String) {
    let args = ["--listen", "/ip4/127.0.0.1/tcp/0", "--http", "127.0.0.1:0"];
    let node = phone.start(&args).unwrap();
    let link = phone.json(&["link"]).unwrap()["link"].as_str().unwrap().to_owned();
    (node, link)
}

#[test]
fn bintou_reads_nothing_of_awas_by_commands_api_pages_or_in_the_opened_database() {
    let (phone, [awa, bintou]) = shared();
    let debate = phone.made(&["debate", "open", "Le puits"]).unwrap();
    phone.made(&["--as", "Awa", "message", "send", "Bintou", "Bonjour"]).unwrap();
    let group = phone.made(&["--as", "Awa", "group", "create", "La caisse des femmes"]).unwrap();
    lock(&phone, "Awa", PIN);
    let id = opened(&phone, &["--as", "Awa", "message", "send", "Bintou", WORDS]);
    let id = id["id"].as_str().unwrap().to_owned();
    // Her own copy is as open as Bintou likes; here she deletes it.
    assert_eq!(phone.json(&["--as", "Bintou", "message", "list"]).unwrap()["total"], 2);
    phone.json(&["--as", "Bintou", "message", "delete", &id]).unwrap();
    for secret in [WORDS, "caisse des femmes", &group] {
        assert!(!holds(&phone, secret.as_bytes()), "{secret}");
    }

    // By commands, without a running node and beside one.
    let asked: [&[&str]; 7] = [
        &["--as", "Awa", "message", "list"],
        &["--as", "Awa", "message", "show", &id],
        &["--as", "Awa", "group", "list"],
        &["--as", "Awa", "moderation", "blocked"],
        &["--as", "Awa", "say", &debate, "Moi, Awa"],
        &["--as", "Awa", "message", "send", "Bintou", "Moi, Awa"],
        &["person", "pin", "Awa", "--remove"],
    ];
    let closed = || {
        for args in asked {
            let refused = phone.refused(args).unwrap();
            assert_eq!(refused.code, Some(1));
            assert!(refused.words.contains("opens with their PIN"), "{args:?}: {refused:?}");
        }
        let shown = phone.json(&["--as", "Awa", "debate", "show", &debate]).unwrap();
        assert_eq!(shown["title"], "Le puits", "what is public asks for nothing");
        assert!(has_words(&opened(&phone, &["--as", "Awa", "message", "list"])));
    };
    closed();
    let (node, link) = served(&phone);
    closed();

    // By the API.
    let base = link.split("/enter/").next().unwrap();
    let token = std::fs::read_to_string(phone.data().join("http.token")).unwrap();
    let bearer = format!("Bearer {token}");
    let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
    let act = |context: Value| {
        let request = json!({ "command": "message", "message": "list" });
        let body = json!({ "context": context, "request": request }).to_string();
        let done = ask(base, "POST", "/api/v1/do", &headers, body.as_bytes()).unwrap();
        (done.status, serde_json::from_slice::<Value>(&done.body).unwrap())
    };
    let (status, refused) = act(json!({ "as": "Awa" }));
    assert_eq!((status, &refused["reason"]), (403, &json!("vault_locked")));
    // Nobody lends themselves a key from outside.
    assert_eq!(act(json!({ "as": "Awa", "keys": { &awa: PIN } })).0, 403);
    assert_eq!(act(json!({ "as": "Awa", "pins": { "Bintou": PIN } })).0, 403);
    assert_eq!(act(json!({ "as": "Awa", "pins": { "Awa": "000000" } })).0, 422);
    let (status, listed) = act(json!({ "as": "Awa", "pins": { "Awa": PIN } }));
    assert!(status == 200 && has_words(&listed), "{listed}");

    // In pages: Awa's session opens hers, and neither a command nor Bintou's session sees it.
    let mut hers = Visitor::enter(&link).unwrap();
    hers.get(&format!("/people/{awa}")).unwrap();
    let path = format!("/people/{awa}");
    assert!(hers.send(&path, &[("pin", "111111")]).unwrap().location.ends_with("wrong=1"));
    assert_eq!(hers.send(&path, &[("pin", PIN)]).unwrap().location, "/");
    let thread = hers.get(&format!("/messages/{bintou}")).unwrap();
    assert!(thread.text().contains(WORDS), "{}", thread.text());
    closed();
    let link = phone.json(&["link"]).unwrap()["link"].as_str().unwrap().to_owned();
    let mut other = Visitor::enter(&link).unwrap();
    other.speak_as(&bintou).unwrap();
    for path in ["/messages", &format!("/messages/{awa}")] {
        assert!(!other.get(path).unwrap().text().contains("camion"), "{path}");
    }
    drop(node);
}

#[test]
fn wrong_pins_are_counted_for_pages_commands_and_api_alike_and_outlive_the_node() {
    let (phone, [awa, _]) = shared();
    lock(&phone, "Awa", PIN);
    let list = ["--as", "Awa", "message", "list"];
    assert!(typed(&phone, &list, "000000\n").unwrap_err().contains("not the PIN"));
    let (node, link) = served(&phone);
    let mut page = Visitor::enter(&link).unwrap();
    let path = format!("/people/{awa}");
    page.get(&path).unwrap();
    assert!(page.send(&path, &[("pin", "111111")]).unwrap().location.ends_with("wrong=1"));
    assert!(typed(&phone, &list, "222222\n").unwrap_err().contains("Wait 5 seconds"));
    node.kill().unwrap();
    let waits = typed(&phone, &list, &format!("{PIN}\n")).unwrap_err();
    assert!(waits.contains("Too many wrong PINs"), "{waits}");
    let (_node, link) = served(&phone);
    let mut page = Visitor::enter(&link).unwrap();
    page.get(&path).unwrap();
    let waits = page.send(&path, &[("pin", PIN)]).unwrap();
    assert!(waits.location.contains("?wait="), "{}", waits.location);
    std::thread::sleep(Duration::from_secs(6));
    opened(&phone, &list);
}

#[test]
fn the_panic_pin_in_the_place_of_a_persons_pin_on_a_page_destroys_everything() {
    let (phone, [awa, _]) = shared();
    lock(&phone, "Awa", PIN);
    let (node, link) = served(&phone);
    let locked = |args: &[&str], lines: &str| {
        let output = phone.typed(&[&["--unlock-stdin"], args].concat(), lines).unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    locked(&["lock", "set", "--pin"], "314159\n");
    locked(&["lock", "panic"], "314159\n271828\n");
    let mut page = Visitor::enter(&link).unwrap();
    let path = format!("/people/{awa}");
    page.get(&path).unwrap();
    assert!(page.send(&path, &[("pin", "111111")]).unwrap().location.ends_with("wrong=1"));
    assert!(phone.data().join("keys/slots").exists());
    // The node is gone before it can answer, or just after.
    let _ = page.send(&path, &[("pin", "271828")]);
    let since = std::time::Instant::now();
    while phone.data().join("keys").exists() || phone.data().join("baro.db").exists() {
        assert!(since.elapsed() < Duration::from_secs(20), "something is left");
        std::thread::sleep(Duration::from_millis(50));
    }
    drop(page);
    assert!(Visitor::enter(&link).is_err(), "the node has ended");
    drop(node);
}

#[test]
fn what_came_while_she_was_away_is_there_when_she_comes_and_its_receipt_goes_out() {
    let (phone, _) = shared();
    let bakary = Device::of("Bakary").unwrap();
    bakary.join(&phone).unwrap();
    lock(&phone, "Awa", PIN);
    let (node, _) = served(&phone);
    let address = node.address("tcp").unwrap().to_owned();
    bakary.json(&["sync", &address]).unwrap();
    let id = bakary.made(&["message", "send", "Awa", WORDS]).unwrap();
    bakary.json(&["sync", &address]).unwrap();
    bakary.json(&["sync", &address]).unwrap();
    let state = || bakary.json(&["message", "show", &id]).unwrap()["state"].clone();
    assert_eq!(state(), "carried", "nobody opened it");
    // A restart loses nothing of that.
    node.kill().unwrap();
    let (node, _) = served(&phone);
    let address = node.address("tcp").unwrap().to_owned();
    let listed = opened(&phone, &["--as", "Awa", "message", "list"]);
    assert_eq!(listed["total"], 1);
    bakary.json(&["sync", &address]).unwrap();
    assert_eq!(state(), "delivered");
    assert_eq!(opened(&phone, &["--as", "Awa", "message", "show", &id])["text"], WORDS);
    bakary.json(&["sync", &address]).unwrap();
    assert_eq!(state(), "read");
    assert!(!holds(&phone, WORDS.as_bytes()));
}

#[test]
fn a_kill_while_a_pin_is_set_leaves_all_of_it_locked_or_nothing() {
    let (phone, _) = shared();
    for n in 0..40 {
        phone.made(&["--as", "Awa", "message", "send", "Bintou", &format!("{WORDS} {n}")]).unwrap();
    }
    let list = ["--as", "Awa", "message", "list", "--limit", "100"];
    let mut moments = Moments::of(7);
    for _ in 0..KILLS {
        let input = phone.file("pin");
        std::fs::write(&input, format!("{PIN}\n")).unwrap();
        let mut command = phone.command(&[PIPED, "person", "pin", "Awa"]);
        command.stdin(std::fs::File::open(&input).unwrap()).stdout(Stdio::null());
        kill::after(&mut command.spawn().unwrap(), moments.millis(20, 1_500)).unwrap();
        match phone.json(&list) {
            Ok(listed) => assert_eq!(listed["total"], 40),
            Err(_) => {
                let listed = opened(&phone, &list);
                assert_eq!(listed["total"], 40);
                let removed =
                    typed(&phone, &["person", "pin", "Awa", "--remove"], &format!("{PIN}\n"));
                assert_eq!(removed.unwrap()["pin"], false);
            }
        }
    }
    lock(&phone, "Awa", PIN);
    assert!(
        !phone.database(None).unwrap().reader().unwrap().local_prefix("seed/").unwrap().is_empty()
    );
    assert_eq!(opened(&phone, &list)["total"], 40);
}

#[test]
fn a_pin_of_an_earlier_program_becomes_a_vault_when_it_is_first_entered() {
    let (phone, [awa, _]) = shared();
    let id = phone.made(&["--as", "Awa", "message", "send", "Bintou", WORDS]).unwrap();
    let database = phone.database(None).unwrap();
    let mut store = database.store().unwrap();
    store
        .transaction(&mut |write| write.put_local(&format!("pin/{awa}"), HASH.as_bytes()))
        .unwrap();
    drop(store);
    let show = ["--as", "Awa", "message", "show", &id];
    assert!(phone.refused(&show).unwrap().words.contains("opens with their PIN"));
    assert!(typed(&phone, &show, "2581\n").unwrap_err().contains("not the PIN"));
    assert!(holds(&phone, b"pin/"), "the vault is made with the right one");
    assert_eq!(typed(&phone, &show, "2580\n").unwrap()["text"], WORDS);
    assert_eq!(typed(&phone, &show, "2580\n").unwrap()["text"], WORDS);
    let reader = phone.database(None).unwrap().reader().unwrap();
    assert!(reader.local_prefix("pin/").unwrap().is_empty());
    assert_eq!(reader.local_prefix("vault/").unwrap().len(), 1);
}

#[test]
fn the_keeper_of_a_phone_backs_up_and_opens_nothing_of_the_others() {
    let (phone, _) = shared();
    lock(&phone, "Awa", PIN);
    let debate = phone.made(&["--as", "Bintou", "debate", "open", "Le puits"]).unwrap();
    let file = phone.file("copie.baro");
    let path = file.to_str().unwrap();
    let words = "quatre mots pour la copie\n";
    let done = phone.typed(&["--unlock-stdin", "backup", path], words).unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let other = Device::new().unwrap();
    let done = other.typed(&["--unlock-stdin", "restore", path], words).unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let open = ["--as", "Awa", "debate", "open", "Le forage"];
    assert!(other.refused(&open).unwrap().words.contains("opens with their PIN"));
    typed(&other, &open, &format!("{PIN}\n")).unwrap();
    other.made(&["--as", "Bintou", "debate", "open", "Le marché"]).unwrap();
    assert!(!debate.is_empty());
}
