//! Bad lines, cut villages and villages that only a courier reaches, with real processes in network
//! namespaces.

use std::path::Path;
use std::time::{Duration, Instant};

use baro_tests::media::opus;
use baro_tests::netns::{Place, World};
use baro_tests::polis::Debate;
use baro_tests::{Device, Running, samples};
use serde_json::Value;

/// A line of 256 kbit/s that loses every fifth packet.
const KBIT: u32 = 256;
const LOST_PERCENT: u32 = 20;
/// Up for 7 s, then down. A minute is shortened, so that the test does not take many of them; with
/// `BARO_FAULTS_DOWN=53` it is a whole one.
const UP: Duration = Duration::from_secs(7);
const DOWN: &str = "2";
/// How long a courier stays in a village.
const STAY: Duration = Duration::from_secs(2);
/// The pictures of the course.
const PICTURES: u64 = 1;
const VOICES: u64 = 10;
const VOICE_BYTES: usize = 12_000;
const ENOUGH: Duration = Duration::from_secs(150);
const CONTACTS_MAX: u32 = 16;
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

/// A device that holds the Seattle debate, ten voices and a course.
fn well_read(samples: &Path) -> (Device, Debate, String, String) {
    let device = Device::of("Awa").unwrap();
    device.made(&["community", "create", "Seattle"]).unwrap();
    let (source, debate, course) = read_out(samples, &device);
    (device, source, debate, course)
}

/// Says all of that on a device: the debate, its id there, and the course's.
fn read_out(samples: &Path, device: &Device) -> (Debate, String, String) {
    let source = Debate::load(samples, "15-per-hour-seattle").unwrap();
    let debate = device.made(&["debate", "open", "$15/hour"]).unwrap();
    device.batch(&source.persons(0, 1)).unwrap();
    device.batch(&source.says(&debate, 0, 1)).unwrap();
    device.batch(&source.casts(0, 1)).unwrap();
    for number in 0..VOICES {
        record(device, &debate, number);
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/examples/eau-potable");
    let course = device.made(&["course", "import", folder.to_str().unwrap()]).unwrap();
    (source, debate, course)
}

/// Says something by voice, another for each number.
fn record(device: &Device, debate: &str, number: u64) {
    let path = device.file("voice.ogg");
    std::fs::write(&path, opus(VOICE_BYTES, number)).unwrap();
    let path = path.to_str().unwrap();
    device.made(&["say", debate, "Écoutez", "--voice", path]).unwrap();
}

/// Whether all of it is there too: the same digest, every file, every lesson.
fn has_all(device: &Device, of: &Device, course: &str) -> bool {
    device.digest().unwrap() == of.digest().unwrap()
        && whole(device) == VOICES + PICTURES
        && device.json(&["course", "show", course]).unwrap()["coming"] == 0
}

#[test]
fn a_debate_voices_and_a_course_come_over_a_line_that_loses_and_breaks() {
    let Some(samples) = samples().unwrap() else { return };
    let Some(mut world) = World::new().unwrap() else { return };
    let down = std::env::var("BARO_FAULTS_DOWN").unwrap_or_else(|_| DOWN.to_owned());
    let down = Duration::from_secs(down.parse().unwrap());
    let (awa, source, debate, course) = well_read(&samples);
    let mut devices = [awa, Device::of("Bakary").unwrap()];
    devices[1].join(&devices[0]).unwrap();
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
    let mut contacts = 0_u32;
    loop {
        contacts += 1;
        let up = Instant::now();
        wires[1].mend().unwrap();
        let mut over = false;
        while up.elapsed() < UP && !over {
            std::thread::sleep(Duration::from_millis(250));
            over = has_all(&devices[1], &devices[0], &course);
        }
        if over {
            break;
        }
        assert!(contacts < CONTACTS_MAX, "{contacts} contacts and it has not come over");
        wires[1].cut().unwrap();
        std::thread::sleep(down);
    }
    eprintln!("{contacts} contacts, {:?}, {:?} bytes", since.elapsed(), wires[1].bytes().unwrap());
    assert_eq!(source.check(&devices[1], &debate).unwrap(), source.cells());
    devices.iter().for_each(assert_nothing_twice);
}

/// Two villages of two, and one house that both reach; the way to one village is cut, a debate is
/// held, voices recorded and a course brought in on one side, everybody speaks on the other, and it is
/// mended.
#[test]
fn villages_that_were_apart_come_to_hold_the_same() {
    let Some(samples) = samples().unwrap() else { return };
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
    let (source, seattle, course) = read_out(&samples, &devices[0]);
    for (number, device) in (VOICES..).zip(&devices) {
        record(device, &debate, number);
    }
    std::thread::sleep(APART);
    assert!(!equal(), "the villages are apart");
    bridge[1].mend().unwrap();
    until("the same everywhere again", &equal);
    until("all voices and the course everywhere", &|| {
        devices.iter().all(|device| {
            whole(device) == VOICES + 5 + PICTURES
                && device.json(&["course", "show", &course]).unwrap()["coming"] == 0
        })
    });
    assert_eq!(source.check(&devices[3], &seattle).unwrap(), source.cells());
    devices.iter().for_each(assert_nothing_twice);
}

/// Two villages that no line joins, and a courier who goes from one to the other and stays too
/// short a while in each; every time the phone's battery is pulled out.
#[test]
fn a_courier_brings_a_debate_voices_and_a_course_to_a_village_that_no_line_reaches() {
    let Some(samples) = samples().unwrap() else { return };
    let Some(mut world) = World::new().unwrap() else { return };
    let (mut awa, source, debate, course) = well_read(&samples);
    let (mut bakary, mut courier) = (Device::of("Bakary").unwrap(), Device::of("Coumba").unwrap());
    bakary.join(&awa).unwrap();
    courier.join(&awa).unwrap();
    let mut stops: Vec<Place> = Vec::new();
    for (village, device) in [&mut awa, &mut bakary].into_iter().enumerate() {
        let lan = world.lan(&format!("lan-{village}")).unwrap();
        let place = world.place(&format!("house-{village}")).unwrap();
        lan.plug(&place, &format!("10.9{village}.0.1/24")).unwrap();
        device.set_place(&place);
        let stop = world.place(&format!("stop-{village}")).unwrap();
        // A line on which it does not all pass in one visit.
        lan.plug(&stop, &format!("10.9{village}.0.2/24")).unwrap().slow(8 * KBIT).unwrap();
        stops.push(stop);
    }
    let _running = [awa.wander(&[]).unwrap(), bakary.wander(&[]).unwrap()];
    let answer = bakary.made(&["debate", "open", "Le puits"]).unwrap();
    let mut visits = 0;
    while !(has_all(&bakary, &awa, &course) && awa.said(&answer).is_ok()) {
        for stop in &stops {
            courier.set_place(stop);
            let there = courier.wander(&[]).unwrap();
            std::thread::sleep(STAY);
            there.kill().unwrap();
        }
        visits += 1;
        assert!(visits < CONTACTS_MAX, "{visits} visits and it has not come over");
    }
    eprintln!("the courier went {visits} times");
    assert_eq!(source.check(&bakary, &debate).unwrap(), source.cells());
    assert_nothing_twice(&bakary);
}
