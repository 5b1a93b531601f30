//! Clocks that are ten years off, in both directions and then the other way round.

use std::time::{SystemTime, UNIX_EPOCH};

use baro_tests::Device;
use baro_tests::clock::Clock;

const TEN_YEARS: i64 = 10 * 365 * 86_400;

/// Both say and vote, and meet in between; gives how many posts there are now.
fn talk(awa: &Device, moussa: &Device, debate: &str, round: usize) -> usize {
    let node = awa.start(&["--listen", "/ip4/127.0.0.1/tcp/0"]).unwrap();
    let address = node.address("tcp").unwrap().to_owned();
    moussa.json(&["sync", &address]).unwrap();
    let before = awa.said(debate).unwrap().len();
    let first = awa.made(&["say", debate, &format!("{round}: un puits?")]).unwrap();
    // Unheard by the other, at what both call quite another time.
    moussa.made(&["say", debate, &format!("{round}: une route")]).unwrap();
    moussa.json(&["sync", &address]).unwrap();
    let reply = format!("{round}: oui, près de l'école");
    let second = moussa.made(&["say", debate, &reply, "--reply-to", &first]).unwrap();
    moussa.json(&["vote", &first, "agree"]).unwrap();
    moussa.json(&["sync", &address]).unwrap();
    let reply = format!("{round}: alors d'accord");
    awa.made(&["say", debate, &reply, "--reply-to", &second]).unwrap();
    awa.json(&["vote", &second, "agree"]).unwrap();
    // A vote changed: the last one stands, whatever the clocks say.
    awa.json(&["vote", &first, "disagree"]).unwrap();
    awa.json(&["vote", &first, "agree"]).unwrap();
    moussa.json(&["sync", &address]).unwrap();
    node.kill().unwrap();
    before + 4
}

#[test]
fn clocks_ten_years_off_lose_nothing_and_order_nothing() {
    let (Some(early), Some(late)) = (Clock::off("-10y").unwrap(), Clock::off("+10y").unwrap())
    else {
        return;
    };
    let (mut awa, mut moussa, bintou) =
        (Device::new().unwrap(), Device::new().unwrap(), Device::of("Bintou").unwrap());
    awa.set_clock(late.clone());
    moussa.set_clock(early.clone());
    awa.json(&["init", "--name", "Awa"]).unwrap();
    moussa.json(&["init", "--name", "Moussa"]).unwrap();
    awa.made(&["community", "create", "Kayes"]).unwrap();
    let debate = awa.made(&["debate", "open", "L'eau"]).unwrap();
    moussa.join(&awa).unwrap();
    bintou.join(&awa).unwrap();
    assert_eq!(talk(&awa, &moussa, &debate, 1), 4);

    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let claimed = awa.json(&["debate", "show", &debate]).unwrap();
    for post in claimed["posts"].as_array().unwrap() {
        let off = post["declared_at"].as_i64().unwrap() - i64::try_from(now).unwrap();
        let wanted = if post["name"] == "Awa" { TEN_YEARS } else { -TEN_YEARS };
        assert!((off - wanted).abs() < 30 * 86_400, "the clock that was asked for: {post}");
    }

    // The batteries were out: each clock jumps by twenty years, against what it said before.
    awa.set_clock(early);
    moussa.set_clock(late);
    assert_eq!(talk(&awa, &moussa, &debate, 2), 8);

    let node = moussa.start(&["--listen", "/ip4/127.0.0.1/udp/0/quic-v1"]).unwrap();
    for device in [&bintou, &awa] {
        device.json(&["sync", node.address("quic-v1").unwrap()]).unwrap();
    }
    let all = [&awa, &moussa, &bintou];
    let digest = awa.digest().unwrap();
    let shown = |device: &Device| -> Vec<_> {
        let shown = device.json(&["debate", "show", &debate]).unwrap();
        let posts = shown["posts"].as_array().unwrap().iter();
        posts.map(|p| (p["id"].clone(), p["agree"].clone(), p["disagree"].clone())).collect()
    };
    for device in all {
        assert_eq!(device.digest().unwrap(), digest);
        assert_eq!(shown(device), shown(&awa));
    }
    let said = bintou.said(&debate).unwrap();
    assert_eq!(said.len(), 8);
    let at = |words: &str| said.iter().position(|said| said == words).unwrap();
    assert!(at("1: un puits?") < at("1: oui, près de l'école"));
    assert!(at("1: oui, près de l'école") < at("1: alors d'accord"));
    assert!(at("1: alors d'accord") < at("2: un puits?"), "later is later, whatever clocks say");
    let votes = shown(&bintou);
    assert_eq!(votes[at("1: un puits?")].1, 2);
    assert_eq!(votes[at("1: un puits?")].2, 0);
}
