//! An uplink that costs money: what goes first, what waits, and where it ends.

use std::time::{Duration, Instant};

use baro_tests::Device;
use serde_json::Value;

fn until(what: &str, mut done: impl FnMut() -> bool) {
    let since = Instant::now();
    while !done() {
        assert!(since.elapsed() < Duration::from_secs(30), "{what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_budget_is_kept_counted_and_said() {
    let hub = Device::of("Hub").unwrap();
    hub.made(&["community", "create", "Kayes"]).unwrap();
    let debate = hub.made(&["debate", "open", "L'eau"]).unwrap();
    let phone = Device::of("Awa").unwrap();
    phone.join(&hub).unwrap();
    let film = hub.file("plan.pdf");
    let mut pdf = b"%PDF-1.7\n".to_vec();
    pdf.extend(
        (0..400_000_u32).map(|n| u8::try_from(n.wrapping_mul(2_654_435_761) >> 24).unwrap()),
    );
    pdf.extend(b"\n%%EOF\n");
    std::fs::write(&film, pdf).unwrap();
    hub.made(&["say", &debate, "Le plan", "--attach", film.to_str().unwrap()]).unwrap();

    let running = hub.start(&["--listen", "/ip4/127.0.0.1/tcp/0"]).unwrap();
    let address = running.address("tcp").unwrap().to_owned();
    let uplink = ["--uplink", &address, "--budget", "1MB/day", "--price", "2.5 XOF"];
    let up = phone.start(&[&["--listen", "/ip4/127.0.0.1/tcp/0"], &uplink[..]].concat()).unwrap();
    until("the words come over the uplink", || {
        phone.said(&debate).is_ok_and(|said| said.len() == 1)
    });
    std::thread::sleep(Duration::from_secs(1));
    let status = phone.json(&["status"]).unwrap();
    let spent = &status["spent"][0];
    assert_eq!(spent["budget"], 1_000_000, "{status}");
    let bytes = spent["bytes"].as_u64().unwrap();
    assert!((500..50_000).contains(&bytes), "the large file waits: {spent}");
    assert_eq!(spent["currency"], "XOF");
    assert!(spent["by_class"]["debate"]["received"].as_u64().unwrap() > 0, "{spent}");
    let waits = status["waits"].as_array().unwrap();
    assert!(
        waits.iter().any(|wait| wait["class"] == "large" && wait["bytes"] == 400_016),
        "{waits:?}"
    );

    // More than the budget allows: only alerts are exchanged then, and nothing is lost.
    let mut state = 1_u32;
    for _ in 0..120 {
        let words: String = (0..20_000)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                char::from(b'a' + u8::try_from((state >> 24) % 26).unwrap())
            })
            .collect();
        hub.made(&["say", &debate, &words]).unwrap();
    }
    let up_again =
        |status: &Value| status["peers"].as_array().is_some_and(|peers| !peers.is_empty());
    until("what is left is kept for alerts", || {
        let status = phone.json(&["status"]).unwrap();
        status["spent"][0]["alerts_only"] == true && up_again(&status)
    });
    std::thread::sleep(Duration::from_secs(2));
    let before = phone.json(&["status"]).unwrap();
    let left = before["spent"][0]["left"].as_u64().unwrap();
    assert!(left > 20_000 && left <= 100_000, "it stops within a frame or two: {left}");
    hub.made(&["announce", "Crue cette nuit", "--alert"]).unwrap();
    until("an alert comes all the same", || {
        let told = phone.json(&["announcements"]).unwrap();
        told.as_array().is_some_and(|told| told.iter().any(|it| it["title"] == "Crue cette nuit"))
    });
    let status = phone.json(&["status"]).unwrap();
    let bytes = status["spent"][0]["bytes"].as_u64().unwrap();
    assert!(status["spent"][0]["left"].as_u64().unwrap() > left - 20_000, "{status}");
    let held = phone.said(&debate).unwrap().len();
    assert!(held < 121, "not everything came");
    drop(up);

    // The next run knows what today has taken; without a budget the rest comes, the file too.
    let at_rest = phone.json(&["status"]).unwrap();
    let kept = at_rest["spent"][0]["bytes"].as_u64().unwrap();
    // A power cut loses ten seconds of accounts at most, and here next to nothing went then.
    assert!(kept + 20_000 > bytes && kept < bytes + 20_000, "{at_rest}");
    phone.json(&["sync", &address]).unwrap();
    assert_eq!(phone.said(&debate).unwrap().len(), 121);
    let blobs = phone.json(&["blob", "list"]).unwrap();
    let list: Vec<&Value> = blobs.as_array().into_iter().flatten().collect();
    assert!(list.iter().any(|blob| blob["state"] == "here"), "{blobs}");
}
