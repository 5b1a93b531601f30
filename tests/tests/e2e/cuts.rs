//! A line of 256 kbit/s that is cut every 300 ms: a debate still comes over, and nothing that was
//! acknowledged comes twice.

use std::time::{Duration, Instant};

use baro_tests::polis::Debate;
use baro_tests::proxy::Proxy;
use baro_tests::{Device, samples};

const BYTES_A_SECOND: u32 = 32_000;
const CONTACT: Duration = Duration::from_millis(300);
const ENOUGH: Duration = Duration::from_secs(120);
const TCP: [&str; 2] = ["--listen", "/ip4/127.0.0.1/tcp/0"];

/// What a running node has received in sessions: how many items, and how many in vain.
fn received(device: &Device) -> (u64, u64) {
    let status = device.json(&["status"]).unwrap();
    (status["items_received"].as_u64().unwrap(), status["items_received_held"].as_u64().unwrap())
}

/// How many records and entries a node holds.
fn held(device: &Device) -> u64 {
    let community = &device.json(&["status"]).unwrap()["communities"][0];
    community["entries"].as_u64().unwrap() + community["records"].as_u64().unwrap()
}

/// Asks for sessions over the bad line until both hold the same.
fn until_equal(asking: &Device, other: &Device, address: &str) -> u32 {
    let since = Instant::now();
    let mut cut = 0;
    while asking.digest().unwrap() != other.digest().unwrap() {
        cut += u32::from(!asking.run(&["sync", address]).unwrap().status.success());
        assert!(since.elapsed() < ENOUGH, "{cut} contacts were cut and it has not come over");
    }
    cut
}

#[test]
fn a_debate_comes_over_a_line_that_is_cut_every_300_ms() {
    let Some(samples) = samples().unwrap() else { return };
    let source = Debate::load(&samples, "15-per-hour-seattle").unwrap();
    let (awa, bakary) = (Device::of("Awa").unwrap(), Device::of("Bakary").unwrap());
    awa.made(&["community", "create", "Seattle"]).unwrap();
    let debate = awa.made(&["debate", "open", "$15/hour"]).unwrap();
    bakary.join(&awa).unwrap();
    let who = bakary.json(&["whoami"]).unwrap();
    awa.json(&["grant", who["person"][0]["id"].as_str().unwrap(), "facilitator"]).unwrap();
    let (node, _asks) = (awa.start(&TCP).unwrap(), bakary.start(&TCP).unwrap());
    let direct = node.address("tcp").unwrap();
    bakary.json(&["sync", direct]).unwrap();

    let port = direct.split('/').nth(4).unwrap().parse().unwrap();
    let line = Proxy::to(port, BYTES_A_SECOND, CONTACT).unwrap();
    let address = line.address(direct).unwrap();
    let both = [(&awa, 0), (&bakary, 1)];
    let before = both.map(|(device, _)| (held(device), received(device)));
    for (device, village) in both {
        device.batch(&source.persons(village, 2)).unwrap();
        device.batch(&source.says(&debate, village, 2)).unwrap();
    }
    let written = both.map(|(device, _)| held(device));
    let mut cut = until_equal(&bakary, &awa, &address);
    let exchanged = both.map(|(device, _)| held(device));
    for (device, village) in both {
        device.batch(&source.casts(village, 2)).unwrap();
    }
    let voted = both.map(|(device, _)| held(device));
    cut += until_equal(&bakary, &awa, &address);
    eprintln!("{} contacts, {cut} cut, {} bytes", line.contacts(), line.bytes());
    assert!(cut >= 10, "a line that holds shows nothing");

    for (at, (device, _)) in both.into_iter().enumerate() {
        assert_eq!(source.check(device, &debate).unwrap(), 2_872);
        let (items, in_vain) = received(device);
        let gained = exchanged[at] - written[at] + held(device) - voted[at];
        eprintln!("{items} items received, {in_vain} of them in vain, {gained} gained");
        assert_eq!(in_vain, before[at].1.1, "what was acknowledged came again");
        assert!(items - before[at].1.0 >= gained);
    }
}
