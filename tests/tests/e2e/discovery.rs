//! Nodes in namespaces that are told nothing of each other.

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
