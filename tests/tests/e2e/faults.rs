//! Bad lines and cut villages, with real processes in network namespaces.

use std::time::{Duration, Instant};

use baro_tests::media::opus;
use baro_tests::netns::World;
use baro_tests::polis::Debate;
use baro_tests::{Device, Running, samples};
use serde_json::Value;

/// A line of 256 kbit/s that loses every fifth packet.
const KBIT: u32 = 256;
const LOST_PERCENT: u32 = 20;
/// Up for 7 s, then down. A minute is shortened, so that the test does not take many of them: how
/// long a line is down matters only beyond the 30 s after which a silent link is given up.
const UP: Duration = Duration::from_secs(7);
const DOWN: Duration = Duration::from_secs(2);
const VOICES: u64 = 10;
const VOICE_BYTES: usize = 12_000;
const ENOUGH: Duration = Duration::from_secs(150);
/// How long the villages are apart.
const APART: Duration = Duration::from_secs(6);

fn whole(device: &Device) -> u64 {
    let list = device.json(&["blob", "list"]).unwrap();
    list.as_array().unwrap().iter().filter(|row| row["state"] == "here").count() as u64
}

/// Nothing verified came twice.
fn assert_nothing_twice(device: &Device) {
    let status = device.json(&["status"]).unwrap();
    eprintln!("{}", status["live"]);
    assert_eq!(status["live"]["blob_bytes_again"], Value::from(0));
}

#[test]
fn a_debate_and_voices_come_over_a_line_that_loses_and_breaks() {
    let Some(samples) = samples().unwrap() else { return };
    let Some(mut world) = World::new().unwrap() else { return };
    let source = Debate::load(&samples, "15-per-hour-seattle").unwrap();
    let mut devices = [Device::of("Awa").unwrap(), Device::of("Bakary").unwrap()];
    devices[0].made(&["community", "create", "Seattle"]).unwrap();
    let debate = devices[0].made(&["debate", "open", "$15/hour"]).unwrap();
    devices[1].join(&devices[0]).unwrap();
    devices[0].batch(&source.persons(0, 1)).unwrap();
    devices[0].batch(&source.says(&debate, 0, 1)).unwrap();
    devices[0].batch(&source.casts(0, 1)).unwrap();
    for number in 0..VOICES {
        let path = devices[0].file("voice.ogg");
        std::fs::write(&path, opus(VOICE_BYTES, number)).unwrap();
        let path = path.to_str().unwrap();
        devices[0].made(&["say", &debate, "Écoutez", "--voice", path]).unwrap();
    }
    let lan = world.lan("lan").unwrap();
    let mut wires = Vec::new();
    for (number, device) in devices.iter_mut().enumerate() {
        let place = world.place(&format!("house-{number}")).unwrap();
        let wire = lan.plug(&place, &format!("10.79.0.{}/24", number + 1)).unwrap();
        wire.slow(KBIT).unwrap();
        place.lose(LOST_PERCENT).unwrap();
        device.set_place(&place);
        wires.push(wire);
    }
    let _running: Vec<Running> = devices.iter().map(|device| device.wander(&[]).unwrap()).collect();
    let since = Instant::now();
    let mut contacts = 0;
    loop {
        contacts += 1;
        let up = Instant::now();
        wires[1].mend().unwrap();
        let mut over = false;
        while up.elapsed() < UP && !over {
            std::thread::sleep(Duration::from_millis(250));
            over = devices[0].digest().unwrap() == devices[1].digest().unwrap()
                && whole(&devices[1]) == VOICES;
        }
        if over {
            break;
        }
        assert!(since.elapsed() < ENOUGH, "{contacts} contacts and it has not come over");
        wires[1].cut().unwrap();
        std::thread::sleep(DOWN);
    }
    eprintln!("{contacts} contacts, {:?}, {:?} bytes", since.elapsed(), wires[1].bytes().unwrap());
    assert_eq!(source.check(&devices[1], &debate).unwrap(), source.cells());
    devices.iter().for_each(assert_nothing_twice);
}

/// Two villages of two, and one house that both reach; the way to one village is cut, both speak
/// and record, and it is mended.
#[test]
fn villages_that_were_apart_come_to_hold_the_same() {
    let Some(mut world) = World::new().unwrap() else { return };
    let lans = [world.lan("lan-a").unwrap(), world.lan("lan-b").unwrap()];
    let mut devices: Vec<Device> = Vec::new();
    let mut bridge = Vec::new();
    for (number, name) in ["Awa", "Bakary", "Coumba", "Demba", "Hub"].into_iter().enumerate() {
        let mut device = Device::of(name).unwrap();
        match devices.first() {
            None => drop(device.made(&["community", "create", "Kayes"]).unwrap()),
            Some(founder) => device.join(founder).unwrap(),
        }
        let place = world.place(name).unwrap();
        for (at, lan) in lans.iter().enumerate() {
            if number == 4 || number / 2 == at {
                let wire = lan.plug(&place, &format!("10.8{at}.0.{}/24", number + 1)).unwrap();
                if number == 4 {
                    bridge.push(wire);
                }
            }
        }
        device.set_place(&place);
        devices.push(device);
    }
    let debate = devices[0].made(&["debate", "open", "Le puits"]).unwrap();
    let _running: Vec<Running> = devices.iter().map(|device| device.wander(&[]).unwrap()).collect();
    let until = |what: &str, done: &dyn Fn() -> bool| {
        let since = Instant::now();
        while !done() {
            assert!(since.elapsed() < ENOUGH, "{what} has not come to pass");
            std::thread::sleep(Duration::from_millis(100));
        }
        eprintln!("{what}: {:?}", since.elapsed());
    };
    let equal = || {
        let digest = devices[0].digest().unwrap();
        devices.iter().all(|device| device.digest().unwrap() == digest)
    };
    until("the same everywhere", &equal);
    bridge[1].cut().unwrap();
    for (number, device) in (0_u64..).zip(&devices) {
        let path = device.file("voice.ogg");
        std::fs::write(&path, opus(VOICE_BYTES, number)).unwrap();
        let path = path.to_str().unwrap();
        device.made(&["say", &debate, "Écoutez", "--voice", path]).unwrap();
    }
    std::thread::sleep(APART);
    assert!(!equal(), "the villages are apart");
    bridge[1].mend().unwrap();
    until("the same everywhere again", &equal);
    until("all voices everywhere", &|| devices.iter().all(|device| whole(device) == 5));
    devices.iter().for_each(assert_nothing_twice);
}
