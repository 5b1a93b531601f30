//! Many nodes on one Wi-Fi that find each other by themselves: real processes, each in a network
//! namespace of its own, on one bridge that passes multicast.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::netns::World;
use crate::socket::Socket;
use crate::{Device, Running};

/// How long it may take until all hold the same.
const PATIENCE: Duration = Duration::from_secs(300);

/// One of them.
struct Phone {
    /// Its folder lives as long as it runs.
    _device: Device,
    name: String,
    running: Running,
    socket: Socket,
}

/// All of them. Dropping it ends everything.
pub struct Wifi {
    phones: Vec<Phone>,
    _world: World,
}

/// Who is linked with whom.
#[derive(Debug)]
pub struct Links {
    /// The most neighbours of one node.
    pub most: usize,
    /// The same with those who come for one session and go again.
    pub most_with_guests: usize,
    /// All of them, each counted once.
    pub count: usize,
    /// Nodes that can be reached from the first over links.
    pub reached: usize,
}

impl Wifi {
    /// So many members of one community; `None` where no network namespaces can be made.
    ///
    /// # Errors
    /// Where something of it cannot be made.
    pub fn begin(phones: usize) -> Result<Option<Self>> {
        let Some(mut world) = World::new()? else { return Ok(None) };
        let lan = world.lan("wifi")?;
        let mut devices: Vec<(Device, String)> = Vec::new();
        let mut ticket = String::new();
        for number in 0..phones {
            let mut device = Device::of(&format!("phone-{number}"))?;
            if devices.is_empty() {
                device.made(&["community", "create", "Kayes"])?;
                let invite = device.json(&["invite"])?;
                let text = invite.get("ticket").and_then(Value::as_str);
                ticket = text.context("no ticket")?.to_owned();
            } else {
                device.json(&["join", &ticket])?;
            }
            let whoami = device.json(&["whoami"])?;
            let name = whoami.get("peer_id").and_then(Value::as_str).context("no name")?.to_owned();
            let place = world.place(&format!("p{number}"))?;
            lan.plug(&place, &format!("10.86.0.{}/24", number + 1))?;
            device.set_place(&place);
            devices.push((device, name));
        }
        let mut all = Vec::new();
        for (device, name) in devices {
            let running = device.wander(&[])?;
            let socket = Socket::open(&device.data())?;
            all.push(Phone { _device: device, name, running, socket });
        }
        Ok(Some(Self { phones: all, _world: world }))
    }

    /// Everybody says something.
    ///
    /// # Errors
    /// Where a node refuses.
    pub fn speak(&mut self, what: &str) -> Result<()> {
        for phone in &mut self.phones {
            let title = format!("{what}, {}", phone.name);
            let request = json!({ "command": "debate_open", "title": title });
            phone.socket.ask(&request)?;
        }
        Ok(())
    }

    /// Waits until all hold the same, and tells how long that took.
    ///
    /// # Errors
    /// Where it does not come to pass.
    pub fn until_equal(&mut self) -> Result<Duration> {
        let since = Instant::now();
        loop {
            let mut digests = BTreeSet::new();
            for phone in &mut self.phones {
                let status = phone.socket.status()?;
                let digest = status.pointer("/communities/0/digest").and_then(Value::as_str);
                digests.insert(digest.context("no community")?.to_owned());
            }
            if digests.len() == 1 {
                return Ok(since.elapsed());
            }
            if since.elapsed() > PATIENCE {
                bail!("there are still {} different digests", digests.len());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Who is linked with whom now.
    ///
    /// # Errors
    /// Where a node does not answer.
    pub fn links(&mut self) -> Result<Links> {
        let mut linked: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let (mut most, mut most_with_guests) = (0, 0);
        for phone in &mut self.phones {
            let status = phone.socket.status()?;
            let peers = status.get("peers").and_then(Value::as_array).context("no peers")?;
            most_with_guests = most_with_guests.max(peers.len());
            let chosen = |peer: &&Value| peer.get("neighbour") == Some(&Value::Bool(true));
            most = most.max(peers.iter().filter(chosen).count());
            for peer in peers {
                let peer = peer.get("peer_id").and_then(Value::as_str).context("no name")?;
                linked.entry(phone.name.clone()).or_default().insert(peer.to_owned());
                linked.entry(peer.to_owned()).or_default().insert(phone.name.clone());
            }
        }
        let count = linked.values().map(BTreeSet::len).sum::<usize>() / 2;
        let mut reached = BTreeSet::new();
        let mut next: Vec<String> = self.phones.iter().take(1).map(|p| p.name.clone()).collect();
        while let Some(name) = next.pop() {
            if reached.insert(name.clone()) {
                next.extend(linked.get(&name).into_iter().flatten().cloned());
            }
        }
        Ok(Links { most, most_with_guests, count, reached: reached.len() })
    }

    /// Frames sent by all of them so far, in bytes.
    ///
    /// # Errors
    /// Where a node does not answer.
    pub fn bytes_sent(&mut self) -> Result<u64> {
        let mut sum = 0;
        for phone in &mut self.phones {
            sum += phone.socket.status()?.get("bytes_sent").and_then(Value::as_u64).unwrap_or(0);
        }
        Ok(sum)
    }

    /// Their processes.
    pub fn pids(&self) -> impl Iterator<Item = u32> {
        self.phones.iter().map(|phone| phone.running.pid())
    }
}
