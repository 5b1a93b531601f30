//! A peer that breaks the rules on purpose, as a process of its own, for the end-to-end tests and
//! for `figures hostile`.
//!
//! ```text
//! hostile ATTACK ADDRESS TICKET SECONDS
//! ```
//!
//! `outsider` and `outsider-dialled` take a community's id in the place of a ticket, and print all
//! that they hear.
//!
//! It speaks what `docs/protocol.md` says, with an encoding of its own, and does one thing to the
//! node at ADDRESS for so many seconds: what is in `frames` and `crowd` anybody on the network can do,
//! what is in `sessions`, `signed`, `flood` and `answers` somebody who holds the ticket. `symbols` and
//! `impostor` wait at ADDRESS to be dialled, `between` at a second one behind a comma; `ears` listens to
//! multicast DNS on the interface with that address; `bombs` writes a file ADDRESS beside the honest one
//! that is named in the place of a ticket. It prints `ready`, and at its end how often it was done.
#![allow(clippy::unwrap_used)]

mod answers;
mod between;
mod crowd;
mod ears;
mod files;
mod flood;
mod frames;
mod link;
mod outsider;
mod said;
mod sessions;
mod signed;
mod written;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use baro_node::api::Ticket;
use baro_node::net::Address;
use libp2p::Multiaddr;

/// What all attacks know.
#[derive(Clone)]
struct Aim {
    /// Where the attacked node listens, with its name; or where to wait for it.
    at: Address,
    /// The same for libp2p.
    way: Multiaddr,
    ticket: Arc<Ticket>,
    /// How often it was done.
    done: Arc<AtomicU64>,
}

impl Aim {
    fn count(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

/// Somebody who knows no more than a community's id, in the place of a ticket.
async fn outside(what: &str, at: &str, community: &str, seconds: &str) {
    let (at, community) = (at.parse().unwrap(), community.parse().unwrap());
    let time = Duration::from_secs(seconds.parse().unwrap());
    let heard: std::pin::Pin<Box<dyn Future<Output = ()>>> = match what {
        "outsider" => Box::pin(outsider::dials(at, community)),
        _ => Box::pin(outsider::is_dialled(at)),
    };
    let _ = tokio::time::timeout(time, heard).await;
    std::process::exit(0);
}

#[tokio::main]
async fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [attack, at, ticket, seconds] = args.as_slice() else {
        eprintln!("hostile ATTACK ADDRESS TICKET SECONDS");
        std::process::exit(2);
    };
    if let "outsider" | "outsider-dialled" = attack.as_str() {
        return outside(attack, at, ticket, seconds).await;
    }
    if attack == "ears" {
        return ears::listen(at.parse().unwrap());
    }
    if attack == "bombs" {
        return files::bombs(at, ticket);
    }
    if attack == "impostor" {
        return between::impostor(at.parse().unwrap()).await;
    }
    // Where the one in between waits comes behind the node's address.
    let (at, own) = at.split_once(',').unwrap_or((at, ""));
    let aim = Aim {
        at: at.parse().unwrap(),
        way: at.parse().unwrap(),
        ticket: Arc::new(Ticket::from_text(ticket).unwrap()),
        done: Arc::default(),
    };
    let attack: std::pin::Pin<Box<dyn Future<Output = ()>>> = match attack.as_str() {
        "between" => Box::pin(between::between(aim.clone(), own.parse().unwrap())),
        "oversized" => Box::pin(frames::oversized(aim.clone())),
        "dripping" => Box::pin(frames::dripping(aim.clone())),
        "endless" => Box::pin(frames::endless(aim.clone())),
        "crowd" => Box::pin(crowd::crowd(aim.clone())),
        "symbols" => Box::pin(answers::symbols(aim.clone())),
        "heads" => Box::pin(sessions::heads(aim.clone())),
        "counts" => Box::pin(sessions::counts(aim.clone())),
        "blobs" => Box::pin(sessions::blobs(aim.clone())),
        "signatures" => Box::pin(signed::signatures(aim.clone())),
        "fork" => Box::pin(signed::fork(aim.clone())),
        "texts" => Box::pin(signed::texts(aim.clone())),
        "flood" => Box::pin(flood::flood(aim.clone())),
        other => panic!("no attack {other}"),
    };
    println!("ready");
    let time = Duration::from_secs(seconds.parse().unwrap());
    // Most attacks end with their time only.
    let _ = tokio::time::timeout(time, attack).await;
    println!("{}", aim.done.load(Ordering::Relaxed));
    // What is still connected need not end in good order.
    std::process::exit(0);
}
