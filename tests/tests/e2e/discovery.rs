//! Nodes in namespaces that are told nothing of each other.

use std::time::{Duration, Instant};

use baro_tests::netns::{Lan, World};
use baro_tests::{Device, Running};

/// A generous bound; what it took is printed.
const ENOUGH: Duration = Duration::from_secs(60);

/// Three members of one community, in three places on one network.
fn village(world: &mut World, lan: &Lan) -> Vec<Device> {
    let mut devices: Vec<Device> = Vec::new();
    for (number, name) in ["Awa", "Bakary", "Coumba"].into_iter().enumerate() {
        let mut device = Device::of(name).unwrap();
        match devices.first() {
            None => drop(device.made(&["community", "create", "Kayes"]).unwrap()),
            Some(founder) => device.join(founder).unwrap(),
        }
        let place = world.place(name).unwrap();
        lan.plug(&place, &format!("10.77.0.{}/24", number + 1)).unwrap();
        device.set_place(&place);
        devices.push(device);
    }
    devices
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
    let devices = village(&mut world, &lan);
    for device in &devices {
        device.made(&["debate", "open", "Le puits"]).unwrap();
    }
    let since = Instant::now();
    let _running: Vec<Running> = devices.iter().map(|device| device.wander(&[]).unwrap()).collect();
    let listening = since.elapsed();
    let equal = until_equal(&devices, since);
    eprintln!("listening after {listening:?}, the same everywhere after {equal:?}");
}
