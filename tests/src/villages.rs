//! Three villages that are never all connected, and an uplink: 1 and 2 meet over QUIC, 2 and 3
//! only through bundles carried both ways, 3 alone reaches the uplink node 4 over TCP.

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::polis::Debate;
use crate::{Device, Running};

/// The four nodes and the debate they hold.
pub struct Villages {
    /// Villages 1, 2 and 3, then the uplink.
    pub nodes: [Device; 4],
    /// The debate's id.
    pub debate: String,
    second: Option<Running>,
    uplink: Option<Running>,
}

fn person(device: &Device) -> Result<String> {
    let who = device.json(&["whoami"])?;
    Ok(who.pointer("/person/0/id").and_then(Value::as_str).context("no person")?.to_owned())
}

impl Villages {
    /// A community of four nodes, villages 2 and 3 with a facilitator who vouches for the voters.
    ///
    /// # Errors
    /// Where a command fails.
    pub fn found(name: &str) -> Result<Self> {
        let nodes =
            [Device::of("Awa")?, Device::of("Bakary")?, Device::of("Coumba")?, Device::of("Hub")?];
        let [one, two, three, four] = &nodes;
        one.made(&["community", "create", name])?;
        let invite = one.json(&["invite"])?;
        let ticket = invite.get("ticket").and_then(Value::as_str).context("no ticket")?;
        for other in [two, three, four] {
            other.json(&["join", ticket])?;
        }
        one.json(&["grant", &person(two)?, "facilitator"])?;
        one.json(&["grant", &person(three)?, "facilitator"])?;
        let debate = one.made(&["debate", "open", name])?;
        let second = two.start(&["--listen", "/ip4/127.0.0.1/udp/0/quic-v1"])?;
        let uplink = four.start(&["--listen", "/ip4/127.0.0.1/tcp/0"])?;
        let villages = Self { nodes, debate, second: Some(second), uplink: Some(uplink) };
        villages.exchange()?;
        Ok(villages)
    }

    /// One and two meet, bundles go from two to three and back, three reaches the uplink, and one
    /// and two meet again.
    ///
    /// # Errors
    /// Where a contact fails.
    pub fn exchange(&self) -> Result<()> {
        let [one, two, three, _] = &self.nodes;
        let second = self.second.as_ref().context("village 2 does not run")?.address("quic-v1")?;
        let uplink = self.uplink.as_ref().context("the uplink does not run")?.address("tcp")?;
        one.json(&["sync", second])?;
        carry(two, three)?;
        carry(three, two)?;
        three.json(&["sync", uplink])?;
        one.json(&["sync", second])?;
        Ok(())
    }

    /// Puts a debate in: persons and comments, an exchange, the votes, an exchange.
    ///
    /// # Errors
    /// Where anything fails.
    pub fn play(&self, source: &Debate) -> Result<()> {
        for (village, node) in (0..3).zip([2, 0, 1]) {
            let node = self.nodes.get(node).context("three villages")?;
            node.batch(&source.persons(village, 3))?;
            node.batch(&source.says(&self.debate, village, 3))?;
        }
        self.exchange()?;
        for (village, node) in (0..3).zip([2, 0, 1]) {
            let node = self.nodes.get(node).context("three villages")?;
            node.batch(&source.casts(village, 3))?;
        }
        self.exchange()
    }

    /// The one digest that all four have.
    ///
    /// # Errors
    /// Where they differ.
    pub fn digest(&self) -> Result<String> {
        let digests = self.nodes.iter().map(Device::digest).collect::<Result<Vec<_>>>()?;
        match digests.as_slice() {
            [first, rest @ ..] if rest.iter().all(|digest| digest == first) => Ok(first.clone()),
            _ => bail!("the digests differ: {digests:?}"),
        }
    }
}

/// Carries a bundle from one node to another: the receiver says what it holds, the sender packs
/// what is missing.
///
/// # Errors
/// Where a command fails.
pub fn carry(from: &Device, to: &Device) -> Result<()> {
    let (digest, bundle) = (to.file("have.digest"), from.file("out.bundle"));
    let (digest, bundle) = (digest.to_str().context("a path")?, bundle.to_str().context("a path")?);
    to.json(&["bundle", "digest", digest])?;
    from.json(&["bundle", "export", bundle, "--for", digest])?;
    to.json(&["bundle", "import", bundle])?;
    Ok(())
}
