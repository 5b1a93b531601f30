//! Two nodes in houses whose boxes let nothing in reach each other through a hub on the internet.

use std::time::{Duration, Instant};

use baro_tests::netns::{Lan, Place, World};
use baro_tests::{Device, Running};

const ENOUGH: Duration = Duration::from_secs(60);

/// A house behind a box: its network, and a place in it.
fn house(world: &mut World, internet: &Lan, number: u8) -> Place {
    let boxed = world.place(&format!("box{number}")).unwrap();
    let outside = internet.plug(&boxed, &format!("203.0.113.{}/24", 10 + number)).unwrap();
    let home = world.lan(&format!("home{number}")).unwrap();
    home.plug(&boxed, &format!("192.168.{number}.1/24")).unwrap();
    boxed.hide_behind(&outside).unwrap();
    let place = world.place(&format!("house{number}")).unwrap();
    home.plug(&place, &format!("192.168.{number}.2/24")).unwrap();
    place.route(&format!("192.168.{number}.1")).unwrap();
    place
}

/// Where the node listens over a relay, once it does.
fn circuit(device: &Device) -> String {
    let since = Instant::now();
    loop {
        let status = device.json(&["status"]).unwrap();
        let mut listen = status["listen"].as_array().unwrap().iter().filter_map(|at| at.as_str());
        if let Some(circuit) = listen.rfind(|at| at.contains("/p2p-circuit")) {
            return circuit.to_owned();
        }
        assert!(since.elapsed() < ENOUGH, "nobody relays: {status}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Two that cannot reach each other, with a hub that holds nothing of what they share, over this
/// transport; gives whether the link became a direct one.
fn meet(transport: &str) -> bool {
    let Some(mut world) = World::new().unwrap() else { return false };
    let internet = world.lan("internet").unwrap();
    let hub_place = world.place("hub").unwrap();
    internet.plug(&hub_place, "203.0.113.1/24").unwrap();
    let (mut hub, mut awa, mut bakary) =
        (Device::of("Hub").unwrap(), Device::of("Awa").unwrap(), Device::of("Bakary").unwrap());
    awa.made(&["community", "create", "Kayes"]).unwrap();
    bakary.join(&awa).unwrap();
    hub.set_place(&hub_place);
    awa.set_place(&house(&mut world, &internet, 1));
    bakary.set_place(&house(&mut world, &internet, 2));

    let listen = format!("/ip4/203.0.113.1/{transport}");
    let relay = hub.start(&["--listen", &listen, "--relay"]).unwrap();
    let uplink = relay.listen[0].clone();
    let _awa: Running = awa.start(&["--uplink", &uplink]).unwrap();
    let way = circuit(&awa);
    let since = Instant::now();
    let _bakary: Running = bakary.start(&["--uplink", &uplink, "--peer", &way]).unwrap();
    awa.made(&["debate", "open", "Le puits"]).unwrap();
    while awa.digest().unwrap() != bakary.digest().unwrap() {
        assert!(since.elapsed() < ENOUGH, "nothing comes over the relay");
        std::thread::sleep(Duration::from_millis(50));
    }
    let equal = since.elapsed();
    let direct = |device: &Device| {
        let peers = device.json(&["peers"]).unwrap();
        let peers = peers.as_array().cloned().unwrap_or_default();
        let mut others = peers.iter().filter_map(|peer| peer["address"].as_str());
        others.any(|at| !at.contains("/p2p-circuit") && !at.contains("/203.0.113.1/"))
    };
    // A direct way is found within seconds or not at all.
    while !direct(&bakary) && since.elapsed() < equal + Duration::from_secs(15) {
        std::thread::sleep(Duration::from_millis(100));
    }
    let punched = direct(&bakary);
    eprintln!("{transport}: equal after {equal:?}, direct: {punched} after {:?}", since.elapsed());
    // Either way it is a link that carries.
    bakary.made(&["debate", "open", "La route"]).unwrap();
    let since = Instant::now();
    while awa.digest().unwrap() != bakary.digest().unwrap() {
        assert!(since.elapsed() < ENOUGH, "the link carries no more");
        std::thread::sleep(Duration::from_millis(50));
    }
    punched
}

#[test]
fn two_behind_boxes_meet_over_a_relay_and_find_a_direct_way_over_quic() {
    if World::new().unwrap().is_some() {
        assert!(meet("udp/4001/quic-v1"), "the boxes of this test let a direct way through");
    }
}

#[test]
fn two_behind_boxes_meet_over_a_relay_on_tcp() {
    meet("tcp/4001");
}
