//! Pages without a browser: how much comes over the wire, that who wrote sees it at once, and that
//! a node stops although browsers stay connected.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use baro_tests::http::{ask, get};
use baro_tests::{Device, Running};
use serde_json::{Value, json};

/// The most bytes of a first view, compressed, with everything that belongs to it.
const VIEW_BYTES_MAX: usize = 30_000;

/// A node with pages, and where they are.
fn served(device: &Device) -> (Running, String) {
    let args = ["--listen", "/ip4/127.0.0.1/tcp/0", "--http", "127.0.0.1:0"];
    let node = device.start(&args).unwrap();
    let link = device.json(&["link"]).unwrap()["link"].as_str().unwrap().to_owned();
    (node, link.split("/enter/").next().unwrap().to_owned())
}

/// What else a browser fetches to show a page.
fn belonging(page: &str) -> BTreeSet<String> {
    let attribute = |name: &str| {
        page.split(&format!("{name}=\""))
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .filter(|path| path.starts_with("/a/"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    attribute("href").into_iter().chain(attribute("src")).collect()
}

#[test]
fn a_first_view_is_small_on_the_wire() {
    let awa = Device::of("Awa").unwrap();
    awa.made(&["community", "create", "Commune de Kayes", "--lang", "fr"]).unwrap();
    let debate = awa.made(&["debate", "open", "Où creuser le nouveau puits ?"]).unwrap();
    // No two alike, so that compression is not helped.
    let words = |n: usize| -> String {
        (0..40).map(|at| format!("mot{} ", (n * 7_919 + at * 104_729) % 9_973)).collect()
    };
    let mut ops = String::new();
    for n in 0..25 {
        let say = json!({ "op": "say", "debate": debate, "text": words(n) });
        let title = format!("Annonce {n}");
        let announce = json!({ "op": "announce", "title": title, "body": words(n + 100) });
        ops.push_str(&format!("{say}\n{announce}\n"));
    }
    let me = awa.json(&["whoami"]).unwrap()["person"][0]["id"].as_str().unwrap().to_owned();
    awa.json(&["grant", &me, "official", "--office", "Mairie"]).unwrap();
    awa.batch(&ops).unwrap();
    let (_node, base) = served(&awa);
    for path in ["/", "/news", "/debates", &format!("/debates/{debate}"), "/questions", "/learn"] {
        let plain = get(&base, path).unwrap();
        let of_it = belonging(plain.text().unwrap());
        assert!(of_it.len() >= 3, "style, script and mark: {of_it:?}");
        let mut bytes = 0;
        for path in of_it.iter().map(String::as_str).chain([path]) {
            let answer = ask(&base, "GET", path, &[("Accept-Encoding", "gzip")], &[]).unwrap();
            assert_eq!(answer.status, 200, "{path}");
            bytes += answer.bytes();
        }
        assert!(bytes <= VIEW_BYTES_MAX, "{path} takes {bytes} bytes");
    }
}

#[test]
fn who_wrote_sees_it_at_once() {
    let awa = Device::of("Awa").unwrap();
    awa.made(&["community", "create", "Kayes"]).unwrap();
    let debate = awa.made(&["debate", "open", "Le puits"]).unwrap();
    let (_node, base) = served(&awa);
    let token = std::fs::read_to_string(awa.data().join("http.token")).unwrap();
    let bearer = format!("Bearer {token}");
    let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
    let act = |request: Value| {
        let body = json!({ "request": request }).to_string();
        let done = ask(&base, "POST", "/api/v1/do", &headers, body.as_bytes()).unwrap();
        assert_eq!(done.status, 200, "{}", String::from_utf8_lossy(&done.body));
        serde_json::from_slice::<Value>(&done.body).unwrap()
    };
    let shown = || -> Value {
        let answer = get(&base, &format!("/api/v1/debates/{debate}")).unwrap();
        serde_json::from_slice(&answer.body).unwrap()
    };
    for n in 0..20 {
        let text = format!("mot {n}");
        let said = act(json!({ "command": "say", "debate": debate, "text": text }));
        let after = shown();
        assert_eq!(after["posts_total"], n + 1);
        assert_eq!(after["posts"][n]["text"], text);
        let choice = ["agree", "disagree", "pass"][n % 3];
        act(json!({ "command": "vote", "post": said["id"], "choice": choice }));
        assert_eq!(shown()["posts"][n][choice], 1);
        // By another door.
        let other = ["disagree", "pass", "agree"][n % 3];
        awa.json(&["vote", said["id"].as_str().unwrap(), other]).unwrap();
        assert_eq!(
            (&shown()["posts"][n][choice], &shown()["posts"][n][other]),
            (&json!(0), &json!(1))
        );
    }
}

#[test]
fn a_node_stops_although_a_browser_stays() {
    let awa = Device::of("Awa").unwrap();
    awa.made(&["community", "create", "Kayes"]).unwrap();
    let (mut node, base) = served(&awa);
    let host = base.strip_prefix("http://").unwrap();
    let mut browser = TcpStream::connect(host).unwrap();
    write!(browser, "GET / HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
    let mut begun = [0; 12];
    browser.read_exact(&mut begun).unwrap();
    assert_eq!(&begun, b"HTTP/1.1 200");
    let told = Command::new("kill").args(["-TERM", &node.pid().to_string()]).status().unwrap();
    assert!(told.success());
    let since = Instant::now();
    while node.is_there().unwrap() {
        assert!(
            since.elapsed() < Duration::from_secs(60),
            "it goes on although it was told to stop"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}
