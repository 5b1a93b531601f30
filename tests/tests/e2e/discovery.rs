//! Nodes in namespaces that are told nothing of each other.

use std::process::Stdio;
use std::time::{Duration, Instant};

use baro_tests::clock::Clock;
use baro_tests::netns::{Lan, Wire, World};
use baro_tests::{Device, Running};

/// A generous bound; what it took is printed.
const ENOUGH: Duration = Duration::from_secs(60);
/// How long a node is cut off: longer than a silent link is believed.
const AWAY: Duration = Duration::from_secs(40);

/// Three members of one community, in three places on one network, with the ways they are on it.
fn village(world: &mut World, lan: &Lan) -> (Vec<Device>, Vec<Wire>) {
    let mut wires = Vec::new();
    let mut devices: Vec<Device> = Vec::new();
    for (number, name) in ["Awa", "Bakary", "Coumba"].into_iter().enumerate() {
        let mut device = Device::of(name).unwrap();
        match devices.first() {
            None => drop(device.made(&["community", "create", "Kayes"]).unwrap()),
            Some(founder) => device.join(founder).unwrap(),
        }
        let place = world.place(name).unwrap();
        wires.push(lan.plug(&place, &format!("10.77.0.{}/24", number + 1)).unwrap());
        device.set_place(&place);
        devices.push(device);
    }
    (devices, wires)
}

/// Waits until all hold the same, and how long that took.
fn until_equal(devices: &[Device], since: Instant) -> Duration {
    loop {
        let digests: Vec<String> = devices.iter().map(|device| device.digest().unwrap()).collect();
        if digests.iter().all(|digest| *digest == digests[0]) {
            return since.elapsed();
        }
        assert!(since.elapsed() < ENOUGH, "they do not come to hold the same: {digests:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn three_on_one_network_find_each_other() {
    let Some(mut world) = World::new().unwrap() else { return };
    let lan = world.lan("lan").unwrap();
    let (devices, _) = village(&mut world, &lan);
    for device in &devices {
        device.made(&["debate", "open", "Le puits"]).unwrap();
    }
    let since = Instant::now();
    let _running: Vec<Running> = devices.iter().map(|device| device.wander(&[]).unwrap()).collect();
    let listening = since.elapsed();
    let equal = until_equal(&devices, since);
    eprintln!("listening after {listening:?}, the same everywhere after {equal:?}");
}

/// The link of one node is gone for a while, its clock is ten years off, and both sides speak
/// meanwhile.
#[test]
fn who_comes_back_after_a_cut_is_part_of_the_village_again() {
    let (Some(mut world), Some(late)) = (World::new().unwrap(), Clock::off("+10y").unwrap()) else {
        return;
    };
    let lan = world.lan("lan").unwrap();
    let (mut devices, wires) = village(&mut world, &lan);
    devices[2].set_clock(late);
    let _running: Vec<Running> = devices.iter().map(|device| device.wander(&[]).unwrap()).collect();
    until_equal(&devices, Instant::now());
    wires[2].cut().unwrap();
    for device in &devices {
        device.made(&["debate", "open", "Le puits"]).unwrap();
    }
    std::thread::sleep(AWAY);
    assert_ne!(devices[0].digest().unwrap(), devices[2].digest().unwrap(), "the cut is one");
    wires[2].mend().unwrap();
    let equal = until_equal(&devices, Instant::now());
    eprintln!("after {AWAY:?} away, the same everywhere {equal:?} after the link came back");
}

/// What somebody hears by multicast DNS who is no member of anything, for a while.
fn overheard(place: &baro_tests::netns::Place, own: &str, time: Duration) -> Vec<Vec<u8>> {
    let program = baro_tests::siege::hostile().unwrap();
    let mut ears = place
        .command(program)
        .args(["ears", own, "-", "0"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(time);
    ears.kill().unwrap();
    let said = String::from_utf8(ears.wait_with_output().unwrap().stdout).unwrap();
    let packets = said.lines().filter_map(|line| line.split_once(' '));
    let bytes = |hex: &str| -> Vec<u8> {
        let pairs = (0..hex.len()).step_by(2);
        pairs.map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    };
    packets.map(|(_, hex)| bytes(hex)).collect()
}

/// What a node says of itself to everybody on its network: the name of the device, which stays the same
/// until the folder is copied or begun anew, and where it listens. Nothing of persons or communities.
#[test]
fn who_listens_on_the_network_hears_which_device_it_is_and_nothing_else() {
    let Some(mut world) = World::new().unwrap() else { return };
    let lan = world.lan("lan").unwrap();
    let (devices, _) = village(&mut world, &lan);
    let stranger = world.place("stranger").unwrap();
    lan.plug(&stranger, "10.77.0.99/24").unwrap();
    let of = |device: &Device| {
        let whoami = device.json(&["whoami"]).unwrap();
        let person = whoami["person"][0]["id"].as_str().unwrap().to_owned();
        (whoami["peer_id"].as_str().unwrap().to_owned(), person)
    };
    let (peer, person) = of(&devices[0]);
    let community = devices[0].json(&["status"]).unwrap()["communities"][0]["id"].clone();
    let community = community.as_str().unwrap().to_owned();
    for _ in 0..2 {
        let running: Vec<Running> =
            devices.iter().map(|device| device.wander(&[]).unwrap()).collect();
        let packets = overheard(&stranger, "10.77.0.99", Duration::from_secs(8));
        drop(running);
        let heard = |what: &str| {
            packets
                .iter()
                .any(|packet| packet.windows(what.len()).any(|part| part == what.as_bytes()))
        };
        // The same after a restart: whoever listens at two places knows that it is the same device.
        assert!(heard(&peer), "{} packets", packets.len());
        for secret in
            ["Awa", "Bakary", "Kayes", &person, &community, &community[..16], &person[..16]]
        {
            assert!(!heard(secret), "{secret}");
        }
    }
    assert_ne!(peer, person, "no key of a person is a device's");
    assert_ne!(of(&devices[1]).0, peer);
}
