//! A hub that is attacked while an honest neighbour comes by: real nodes and a hostile process
//! (`node/examples/hostile`), each in a network namespace of its own, on one bridge.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::media::opus;
use crate::netns::{Place, World};
use crate::polis::Debate;
use crate::socket::Socket;
use crate::{Device, Running, baro};

/// What the hostile process can do, and what the hub must have counted then: a part of the reason
/// that `status` shows, one of these. Of `between` nothing is refused, as what it hands on is nobody's;
/// of `texts` neither: a change that unfolds without end is an entry like others, and nobody applies it.
/// What `fork` gives out is proven and told ([`Siege::forks`]).
pub const ATTACKS: [(&str, &[&str]); 14] = [
    ("oversized", &["frame_too_large"]),
    ("dripping", &["connections_of_one_place_full", "frame_too_slow"]),
    ("endless", &["frame_too_large", "larger than allowed"]),
    ("crowd", &["connections_of_one_place_full"]),
    ("symbols", &["a list longer than allowed"]),
    ("heads", &["a long list that was not asked for"]),
    ("counts", &["of what was not sent", "more symbols"]),
    ("flood", &["waiting room is full", "no record names"]),
    ("blobs", &["not what it should be"]),
    ("signatures", &["signature does not hold", "signatures do not hold"]),
    ("fork", &[]),
    ("texts", &[]),
    ("impostor", &["wrong_peer"]),
    ("between", &[]),
];
/// What the honest neighbour brings beside words.
const VOICE_BYTES: usize = 100_000;
const VOICES: u64 = 3;
/// How long a visit may take on a machine that does all of this at once and other things.
const PATIENCE: Duration = Duration::from_secs(180);
const HUB: &str = "/ip4/10.80.0.1/tcp/4001";
const HOSTILE: &str = "/ip4/10.80.0.66/tcp/4066";
const BETWEEN: &str = "/ip4/10.80.0.66/tcp/4067";
const IMPOSTOR: &str = "/ip4/10.80.0.66/tcp/4068";

/// The scene. Dropping it ends everything.
pub struct Siege {
    hub: Device,
    /// Somebody honest whom the one in between has been named to as the way to the hub.
    wanderer: Device,
    running: Running,
    socket: Socket,
    debate: String,
    ticket: String,
    honest: Place,
    hostile: Place,
    /// Another hostile machine, from which they come who take all connections they can get.
    crowd: Place,
    /// A third, of those who lie about files: whoever does not get in tells no lies.
    files: Place,
    visits: u64,
    _world: World,
}

/// What one visit of an honest neighbour was like.
#[derive(Debug)]
pub struct Visit {
    /// From the start of its node until both hold the same, files too, or until its patience ended.
    pub time: Duration,
    /// Whether both held the same then.
    pub served: bool,
    /// What the neighbour's node said of itself at the end.
    pub status: Value,
}

/// A hostile process; ended when dropped.
pub struct Attack {
    child: Child,
    /// Commands by which the hub itself goes to the hostile peer.
    lured: Option<Child>,
}

impl Drop for Attack {
    fn drop(&mut self) {
        for child in [Some(&mut self.child), self.lured.as_mut()].into_iter().flatten() {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The hostile process.
///
/// # Errors
/// Where it is not built.
pub fn hostile() -> Result<PathBuf> {
    let path = baro()?.with_file_name("examples").join("hostile");
    if !path.is_file() {
        bail!("no {}: cargo build -p baro-node --example hostile makes it", path.display());
    }
    Ok(path)
}

/// The same command, at the lowest priority.
fn nice(command: &Command) -> Command {
    let mut slower = Command::new("nice");
    slower.args(["-n", "19"]).arg(command.get_program()).args(command.get_args());
    slower
}

/// Has a device dial an address again and again.
fn lure(device: &Device, address: &str) -> Result<Child> {
    let plain = device.command(&["sync", address]);
    let script = r#"while :; do "$0" "$@"; sleep 0.2; done"#;
    let mut command = Command::new("sh");
    command.args(["-c", script]).arg(plain.get_program()).args(plain.get_args());
    let mut command = nice(&command);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Ok(command.spawn()?)
}

impl Siege {
    /// A hub that holds the Seattle debate; `None` where no network namespaces can be made.
    ///
    /// # Errors
    /// Where something of it cannot be made.
    pub fn begin(samples: &Path) -> Result<Option<Self>> {
        let Some(mut world) = World::new()? else { return Ok(None) };
        let source = Debate::load(samples, "15-per-hour-seattle")?;
        let mut hub = Device::of("Hub")?;
        hub.made(&["community", "create", "Seattle"])?;
        let debate = hub.made(&["debate", "open", "$15/hour"])?;
        hub.batch(&source.persons(0, 1))?;
        hub.batch(&source.says(&debate, 0, 1))?;
        hub.batch(&source.casts(0, 1))?;
        let lan = world.lan("lan")?;
        let mut place = |name: &str, address: &str| -> Result<Place> {
            let place = world.place(name)?;
            lan.plug(&place, address)?;
            Ok(place)
        };
        hub.set_place(&place("hub", "10.80.0.1/24")?);
        let honest = place("honest", "10.80.0.2/24")?;
        let hostile = place("hostile", "10.80.0.66/24")?;
        let crowd = place("crowd", "10.80.0.67/24")?;
        let files = place("files", "10.80.0.68/24")?;
        let running = hub.start(&["--listen", HUB])?;
        let mut socket = Socket::open(&hub.data())?;
        let mut wanderer = Device::of("Wanderer")?;
        wanderer.set_place(&honest);
        let invite = socket.ask(&json!({ "command": "invite", "addresses": [] }))?;
        let ticket = invite.get("ticket").and_then(Value::as_str).context("no ticket")?.to_owned();
        wanderer.json(&["join", &ticket])?;
        Ok(Some(Self {
            hub,
            wanderer,
            running,
            socket,
            debate,
            ticket,
            honest,
            hostile,
            crowd,
            files,
            visits: 0,
            _world: world,
        }))
    }

    /// The hub's process.
    pub fn pid(&self) -> u32 {
        self.running.pid()
    }

    /// Lets the hostile process begin.
    ///
    /// # Errors
    /// Where it is not built or does not start.
    pub fn attack(&self, name: &str) -> Result<Attack> {
        let address = self.running.listen.first().context("it listens nowhere")?;
        let both = format!("{address},{BETWEEN}");
        let at = match name {
            "symbols" => HOSTILE,
            "impostor" => IMPOSTOR,
            "between" => &both,
            _ => address,
        };
        let command = self.machine(name).0.command(hostile()?);
        // It has a machine of its own; here it must not take the hub's processor.
        let mut command = nice(&command);
        let child = command
            .args([name, at, &self.ticket, "600"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()?;
        let mut attack = Attack { child, lured: None };
        attack.lured = match name {
            "symbols" => Some(lure(&self.hub, HOSTILE)?),
            "between" => Some(lure(&self.wanderer, BETWEEN)?),
            "impostor" => {
                // It is said that somebody honest is there.
                let honest = self.wanderer.json(&["whoami"])?;
                let honest = honest.get("peer_id").and_then(Value::as_str).context("no peer")?;
                Some(lure(&self.hub, &format!("{IMPOSTOR}/p2p/{honest}"))?)
            }
            _ => None,
        };
        Ok(attack)
    }

    /// Somebody honest comes for the first time, with words and voices of their own, and stays
    /// until both hold the same.
    ///
    /// # Errors
    /// Where that does not come to pass.
    pub fn visit(&mut self) -> Result<Visit> {
        let place = self.honest.clone();
        let visit = self.visit_from(&place, "/ip4/10.80.0.2/tcp/4002")?;
        if !visit.served {
            bail!("the honest neighbour is not served: {}", visit.status);
        }
        Ok(visit)
    }

    /// The same by somebody who comes from the very address from which this attack does, as two
    /// behind one box do. They may find no way in.
    ///
    /// # Errors
    /// Where something of it cannot be made.
    pub fn visit_beside(&mut self, attack: &str) -> Result<Visit> {
        let (place, listen) = self.machine(attack);
        let place = place.clone();
        self.visit_from(&place, listen)
    }

    /// Where an attack comes from, and where somebody else there listens.
    fn machine(&self, attack: &str) -> (&Place, &'static str) {
        match attack {
            "oversized" | "dripping" | "endless" | "crowd" => {
                (&self.crowd, "/ip4/10.80.0.67/tcp/4070")
            }
            "blobs" => (&self.files, "/ip4/10.80.0.68/tcp/4070"),
            _ => (&self.hostile, "/ip4/10.80.0.66/tcp/4070"),
        }
    }

    fn visit_from(&mut self, place: &Place, listen: &str) -> Result<Visit> {
        self.visits += 1;
        let mut guest = Device::of(&format!("Guest {}", self.visits))?;
        guest.set_place(place);
        guest.json(&["join", &self.ticket])?;
        let debate = guest.made(&["debate", "open", "Écoutez"])?;
        for number in 0..VOICES {
            let path = guest.file("voice.ogg");
            std::fs::write(&path, opus(VOICE_BYTES, self.visits * 100 + number))?;
            let path = path.to_str().context("a path")?;
            guest.made(&["say", &debate, "Écoutez", "--voice", path])?;
        }
        let began = Instant::now();
        let peer = self.running.listen.first().context("it listens nowhere")?;
        let running = guest.start(&["--listen", listen, "--peer", peer])?;
        let mut there = Socket::open(&guest.data())?;
        let mut served = self.is_equal(&mut there)?;
        while !served && began.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(5));
            served = self.is_equal(&mut there)?;
        }
        let time = began.elapsed();
        let status = there.status()?;
        drop(running);
        Ok(Visit { time, served, status })
    }

    fn is_equal(&mut self, there: &mut Socket) -> Result<bool> {
        let mut here = Vec::new();
        for socket in [&mut self.socket, there] {
            let digest = socket.status()?.pointer("/communities/0/digest").cloned();
            let list = socket.ask(&json!({ "command": "blob_list" }))?;
            let rows = list.as_array().context("no list")?;
            if rows.iter().any(|row| row.get("state") != Some(&json!("here"))) {
                return Ok(false);
            }
            here.push((digest, rows.len()));
        }
        Ok(here.first() == here.last())
    }

    /// What the hub has refused so far, by reason.
    ///
    /// # Errors
    /// Where it does not answer.
    pub fn refused(&mut self) -> Result<Vec<(String, u64)>> {
        let status = self.socket.status()?;
        let rows = status.get("refused").and_then(Value::as_array).context("no such list")?;
        let read = |row: &Value| {
            let reason = row.get("reason").and_then(Value::as_str)?;
            Some((reason.to_owned(), row.get("count").and_then(Value::as_u64)?))
        };
        Ok(rows.iter().filter_map(read).collect())
    }

    /// Of how many persons the hub tells that they signed two branches.
    ///
    /// # Errors
    /// Where it does not answer.
    pub fn forks(&mut self) -> Result<usize> {
        let told = self.socket.ask(&json!({ "command": "deeds" }))?;
        let deeds = told.get("deeds").and_then(Value::as_array).context("no deeds")?;
        let kind = |deed: &&Value| deed.get("kind").and_then(Value::as_str) == Some("fork");
        Ok(deeds.iter().filter(kind).count())
    }

    /// Opens every text that the hub has; gives how many there are.
    ///
    /// # Errors
    /// Where it does not answer, or shows anything of a change that may not be.
    pub fn texts(&mut self) -> Result<usize> {
        let list = self.socket.ask(&json!({ "command": "text_list" }))?;
        let list = list.as_array().context("no list")?.clone();
        for text in &list {
            let id = text.get("id").context("no id")?;
            let show = json!({ "command": "text_show", "id": id, "history": true, "at": [] });
            let shown = self.socket.ask(&show)?;
            if shown.get("text").and_then(Value::as_str).is_some_and(|text| !text.is_empty()) {
                bail!("it shows {shown}");
            }
        }
        Ok(list.len())
    }

    /// Whether all that was said in the hub's debate is still there and can be shown.
    ///
    /// # Errors
    /// Where the hub does not answer.
    pub fn posts(&mut self) -> Result<usize> {
        let shown = self.socket.ask(&json!({ "command": "debate_show", "id": self.debate }))?;
        Ok(shown.pointer("/posts").and_then(Value::as_array).map_or(0, Vec::len))
    }
}
