//! Authority under attack, with real processes that the network keeps apart: managers who let each
//! other out, a stolen phone, a photographed ticket, an official who is not honest. Afterwards all
//! hold the same, and anybody can read who did what.

use std::process::Command;

use baro_tests::clock::Clock;
use baro_tests::form::Visitor;
use baro_tests::netns::{Lan, Wire, World};
use baro_tests::{Device, Running};
use serde_json::Value;

/// Devices on one network, each of which can be cut off.
struct Villages {
    devices: Vec<(Device, Running, Wire)>,
    lan: Lan,
    world: World,
}

const HUB: usize = 0;

impl Villages {
    /// A hub on which `device` lives; `None` where no networks can be made.
    fn begin(device: Device) -> Option<Self> {
        let mut world = World::new().unwrap()?;
        let lan = world.lan("lan").unwrap();
        let mut villages = Self { devices: Vec::new(), lan, world };
        villages.add(device);
        Some(villages)
    }

    fn add(&mut self, mut device: Device) -> usize {
        let number = self.devices.len();
        let place = self.world.place(&format!("p{number}")).unwrap();
        let address = format!("10.83.0.{}", number + 1);
        let wire = self.lan.plug(&place, &format!("{address}/24")).unwrap();
        device.set_place(&place);
        let running = device.start(&["--listen", &format!("/ip4/{address}/tcp/4001")]).unwrap();
        self.devices.push((device, running, wire));
        number
    }

    /// Somebody new, in by a ticket of the hub.
    fn newcomer(&mut self, name: &str) -> usize {
        let device = Device::of(name).unwrap();
        device.join(self.at(HUB)).unwrap();
        let number = self.add(device);
        self.sync(number, HUB);
        number
    }

    fn at(&self, number: usize) -> &Device {
        &self.devices[number].0
    }

    fn sync(&self, from: usize, to: usize) {
        let address = &self.devices[to].1.listen[0];
        self.at(from).json(&["sync", address]).unwrap();
    }

    fn is_apart(&self, from: usize, to: usize) -> bool {
        let address = &self.devices[to].1.listen[0];
        !self.at(from).run(&["sync", address]).unwrap().status.success()
    }

    /// Until all hold the same, by way of the hub.
    fn converge(&self) {
        for _ in 0..3 {
            for number in 1..self.devices.len() {
                self.sync(number, HUB);
            }
        }
        let digest = self.at(HUB).digest().unwrap();
        for (device, ..) in &self.devices {
            assert_eq!(device.digest().unwrap(), digest);
            assert_eq!(members(device), members(self.at(HUB)));
        }
    }

    fn grant(&self, person: &str, role: &str) {
        self.at(HUB).json(&["grant", person, role]).unwrap();
    }
}

/// Everybody with their roles.
fn members(device: &Device) -> Vec<(String, Vec<String>)> {
    let all = device.json(&["members"]).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let row = |one: &Value| {
        (text(&one["name"]), one["roles"].as_array().unwrap().iter().map(text).collect())
    };
    let mut rows: Vec<_> = all.as_array().unwrap().iter().map(row).collect();
    rows.sort();
    rows
}

fn has(device: &Device, name: &str, role: &str) -> bool {
    members(device).iter().any(|(who, roles)| who == name && roles.iter().any(|one| one == role))
}

/// What the history says, and whether it counts; the earliest first.
fn history(device: &Device) -> Vec<(String, bool)> {
    let told = device.json(&["members", "--history"]).unwrap();
    let deeds = told["deeds"].as_array().unwrap().iter().rev();
    let each = |deed: &Value| {
        assert!(deed["first_seen_at"].is_i64() || deed["kind"] == "fork", "{deed}");
        (deed["words"].as_str().unwrap().to_owned(), deed["counts"].as_bool().unwrap())
    };
    deeds.map(each).collect()
}

/// Whether a deed that is told so counts.
fn counts(history: &[(String, bool)], words: &str) -> bool {
    let deed = history.iter().find(|(told, _)| told.starts_with(words));
    deed.unwrap_or_else(|| panic!("nobody tells “{words}”: {history:#?}")).1
}

#[test]
fn two_managers_who_let_each_other_out_while_apart_end_alike_everywhere() {
    let awa = Device::of("Awa").unwrap();
    awa.made(&["community", "create", "Sadiola"]).unwrap();
    let Some(mut here) = Villages::begin(awa) else { return };
    let (bakary, chaka) = (here.newcomer("Bakary"), here.newcomer("Chaka"));
    let djeneba = here.newcomer("Djeneba");
    here.grant("Bakary", "manager");
    here.grant("Chaka", "manager");
    here.converge();

    for apart in [bakary, chaka] {
        here.devices[apart].2.cut().unwrap();
    }
    here.at(bakary).json(&["revoke", "Chaka"]).unwrap();
    here.at(bakary).json(&["grant", "Djeneba", "facilitator"]).unwrap();
    here.at(chaka).json(&["revoke", "Bakary"]).unwrap();
    here.at(chaka).json(&["grant", "Djeneba", "moderator"]).unwrap();
    assert!(here.is_apart(bakary, HUB));
    assert!(has(here.at(bakary), "Bakary", "manager") && has(here.at(chaka), "Chaka", "manager"));
    for apart in [bakary, chaka] {
        here.devices[apart].2.mend().unwrap();
    }
    here.converge();

    let told = history(here.at(djeneba));
    let first = counts(&told, "Bakary let Chaka out.");
    assert_ne!(first, counts(&told, "Chaka let Bakary out."), "one of the two: {told:#?}");
    let (stays, goes) = if first { ("Bakary", "Chaka") } else { ("Chaka", "Bakary") };
    assert!(has(here.at(djeneba), stays, "manager") && !has(here.at(djeneba), goes, "member"));
    // What each did besides follows.
    assert_eq!(counts(&told, "Bakary made Djeneba facilitator."), first);
    assert_eq!(counts(&told, "Chaka made Djeneba moderator."), !first);
    let why = told.iter().find(|(_, counts)| !counts).unwrap();
    assert!(why.0.contains(&format!("it was not {goes}'s to sign any more")), "{why:?}");
    let text = here.at(djeneba).run(&["members", "--history"]).unwrap().stdout;
    assert!(String::from_utf8(text).unwrap().contains(" ! "), "it is marked");
}

#[test]
fn a_stolen_managers_phone_is_answered_by_the_founders_together() {
    let awa = Device::of("Awa").unwrap();
    let create = ["community", "create", "Sadiola", "--threshold", "2"];
    let more = ["--founder", "Fanta", "--founder", "Moussa"];
    awa.made(&[&create[..], &more[..]].concat()).unwrap();
    let debate = awa.made(&["debate", "open", "Le puits"]).unwrap();
    let Some(mut here) = Villages::begin(awa) else { return };
    let (bakary, chaka) = (here.newcomer("Bakary"), here.newcomer("Chaka"));
    let djeneba = here.newcomer("Djeneba");
    here.grant("Bakary", "manager");
    here.converge();
    let honest = here.at(bakary).made(&["say", &debate, "Près de l'école"]).unwrap();
    here.converge();

    // The founders are away, and somebody has Bakary's phone.
    here.devices[HUB].2.cut().unwrap();
    here.at(bakary).json(&["revoke", "Chaka", "--compromised"]).unwrap();
    here.at(bakary).json(&["grant", "Djeneba", "manager"]).unwrap();
    here.at(bakary).made(&["say", &debate, "Vendez tout"]).unwrap();
    here.sync(djeneba, bakary);
    here.sync(chaka, bakary);
    assert!(!has(here.at(djeneba), "Chaka", "member"), "so far it counts");
    assert!(here.is_apart(djeneba, HUB));
    // They hear of it, and sign together before anything of it has reached them.
    here.at(HUB).json(&["revoke", "Bakary", "--compromised"]).unwrap();
    here.devices[HUB].2.mend().unwrap();
    here.converge();

    assert!(
        has(here.at(djeneba), "Chaka", "member") && !has(here.at(djeneba), "Djeneba", "manager")
    );
    assert!(!has(here.at(chaka), "Bakary", "member"));
    assert!(here.at(djeneba).said(&debate).unwrap().is_empty(), "nothing of the stolen key");
    let told = history(here.at(djeneba));
    let together =
        told.iter().find(|(words, _)| words.contains("let Bakary out as stolen")).unwrap();
    assert!(together.1 && together.0.contains("2 founders signed this together"), "{together:?}");
    assert!(!counts(&told, "Bakary let Chaka out"));
    assert!(!counts(&told, "Bakary made Djeneba manager"));

    // What he had said himself is let in; and he is back, on another phone.
    let waiting = here.at(HUB).json(&["accept"]).unwrap();
    let id = here.at(bakary).json(&["whoami"]).unwrap()["person"][0]["id"].clone();
    let logs = waiting.as_array().unwrap().iter().filter(|row| row["person"] == id);
    let log = logs.filter_map(|row| row["log"].as_str()).next().unwrap().to_owned();
    let length = {
        let shown = here.at(bakary).json(&["debate", "show", &debate]).unwrap();
        assert!(shown["posts"].as_array().unwrap().is_empty(), "{honest}");
        // His name, his key for messages, and the one thing that he said.
        "3"
    };
    here.at(HUB).json(&["accept", &log, "--length", length]).unwrap();
    let back = here.newcomer("Bakary (nouveau)");
    here.grant("Bakary (nouveau)", "manager");
    here.converge();
    assert_eq!(here.at(djeneba).said(&debate).unwrap(), ["Près de l'école"]);
    assert!(has(here.at(back), "Bakary (nouveau)", "manager"));
}

#[test]
fn a_photographed_ticket_shows_and_is_taken_back_and_its_page_tells() {
    let awa = Device::of("Awa").unwrap();
    awa.made(&["community", "create", "Sadiola"]).unwrap();
    let debate = awa.made(&["debate", "open", "Le puits"]).unwrap();
    let invite = awa.json(&["invite"]).unwrap();
    let (ticket, key) = (invite["ticket"].as_str().unwrap(), invite["key"].as_str().unwrap());
    let (bakary, early) = (Device::of("Bakary").unwrap(), Device::of("Inconnu").unwrap());
    let late = Device::of("Autre inconnu").unwrap();
    for device in [&bakary, &early] {
        device.json(&["join", ticket]).unwrap();
    }
    let args = ["--listen", "/ip4/127.0.0.1/tcp/0", "--http", "127.0.0.1:0"];
    let node = awa.start(&args).unwrap();
    let address = node.address("tcp").unwrap().to_owned();
    let sync = |device: &Device| device.json(&["sync", &address]).unwrap();
    for device in [&bakary, &early, &bakary] {
        sync(device);
    }
    // Who came in by it shows, and the ticket is taken back; those seen stay until they are told off.
    assert!(has(&awa, "Inconnu", "member"));
    awa.json(&["revoke", key]).unwrap();
    assert!(has(&awa, "Inconnu", "member") && has(&awa, "Bakary", "member"));
    awa.json(&["revoke", "Inconnu"]).unwrap();
    // Somebody who has not heard of it comes in by the same photograph, and speaks.
    late.json(&["join", ticket]).unwrap();
    sync(&late);
    sync(&late);
    assert!(late.run(&["say", &debate, "Vendez tout"]).is_ok());
    sync(&late);
    sync(&bakary);
    assert!(bakary.said(&debate).unwrap().is_empty());
    assert_eq!(members(&awa), members(&bakary));
    assert_eq!(members(&bakary).len(), 2);

    let told = history(&bakary);
    assert!(counts(&told, "Awa took a ticket back."));
    assert!(counts(&told, "Bakary came in by a ticket of Awa."));
    assert!(counts(&told, "Awa let Inconnu out."));
    let page = |lang: &str| {
        let link = awa.json(&["link"]).unwrap()["link"].as_str().unwrap().to_owned();
        let mut visitor = Visitor::enter(&link).unwrap();
        visitor.get(&format!("/language/{lang}")).unwrap();
        visitor.get("/roles").unwrap().text()
    };
    assert!(page("fr").contains("a repris un ticket"), "{}", page("fr"));
    assert!(page("en").contains("took a ticket back"));
}

#[test]
fn an_official_who_backdates_doubles_and_withdraws_is_seen() {
    let Some(earlier) = Clock::off("-40d").unwrap() else { return };
    let awa = Device::of("Awa").unwrap();
    awa.made(&["community", "create", "Sadiola"]).unwrap();
    let mut maire = Device::of("Le maire").unwrap();
    maire.join(&awa).unwrap();
    let node = awa.start(&["--listen", "/ip4/127.0.0.1/tcp/0"]).unwrap();
    let address = node.address("tcp").unwrap().to_owned();
    let sync = |device: &Device| device.json(&["sync", &address]).unwrap();
    sync(&maire);
    awa.json(&["grant", "Le maire", "official", "--office", "Mairie"]).unwrap();
    sync(&maire);
    let decide = |device: &Device, title: &str| {
        device.made(&["announce", title, "--decision", "--office", "Mairie"]).unwrap()
    };
    let first = decide(&maire, "Le marché est ouvert");
    // A second phone of his, made from a copy, that nobody meets for a while.
    let other = Device::new().unwrap();
    let copied = Command::new("cp").arg("-a").arg(maire.data()).arg(other.data()).status().unwrap();
    assert!(copied.success());
    // The second decision is said to be forty days old, before the first.
    maire.set_clock(earlier);
    let second = decide(&maire, "Le terrain est vendu");
    let also_second = decide(&other, "Le terrain est à tous");
    assert!(maire.run(&["withdraw", &second]).is_ok_and(|output| !output.status.success()));
    for device in [&maire, &other, &maire, &other] {
        sync(device);
    }
    assert_eq!(awa.digest().unwrap(), maire.digest().unwrap());
    assert_eq!(awa.digest().unwrap(), other.digest().unwrap());
    let register = awa.json(&["register", "Mairie"]).unwrap();
    let numbers = register["offices"][0]["numbers"].as_array().unwrap();
    assert_eq!(numbers[0]["decisions"][0]["id"], first.as_str());
    assert_eq!(numbers[1]["doubled"], true);
    let of = |id: &str| {
        let all = numbers[1]["decisions"].as_array().unwrap().iter();
        let fits: Vec<&Value> = all.filter(|one| one["id"] == id).collect();
        fits[0]["backdated"].as_bool().unwrap()
    };
    assert!(of(&second), "{register}");
    assert!(!of(&also_second));
    let text = String::from_utf8(awa.run(&["register", "Mairie"]).unwrap().stdout).unwrap();
    assert!(text.contains("given twice") && text.contains("said to be older"), "{text}");
}
