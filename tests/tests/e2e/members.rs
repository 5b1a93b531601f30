//! Members-only communities between real processes: what an outsider gets who knows the id, what a
//! member gets, what somebody gets who was let out, and sticks in strangers' hands.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use baro_tests::form::Visitor;
use baro_tests::http::ask;
use baro_tests::{Device, Running, baro};
use serde_json::Value;

const NAME: &str = "Cercle des sages-femmes";
const TITLE: &str = "Qui veille cette nuit ?";
const WORDS: &str = "Chez Kadiatou, derrière le moulin";
const PATIENCE: Duration = Duration::from_secs(30);

fn text(value: &Value, path: &str) -> String {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn listen(device: &Device, more: &[&str]) -> (Running, String) {
    let node = device.start(&[&["--listen", "/ip4/127.0.0.1/tcp/0"], more].concat()).unwrap();
    let address = node.address("tcp").unwrap().to_owned();
    (node, address)
}

fn ticket(device: &Device, community: &str) -> String {
    text(&device.json(&["--community", community, "invite"]).unwrap(), "/ticket")
}

/// The digest that a device has of the community of this name.
fn digest(device: &Device, name: &str) -> String {
    let status = device.json(&["status"]).unwrap();
    let all = status["communities"].as_array().unwrap();
    let one = all.iter().find(|one| one["name"] == name);
    one.map(|one| text(one, "/digest")).unwrap_or_default()
}

fn epoch(device: &Device) -> u64 {
    let members = device.json(&["--community", NAME, "members"]).unwrap();
    assert_eq!(members[0]["epoch"]["here"], true, "{members}");
    members[0]["epoch"]["number"].as_u64().unwrap()
}

fn refused(device: &Device, part: &str) -> u64 {
    let status = device.json(&["status"]).unwrap();
    let rows = status["refused"].as_array().unwrap().iter();
    let rows = rows.filter(|row| row["reason"].as_str().unwrap().contains(part));
    rows.map(|row| row["count"].as_u64().unwrap()).sum()
}

/// Waits until something was refused for this reason.
fn counted(device: &Device, part: &str) {
    let since = Instant::now();
    while refused(device, part) == 0 {
        assert!(since.elapsed() < PATIENCE, "{part}: {}", device.json(&["status"]).unwrap());
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// A member of `NAME`, who came in by a ticket of the founder.
fn member(founder: &Device, name: &str) -> Device {
    let device = Device::of(name).unwrap();
    device.json(&["join", &ticket(founder, NAME)]).unwrap();
    device
}

fn founded() -> (Device, String, String) {
    let awa = Device::of("Awa").unwrap();
    let id = awa.made(&["community", "create", NAME, "--members-only"]).unwrap();
    let debate = awa.made(&["debate", "open", TITLE]).unwrap();
    awa.made(&["say", &debate, WORDS]).unwrap();
    (awa, id, debate)
}

fn bytes(hex: &str) -> Vec<u8> {
    let pairs = (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16));
    pairs.map(Result::unwrap).collect()
}

fn contains(all: &[u8], what: &[u8]) -> bool {
    all.windows(what.len()).any(|part| part == what)
}

/// What nobody outside may see: ids as bytes and as text, names, words.
fn secrets(awa: &Device, id: &str, debate: &str) -> Vec<Vec<u8>> {
    let members = awa.json(&["--community", NAME, "members"]).unwrap();
    let mut secrets: Vec<Vec<u8>> =
        [NAME, TITLE, WORDS, "sages-femmes", "Kadiatou"].map(|text| text.as_bytes().into()).into();
    let ids = [id, debate, &text(&members, "/0/person"), &text(&members, "/0/epoch/id")];
    for id in ids {
        secrets.extend([id.as_bytes().to_vec(), bytes(id)]);
    }
    secrets
}

fn assert_closed(what: &str, all: &[u8], secrets: &[Vec<u8>]) {
    for secret in secrets {
        assert!(!contains(all, secret), "{what} has {:?}", String::from_utf8_lossy(secret));
    }
}

/// A process that knows the community's id and prints all that it hears; ended when dropped.
struct Outsider(Child, BufReader<std::process::ChildStdout>);

impl Drop for Outsider {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Outsider {
    fn begin(how: &str, at: &str, id: &str) -> Self {
        let program = baro().unwrap().with_file_name("examples").join("hostile");
        let mut command = Command::new(program);
        command.args([how, at, id, "300"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("cargo build --example hostile makes it");
        let out = BufReader::new(child.stdout.take().unwrap());
        Self(child, out)
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.1.read_line(&mut line).unwrap();
        (read > 0).then(|| line.trim().to_owned())
    }

    /// What was heard on one link after the other, as far as it goes on; at last an empty frame
    /// where the other side ended it.
    fn link(&mut self) -> Option<Vec<Vec<u8>>> {
        let mut heard = Vec::new();
        loop {
            let line = self.line()?;
            match line.split_once(' ') {
                Some(("heard", hex)) => heard.push(bytes(hex)),
                _ if line == "gone" => heard.push(Vec::new()),
                _ if line == "end" => return Some(heard),
                _ => {}
            }
        }
    }
}

#[test]
fn an_outsider_who_knows_the_id_and_dials_gets_what_any_node_gives() {
    let (awa, id, debate) = founded();
    awa.made(&["community", "create", "Commune de Kayes"]).unwrap();
    awa.made(&["--community", "Commune de Kayes", "debate", "open", "Le puits"]).unwrap();
    // The same open community, and no other.
    let plain = Device::of("Bakary").unwrap();
    plain.json(&["join", &ticket(&awa, "Commune de Kayes")]).unwrap();
    let secrets = secrets(&awa, &id, &debate);
    let (_awa, with) = listen(&awa, &[]);
    plain.json(&["sync", &with]).unwrap();
    let (_plain, without) = listen(&plain, &[]);
    let heard = |address: &str| {
        let mut outsider = Outsider::begin("outsider", address, &id);
        let links: Vec<Vec<Vec<u8>>> = std::iter::from_fn(|| outsider.link()).collect();
        assert_eq!(links.len(), 3, "three times it dials");
        links
    };
    let (with, without) = (heard(&with), heard(&without));
    let sizes = |links: &[Vec<Vec<u8>>]| -> Vec<Vec<usize>> {
        links.iter().map(|heard| heard.iter().map(Vec::len).collect()).collect()
    };
    assert_eq!(sizes(&with), sizes(&without));
    let all: Vec<&Vec<u8>> = with.iter().flatten().collect();
    assert!(all.iter().any(|heard| heard.starts_with(&[0x82, 1])), "it is welcomed");
    for heard in all {
        assert_closed("a frame", heard, &secrets);
    }
}

#[test]
fn an_outsider_who_is_dialled_cannot_tell_that_it_is_offered() {
    let (awa, id, debate) = founded();
    awa.made(&["community", "create", "Commune de Kayes"]).unwrap();
    let plain = Device::of("Bakary").unwrap();
    plain.json(&["join", &ticket(&awa, "Commune de Kayes")]).unwrap();
    let secrets = secrets(&awa, &id, &debate);
    // How large hellos are; and how often what came after the answer, and whether the link ended.
    let heard = |device: &Device| {
        let mut outsider = Outsider::begin("outsider-dialled", "/ip4/127.0.0.1/tcp/0", &id);
        let first = outsider.line().unwrap();
        let address = first.strip_prefix("listening ").unwrap().to_owned();
        let (mut hellos, mut after) = (Vec::new(), BTreeMap::<Vec<usize>, u32>::new());
        // Each of the two offers, and two that are not there, is answered in both ways.
        for _ in 0..8 {
            // It fails wherever the answer fits no offer.
            device.run(&["sync", &address]).unwrap();
            let link = outsider.link().unwrap();
            link.iter().for_each(|heard| assert_closed("a frame", heard, &secrets));
            assert!(!link.is_empty(), "it says hello");
            hellos.push(link[0].len());
            *after.entry(link[1..].iter().map(Vec::len).collect()).or_default() += 1;
        }
        (hellos, after)
    };
    let (with, after_with) = heard(&awa);
    let (without, after_without) = heard(&plain);
    // No answer is taken, for the open community no more than for the other.
    assert_eq!(after_with, after_without);
    assert_eq!(after_with.len(), 1, "each answer ends the link alike: {after_with:?}");
    let mut sizes = with.iter().chain(&without);
    let first = sizes.next().unwrap();
    assert!(sizes.all(|size| size == first), "{with:?} {without:?}");
}

#[test]
fn pages_feeds_and_figures_show_it_to_a_member_alone() {
    let (awa, id, debate) = founded();
    awa.made(&["community", "create", "Commune de Kayes"]).unwrap();
    let open =
        awa.made(&["--community", "Commune de Kayes", "debate", "open", "Le puits"]).unwrap();
    let secrets = secrets(&awa, &id, &debate);
    let persons = awa.json(&["person", "list"]).unwrap();
    let of = |members: bool| {
        let all = persons.as_array().unwrap().iter();
        let mut fits = all.filter(|person| (text(person, "/community") == id) == members);
        text(fits.next().unwrap(), "/id")
    };
    let (_node, _) = listen(&awa, &["--http", "127.0.0.1:0"]);
    let link = text(&awa.json(&["link"]).unwrap(), "/link");
    let base = link.split("/enter/").next().unwrap().to_owned();
    let paths = [
        "/",
        "/news",
        "/debates",
        "/people",
        "/communities",
        "/node",
        "/learn",
        "/moderation",
        "/questions",
        "/proposals",
        "/register",
        "/offices",
        "/carry",
        "/news.atom",
        "/debates.atom",
        "/alerts.atom",
        "/metrics",
        "/api/v1/status",
        "/api/v1/members",
        "/api/v1/debates",
        "/api/v1/announcements",
        "/api/v1/questions",
        "/api/v1/offices",
        "/api/v1/proposals",
        "/api/v1/register",
        "/api/v1/courses",
        "/api/v1/openapi.json",
    ];
    let by_id = [
        format!("/debates/{debate}"),
        format!("/debates/{debate}/next"),
        format!("/debates/{debate}/groups"),
        format!("/debates/{debate}/polis/comments.csv"),
        format!("/communities/{id}"),
        format!("/people/{}", of(true)),
        format!("/api/v1/debates/{debate}"),
        format!("/api/v1/debates?community={id}"),
        format!("/api/v1/members?community={id}"),
    ];
    for path in paths.into_iter().chain(by_id.iter().map(String::as_str)) {
        let cookie = format!("community={id}");
        for headers in [&[][..], &[("Cookie", cookie.as_str())]] {
            let answer = ask(&base, "GET", path, headers, &[]).unwrap();
            // What is asked for may be said again in a refusal.
            let asked: Vec<Vec<u8>> = secrets
                .iter()
                .filter(|secret| !contains(path.as_bytes(), secret))
                .filter(|secret| headers.is_empty() || !contains(cookie.as_bytes(), secret))
                .cloned()
                .collect();
            assert_closed(path, &answer.body, &asked);
            assert!(answer.status != 500, "{path}");
        }
    }
    let metrics = ask(&base, "GET", "/metrics", &[], &[]).unwrap();
    assert!(metrics.text().unwrap().contains("\nbaro_communities 1\n"));
    let token = std::fs::read_to_string(awa.data().join("http.token")).unwrap();
    let bearer = format!("Bearer {}", token.trim());
    let whole = ask(&base, "GET", "/metrics", &[("Authorization", &bearer)], &[]).unwrap();
    assert!(whole.text().unwrap().contains("\nbaro_communities 2\n"));

    // A browser of this device sees that it is here, and nothing of it before a member speaks.
    let mut browser = Visitor::enter(&link).unwrap();
    assert!(browser.get("/communities").unwrap().text().contains(NAME));
    assert!(!browser.get(&format!("/debates/{debate}")).unwrap().text().contains(WORDS));
    browser.speak_as(&of(true)).unwrap();
    assert!(browser.get(&format!("/debates/{debate}")).unwrap().text().contains("Kadiatou"));
    assert!(browser.get("/admin").unwrap().text().contains(NAME));
    // Another person of the same phone.
    browser.get("/people").unwrap();
    browser.speak_as(&of(false)).unwrap();
    let page = browser.get(&format!("/debates/{debate}")).unwrap();
    assert!(page.status == 404 && !page.text().contains("Kadiatou"), "{}", page.status);
    assert!(browser.get(&format!("/debates/{open}")).unwrap().text().contains("Le puits"));
}

#[test]
fn a_member_comes_in_by_ticket_and_who_is_let_out_gets_nothing_more() {
    let (awa, _, debate) = founded();
    assert_eq!(epoch(&awa), 1);
    let (bakary, chaka) = (member(&awa, "Bakary"), member(&awa, "Chaka"));
    // It is in nobody's list by mistake.
    assert_eq!(awa.json(&["community", "list"]).unwrap()[0]["members_only"], true);
    let early = ticket(&awa, NAME);
    assert!(early.starts_with("baro2:"), "programs that do not know it refuse the ticket");
    let (node, address) = listen(&awa, &[]);
    for device in [&bakary, &chaka] {
        let synced = device.json(&["sync", &address]).unwrap();
        assert_eq!((synced["equal"].as_bool(), synced["shared"].as_u64()), (Some(true), Some(1)));
        assert_eq!(device.said(&debate).unwrap(), [WORDS]);
    }
    // The others learn of each other.
    bakary.made(&["say", &debate, "Je viens"]).unwrap();
    for device in [&bakary, &chaka] {
        device.json(&["sync", &address]).unwrap();
        assert_eq!(digest(device, NAME), digest(&awa, NAME));
    }

    let out = awa.json(&["revoke", "Bakary"]).unwrap();
    assert_eq!(out["epoch"], 2);
    assert_eq!(epoch(&awa), 2);
    awa.made(&["say", &debate, "Bakary n'en sait rien"]).unwrap();
    let before = digest(&bakary, NAME);
    let synced = bakary.json(&["sync", &address]).unwrap();
    assert_eq!((synced["shared"].as_u64(), synced["items_received"].as_u64()), (Some(0), Some(0)));
    assert_eq!(digest(&bakary, NAME), before);
    counted(&awa, "no member by what is known here");
    counted(&bakary, "does not take this one for a member's");

    // Who was away meanwhile is told, and from then on knows whom not to tell.
    chaka.json(&["sync", &address]).unwrap();
    assert_eq!(epoch(&chaka), 2);
    assert_eq!(digest(&chaka, NAME), digest(&awa, NAME));
    node.kill().unwrap();
    let (_chaka, address) = listen(&chaka, &[]);
    assert_eq!(bakary.json(&["sync", &address]).unwrap()["shared"], 0);
    assert_eq!(digest(&bakary, NAME), before);

    // With an old ticket one still comes in, since nobody took it back; and with a fresh one.
    let (djeneba, early_bird) = (Device::of("Djeneba").unwrap(), Device::of("Fanta").unwrap());
    djeneba.json(&["join", &early]).unwrap();
    early_bird.json(&["join", &ticket(&awa, NAME)]).unwrap();
    for device in [&djeneba, &early_bird] {
        device.json(&["sync", &address]).unwrap();
        assert_eq!(epoch(device), 2);
        assert_eq!(device.said(&debate).unwrap().len(), 3);
    }
}

#[test]
fn who_is_let_out_while_linked_is_cut_off_before_the_next_word() {
    let (awa, _, debate) = founded();
    let bakary = member(&awa, "Bakary");
    let chaka = member(&awa, "Chaka");
    let (_awa, address) = listen(&awa, &[]);
    let (_bakary, _) = listen(&bakary, &["--peer", &address]);
    let (_chaka, _) = listen(&chaka, &["--peer", &address]);
    let hears = |device: &Device, words: &str| {
        let since = Instant::now();
        while !device.said(&debate).is_ok_and(|said| said.iter().any(|one| one == words)) {
            assert!(since.elapsed() < PATIENCE, "{words} does not come");
            std::thread::sleep(Duration::from_millis(100));
        }
    };
    awa.made(&["say", &debate, "Pour tous"]).unwrap();
    hears(&bakary, "Pour tous");
    hears(&chaka, "Pour tous");
    awa.json(&["revoke", "Bakary"]).unwrap();
    awa.made(&["say", &debate, "Pour ceux qui restent"]).unwrap();
    hears(&chaka, "Pour ceux qui restent");
    // It dials again, and is turned away each time.
    counted(&awa, "no member by what is known here");
    assert!(!bakary.said(&debate).unwrap().iter().any(|words| words == "Pour ceux qui restent"));
}

/// Everything in a folder, name and content.
fn folder(path: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(path).unwrap() {
        let entry = entry.unwrap();
        all.extend(entry.file_name().as_encoded_bytes());
        match entry.metadata().unwrap() {
            about if about.is_dir() => all.extend(folder(&entry.path())),
            about if about.is_file() => all.extend(std::fs::read(entry.path()).unwrap()),
            _ => {}
        }
    }
    all
}

#[test]
fn a_courier_who_is_no_member_carries_between_two_villages() {
    let (awa, id, debate) = founded();
    let bakary = member(&awa, "Bakary");
    let (node, address) = listen(&awa, &[]);
    bakary.json(&["sync", &address]).unwrap();
    node.kill().unwrap();
    // From here on the two never meet. The members go on under another key, which Bakary lacks.
    awa.json(&["community", "renew", NAME]).unwrap();
    let words = "Le médicament est arrivé chez Kadiatou";
    awa.made(&["say", &debate, words]).unwrap();
    let secrets = secrets(&awa, &id, &debate);
    let courier = Device::of("Koro").unwrap();
    courier.made(&["community", "create", "Commune de Kayes"]).unwrap();
    courier.made(&["debate", "open", "Le puits"]).unwrap();

    let stick = tempfile::tempdir().unwrap();
    let dir = stick.path().to_str().unwrap();
    let carry = |device: &Device| device.json(&["carry", dir]).unwrap();
    assert_eq!(carry(&awa)["bundles_put"], 1);
    let foreign = carry(&courier);
    assert_eq!(
        (foreign["bundles_foreign"].as_u64(), foreign["items_new"].as_u64()),
        (Some(1), Some(0))
    );
    assert_closed("the stick", &folder(stick.path()), &secrets);
    assert_closed("the courier's folder", &folder(&courier.data()), &secrets);

    let taken = carry(&bakary);
    assert!(taken["items_new"].as_u64().unwrap() > 0, "{taken}");
    assert_eq!(bakary.said(&debate).unwrap(), [WORDS, words]);
    assert_eq!(epoch(&bakary), 2);
    bakary.made(&["say", &debate, "Je le dis aux autres"]).unwrap();
    carry(&bakary);
    carry(&courier);
    assert_closed("the stick", &folder(stick.path()), &secrets);
    carry(&awa);
    assert_eq!(awa.said(&debate).unwrap().len(), 3);
    assert_eq!(digest(&awa, NAME), digest(&bakary, NAME));
    // Where nothing is new nothing is written, and one bundle stands for all.
    for device in [&awa, &bakary] {
        let again = carry(device);
        assert_eq!(
            (again["items_new"].as_u64(), again["bundles_put"].as_u64()),
            (Some(0), Some(0))
        );
    }
    let sealed: Vec<u64> = std::fs::read_dir(stick.path().join("baro"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_name().to_str().unwrap().ends_with(".sealed"))
        .map(|entry| entry.metadata().unwrap().len())
        .collect();
    assert_eq!(sealed.len(), 1);
    // Whether there are two posts or three does not show.
    assert!(sealed[0] > 128 * 1024 && sealed[0] < 192 * 1024, "{sealed:?}");
}

#[test]
fn a_file_for_hands_is_sealed_and_who_was_let_out_cannot_open_it() {
    let (awa, id, debate) = founded();
    let (bakary, chaka) = (member(&awa, "Bakary"), member(&awa, "Chaka"));
    let (node, address) = listen(&awa, &[]);
    bakary.json(&["sync", &address]).unwrap();
    chaka.json(&["sync", &address]).unwrap();
    node.kill().unwrap();
    awa.json(&["revoke", "Bakary"]).unwrap();
    let words = "Pour ceux qui restent";
    awa.made(&["say", &debate, words]).unwrap();
    let file = awa.file("tout.baro");
    let path = file.to_str().unwrap();
    awa.json(&["bundle", "export", path]).unwrap();
    assert_closed("the file", &std::fs::read(&file).unwrap(), &secrets(&awa, &id, &debate));
    let digest_file = awa.file("ici.digest");
    awa.json(&["bundle", "digest", digest_file.to_str().unwrap()]).unwrap();
    assert!(std::fs::metadata(&digest_file).unwrap().len() < 200, "it tells of nothing");

    let refused = bakary.refused(&["bundle", "import", path]).unwrap();
    assert!(refused.words.contains("sealed for the members"), "{}", refused.words);
    assert_eq!(bakary.said(&debate).unwrap(), [WORDS]);
    let taken = chaka.json(&["bundle", "import", path]).unwrap();
    assert_eq!(taken["items_refused"], 0, "{taken}");
    assert_eq!(chaka.said(&debate).unwrap(), [WORDS, words]);
    assert_eq!((epoch(&chaka), digest(&chaka, NAME)), (2, digest(&awa, NAME)));
}
