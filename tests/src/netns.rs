//! Villages as network namespaces: real interfaces that can be slow, lossy, cut and mended.
//!
//! A [`World`] holds places, each a namespace with an interface `eth0` (and `eth1`…) for every
//! network it is on, and networks, each a namespace with a bridge that passes multicast. All of
//! it is made and taken down with `ip`, `tc` and `nft`, as root, and nothing is changed in the
//! namespace of the machine itself. Dropping the world, in a panic too, takes everything down;
//! what a killed run left behind goes when the next one begins.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result, bail};

/// What every name of ours begins with; the process that made it follows.
const PREFIX: &str = "baro-test-";
/// The header of an Ethernet frame.
const ETHERNET_BYTES: u64 = 14;
/// Worlds made by this process.
static WORLDS: AtomicU32 = AtomicU32::new(0);

/// Places and networks, gone when dropped.
pub struct World {
    prefix: String,
    names: Vec<String>,
}

/// A namespace: where a node can run.
#[derive(Clone, Debug)]
pub struct Place {
    name: String,
}

/// A bridge that places are plugged into.
#[derive(Debug)]
pub struct Lan {
    at: Place,
    ports: AtomicU32,
}

/// One place's way onto one network.
#[derive(Clone, Debug)]
pub struct Wire {
    place: Place,
    interface: String,
    lan: Place,
    port: String,
}

fn run(program: &str, args: &[&str]) -> Result<String> {
    let output = Command::new(program)
        .args(args)
        .output()
        .with_context(|| format!("{program} cannot run"))?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        bail!("{program} {}: {}", args.join(" "), words.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

impl World {
    /// An empty world; `None`, and that is said, where this process may not make one.
    ///
    /// # Errors
    /// Where it may not and `CI=true`, or where the system refuses.
    pub fn new() -> Result<Option<Self>> {
        let missing = ["ip", "tc", "nft"].into_iter().find(|program| !there(program));
        let why = match missing {
            Some(program) => format!("{program} is not installed (iproute2, nftables)"),
            None if !is_root()? => "only root may make network namespaces".to_owned(),
            None => {
                let me = std::process::id();
                let number = WORLDS.fetch_add(1, Ordering::Relaxed);
                sweep()?;
                return Ok(Some(Self {
                    prefix: format!("{PREFIX}{me}-{number}-"),
                    names: Vec::new(),
                }));
            }
        };
        if std::env::var("CI").is_ok_and(|ci| ci == "true") {
            bail!("{why}");
        }
        eprintln!("{why}: networks are not tested");
        Ok(None)
    }

    /// A place on no network yet.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn place(&mut self, name: &str) -> Result<Place> {
        let name = format!("{}{name}", self.prefix);
        run("ip", &["netns", "add", &name])?;
        self.names.push(name.clone());
        let place = Place { name };
        // Without it every interface talks to itself for a while: noise in what is counted.
        place.set("ipv6/conf/all/disable_ipv6", "1")?;
        place.set("ipv6/conf/default/disable_ipv6", "1")?;
        place.ip(&["link", "set", "lo", "up"])?;
        Ok(place)
    }

    /// A network that nobody is on yet.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn lan(&mut self, name: &str) -> Result<Lan> {
        let at = self.place(name)?;
        at.ip(&["link", "add", "br0", "type", "bridge", "mcast_snooping", "0"])?;
        at.ip(&["link", "set", "br0", "up"])?;
        Ok(Lan { at, ports: AtomicU32::new(0) })
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for name in &self.names {
            if let Err(error) = run("ip", &["netns", "delete", name]) {
                eprintln!("{error:#}");
            }
        }
    }
}

/// Takes down what runs left behind that were killed.
fn sweep() -> Result<()> {
    for line in run("ip", &["netns", "list"])?.lines() {
        let name = line.split_whitespace().next().unwrap_or_default();
        let maker = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
        if maker.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            // Another run may be sweeping too.
            let _ = run("ip", &["netns", "delete", name]);
        }
    }
    Ok(())
}

fn there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let more = ["/usr/sbin".into(), "/sbin".into()];
    std::env::split_paths(&path).chain(more).any(|folder| folder.join(program).is_file())
}

fn is_root() -> Result<bool> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let ids = status.lines().find_map(|line| line.strip_prefix("Uid:")).context("no Uid")?;
    Ok(ids.split_whitespace().nth(1) == Some("0"))
}

impl Place {
    /// The command that runs `program` here. The process is `program` itself, not a parent of it.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name]).arg(program);
        command
    }

    /// Runs a program here and gives what it printed.
    ///
    /// # Errors
    /// Where it fails, with its words.
    pub fn run(&self, program: &str, args: &[&str]) -> Result<String> {
        run("ip", &[&["netns", "exec", &self.name, program], args].concat())
    }

    fn ip(&self, args: &[&str]) -> Result<String> {
        run("ip", &[&["-n", &self.name], args].concat())
    }

    /// Sets a switch of the kernel's network, where it has that.
    fn set(&self, switch: &str, value: &str) -> Result<()> {
        let path = format!("/proc/sys/net/{switch}");
        self.run("sh", &["-c", &format!("[ ! -e {path} ] || echo {value} >{path}")]).map(drop)
    }

    /// Everything that is not on one of its own networks goes through `gateway`.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn route(&self, gateway: &str) -> Result<()> {
        self.ip(&["route", "add", "default", "via", gateway]).map(drop)
    }

    /// Makes this place a router that hides everybody behind its own address on `wire`, as a
    /// phone company does: connections go out and none comes in.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn hide_behind(&self, wire: &Wire) -> Result<()> {
        self.set("ipv4/ip_forward", "1")?;
        let out = wire.interface.as_str();
        self.nft(&format!(
            "table ip nat {{ chain out {{ type nat hook postrouting priority 100; \
             oifname \"{out}\" masquerade; }} }}
             table inet guard {{ chain through {{ type filter hook forward priority 0; \
             iifname \"{out}\" ct state new drop; }} \
             chain in {{ type filter hook input priority 0; \
             iifname \"{out}\" ct state new drop; }} }}"
        ))
    }

    /// Loses so many of a hundred packets that come in, at random.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn lose(&self, percent: u32) -> Result<()> {
        self.nft(&format!(
            "table inet loss {{}}
             delete table inet loss
             table inet loss {{ chain in {{ type filter hook input priority 0; \
             iifname != \"lo\" numgen random mod 100 < {percent} drop; }} }}"
        ))
    }

    /// Counts from now on what this place says over multicast DNS.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn count_mdns(&self) -> Result<()> {
        self.nft(
            "table inet mdns { counter sent {} \
             chain out { type filter hook output priority 0; \
             oifname != \"lo\" udp dport 5353 counter name sent; } }",
        )
    }

    /// Bytes of multicast DNS said here since [`Place::count_mdns`], from the Ethernet header on.
    ///
    /// # Errors
    /// Where nothing is counted.
    pub fn mdns_bytes(&self) -> Result<u64> {
        let said = self.run("nft", &["list", "counter", "inet", "mdns", "sent"])?;
        let field = |name: &str| -> Result<u64> {
            let value = said.split_whitespace().skip_while(|word| *word != name).nth(1);
            Ok(value.context("no counter")?.parse()?)
        };
        // The counter begins at the IP header.
        Ok(field("bytes")? + ETHERNET_BYTES * field("packets")?)
    }

    fn nft(&self, rules: &str) -> Result<()> {
        // nft wants a line's end after each block.
        self.run("nft", &[&rules.replace('}', "}\n")]).map(drop)
    }
}

impl Lan {
    /// Plugs a place in, under this address with its prefix length, for example `10.0.0.2/24`.
    /// The place's first interface is `eth0`, the next `eth1`.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn plug(&self, place: &Place, address: &str) -> Result<Wire> {
        let port = format!("port{}", self.ports.fetch_add(1, Ordering::Relaxed));
        let there = place.ip(&["-o", "link"])?.lines().count();
        let interface = format!("eth{}", there.saturating_sub(1));
        run(
            "ip",
            &[
                "link",
                "add",
                &interface,
                "netns",
                &place.name,
                "type",
                "veth",
                "peer",
                "name",
                &port,
                "netns",
                &self.at.name,
            ],
        )?;
        self.at.ip(&["link", "set", &port, "master", "br0", "up"])?;
        place.ip(&["addr", "add", address, "dev", &interface])?;
        place.ip(&["link", "set", &interface, "up"])?;
        Ok(Wire { place: place.clone(), interface, lan: self.at.clone(), port })
    }
}

impl Wire {
    /// Cuts it: the place still has its interface and its address, and nothing goes through.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn cut(&self) -> Result<()> {
        self.lan.ip(&["link", "set", &self.port, "down"]).map(drop)
    }

    /// Undoes [`Wire::cut`].
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn mend(&self) -> Result<()> {
        self.lan.ip(&["link", "set", &self.port, "up"]).map(drop)
    }

    /// Makes it carry at most so many kbit/s each way.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn slow(&self, kbit: u32) -> Result<()> {
        for (place, interface) in [(&self.place, &self.interface), (&self.lan, &self.port)] {
            let rate = format!("{kbit}kbit");
            // A queue of some 400 ms, as such lines have.
            run(
                "tc",
                &[
                    "-n",
                    &place.name,
                    "qdisc",
                    "replace",
                    "dev",
                    interface,
                    "root",
                    "tbf",
                    "rate",
                    &rate,
                    "burst",
                    "8kb",
                    "latency",
                    "400ms",
                ],
            )?;
        }
        Ok(())
    }

    /// Bytes that the place sent and received over it, from the Ethernet header on.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn bytes(&self) -> Result<(u64, u64)> {
        let count = |name: &str| -> Result<u64> {
            let path = format!("/sys/class/net/{}/statistics/{name}_bytes", self.interface);
            Ok(self.place.run("cat", &[&path])?.trim().parse()?)
        };
        Ok((count("tx")?, count("rx")?))
    }
}
