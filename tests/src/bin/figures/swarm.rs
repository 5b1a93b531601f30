//! Twenty nodes that talk live, with one of them killed and started again on the way: how often
//! each delivery is made, and what it costs on the wire.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use baro_tests::kill::Moments;
use baro_tests::netns::{Place, World};
use baro_tests::socket::Socket;
use baro_tests::{Device, Running};
use serde_json::{Value, json};

use crate::print::{number, ratio, row, seconds};

const NODES: u64 = 20;
const POSTS: u64 = 200;
const POST_BYTES: u64 = 300;
/// How long somebody waits before the next post.
const BETWEEN: Duration = Duration::from_millis(50);
/// The node that is killed, after which post, and after which it is started again.
const KILLED: usize = 7;
const KILL_AT: u64 = 70;
const RESTART_AT: u64 = 130;
/// Nodes that one node dials, counted on from its own number around the ring: so each has four
/// links.
const DIALS: [u64; 2] = [1, 7];
/// After so long without news, sessions have made sure that nothing was lost.
const SETTLED: Duration = Duration::from_secs(13);
const PATIENCE: Duration = Duration::from_secs(120);

struct Node {
    device: Device,
    args: Vec<String>,
    running: Option<Running>,
    socket: Option<Socket>,
}

impl Node {
    fn start(&mut self) -> Result<()> {
        let args: Vec<&str> = self.args.iter().map(String::as_str).collect();
        self.running = Some(self.device.start(&args)?);
        self.socket = Some(Socket::open(&self.device.data())?);
        Ok(())
    }

    fn status(&mut self) -> Result<Value> {
        self.socket.as_mut().context("it does not run")?.status()
    }
}

/// What nodes counted.
#[derive(Clone, Copy, Default)]
struct Counts {
    again: u64,
    pushed: u64,
    frames: u64,
}

impl Counts {
    fn of(status: &Value) -> Self {
        Self {
            again: number(status, "/live/runs_again") + number(status, "/items_received_held"),
            pushed: number(status, "/live/runs_received"),
            frames: number(status, "/bytes_sent"),
        }
    }

    fn add(&mut self, other: Self) {
        self.again += other.again;
        self.pushed += other.pushed;
        self.frames += other.frames;
    }
}

/// Prints what 200 posts among 20 nodes cost.
pub(crate) fn measure() -> Result<()> {
    let Some(mut world) = World::new()? else { return Ok(()) };
    let place = world.place("all")?;
    let (mut nodes, debate) = village(&place)?;
    let began = Instant::now();
    until_equal(&mut nodes)?;
    row("20 nodes: the same everywhere after the start", seconds(began.elapsed()), "s", "-");
    std::thread::sleep(SETTLED);

    let mut before = Counts::default();
    for node in &mut nodes {
        before.add(Counts::of(&node.status()?));
    }
    let idle = idle_bytes(&place)?;
    let wire = wire_bytes(&place)?;
    let mut lost = Counts::default();
    let began = Instant::now();
    talk(&mut nodes, &debate, &mut lost)?;
    let talked = began.elapsed();
    until_equal(&mut nodes)?;
    let equal = began.elapsed();
    let spent = wire_bytes(&place)? - wire;
    std::thread::sleep(SETTLED);
    until_equal(&mut nodes)?;
    let settled = wire_bytes(&place)? - wire;

    let mut delivered = 0;
    let mut after = lost;
    for node in &mut nodes {
        let shown = json!({ "command": "debate_show", "id": debate });
        let shown = node.socket.as_mut().context("it does not run")?.ask(&shown)?;
        let posts = shown.pointer("/posts").and_then(Value::as_array).map_or(0, Vec::len);
        delivered += posts as u64;
        after.add(Counts::of(&node.status()?));
    }
    // The author's own copy is no delivery.
    let delivered = delivered.saturating_sub(POSTS);
    let deliveries = POSTS * (NODES - 1);
    row("20 nodes: deliveries made", delivered, "", &deliveries.to_string());
    row("20 nodes: posts said in", seconds(talked), "s", "-");
    row("20 nodes: the same everywhere after the last", seconds(equal - talked), "s", "-");
    let again = after.again - before.again;
    row("20 nodes: copies received per delivery", ratio(delivered + again, delivered), "", "2");
    let pushed = after.pushed - before.pushed;
    row("20 nodes: of them pushed live", ratio(pushed, delivered), "", "-");
    let said = delivered * POST_BYTES;
    let gossipsub = "4 (gossipsub, as the issue says: 9.7 to 19)";
    row("20 nodes: bytes on the wire per byte delivered", ratio(spent, said), "", gossipsub);
    row("20 nodes: the same with the sessions that confirm", ratio(settled, said), "", "-");
    let frames = after.frames - before.frames;
    row("20 nodes: of these, in the protocol's frames", ratio(frames, said), "", "-");
    row("20 nodes: bytes on the wire while idle", idle, "B/s", "-");
    if delivered != deliveries {
        bail!("{delivered} of {deliveries} deliveries were made");
    }
    Ok(())
}

/// Twenty members of one community who run and are linked.
fn village(place: &Place) -> Result<(Vec<Node>, String)> {
    let mut devices: Vec<Device> = Vec::new();
    let mut peers = Vec::new();
    let mut debate = String::new();
    let mut ticket = String::new();
    for number in 0..NODES {
        let mut device = Device::of(&format!("villager-{number}"))?;
        if devices.is_empty() {
            device.made(&["community", "create", "Kayes"])?;
            debate = device.made(&["debate", "open", "Le puits"])?;
            let invite = device.json(&["invite"])?;
            ticket = invite.get("ticket").and_then(Value::as_str).context("no ticket")?.to_owned();
        } else {
            device.json(&["join", &ticket])?;
        }
        let peer = device.json(&["whoami"])?;
        let peer = peer.get("peer_id").and_then(Value::as_str).context("no name")?;
        peers.push(format!("/ip4/127.0.0.1/tcp/{}/p2p/{peer}", 4_100 + number));
        device.set_place(place);
        devices.push(device);
    }
    let mut nodes = Vec::new();
    for (number, device) in (0..NODES).zip(devices) {
        let mut args =
            vec!["--listen".to_owned(), format!("/ip4/127.0.0.1/tcp/{}", 4_100 + number)];
        for step in DIALS {
            let at = usize::try_from((number + step) % NODES)?;
            args.extend(["--peer".to_owned(), peers.get(at).context("a peer")?.clone()]);
        }
        let mut node = Node { device, args, running: None, socket: None };
        node.start()?;
        nodes.push(node);
    }
    Ok((nodes, debate))
}

/// All the posts, from nodes at random; what the killed node had counted goes to `lost`.
fn talk(nodes: &mut [Node], debate: &str, lost: &mut Counts) -> Result<()> {
    let mut dice = Moments::of(20);
    for post in 0..POSTS {
        if post == KILL_AT {
            let node = nodes.get_mut(KILLED).context("a node")?;
            lost.add(Counts::of(&node.status()?));
            node.socket = None;
            node.running.take().context("it does not run")?.kill()?;
        }
        if post == RESTART_AT {
            nodes.get_mut(KILLED).context("a node")?.start()?;
        }
        let mut node = usize::try_from(dice.between(0, NODES))?;
        if node == KILLED && (KILL_AT..RESTART_AT).contains(&post) {
            node += 1;
        }
        let letters = (0..POST_BYTES).map(|_| u8::try_from(dice.between(97, 123)).map(char::from));
        let text = letters.collect::<Result<String, _>>()?;
        let say = json!({ "command": "say", "debate": debate, "text": text });
        let node = nodes.get_mut(node).context("a node")?;
        node.socket.as_mut().context("it does not run")?.ask(&say)?;
        std::thread::sleep(BETWEEN);
    }
    Ok(())
}

fn until_equal(nodes: &mut [Node]) -> Result<()> {
    let since = Instant::now();
    loop {
        let mut digests = Vec::new();
        for node in nodes.iter_mut() {
            digests.push(node.status()?.pointer("/communities/0/digest").cloned());
        }
        if digests.iter().all(|digest| digest.is_some() && Some(digest) == digests.first()) {
            return Ok(());
        }
        if since.elapsed() > PATIENCE {
            bail!("they do not come to hold the same: {digests:?}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Bytes that went over the loopback interface of a place, with the headers of Ethernet, IP and
/// TCP, and the acknowledgements.
fn wire_bytes(place: &Place) -> Result<u64> {
    let path = "/sys/class/net/lo/statistics/tx_bytes";
    Ok(place.run("cat", &[path])?.trim().parse()?)
}

/// Bytes that go over it each second while nobody says anything.
fn idle_bytes(place: &Place) -> Result<u64> {
    let before = wire_bytes(place)?;
    std::thread::sleep(Duration::from_secs(5));
    Ok((wire_bytes(place)? - before) / 5)
}
