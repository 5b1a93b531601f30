//! A bad line between two nodes: it carries so many bytes a second each way and is cut again and
//! again, at whatever byte it has come to.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// The most bytes that go over at once; far below any message, so that cuts fall anywhere. On a
/// fast line it is what goes over in a millisecond, up to [`PIECE_BYTES_MAX`].
const PIECE_BYTES: usize = 128;
const PIECE_BYTES_MAX: usize = 16 * 1024;

/// A line that listens here and leads to a node.
pub struct Proxy {
    port: u16,
    contacts: Arc<AtomicU64>,
    bytes: Arc<AtomicU64>,
}

impl Proxy {
    /// Leads to a TCP port of this machine, at so many bytes a second each way; each connection
    /// is cut after `contact`.
    ///
    /// # Errors
    /// Where no port can be had.
    pub fn to(port: u16, bytes_a_second: u32, contact: Duration) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let proxy = Self {
            port: listener.local_addr()?.port(),
            contacts: Arc::default(),
            bytes: Arc::default(),
        };
        let (contacts, bytes) = (Arc::clone(&proxy.contacts), Arc::clone(&proxy.bytes));
        // Ends with the process of the tests.
        std::thread::spawn(move || {
            for near in listener.incoming() {
                let far = TcpStream::connect((Ipv4Addr::LOCALHOST, port));
                let (Ok(near), Ok(far)) = (near, far) else { continue };
                contacts.fetch_add(1, Ordering::Relaxed);
                let bytes = Arc::clone(&bytes);
                std::thread::spawn(move || {
                    // A line that breaks by itself is cut as well.
                    let _ = carry(&near, &far, bytes_a_second, contact, &bytes);
                });
            }
        });
        Ok(proxy)
    }

    /// The address of a node, with this line in between.
    ///
    /// # Errors
    /// Where it is no TCP address.
    pub fn address(&self, node: &str) -> Result<String> {
        let (before, after) = node.split_once("/tcp/").context("no TCP address")?;
        let peer = after.split_once('/').map_or("", |(_, peer)| peer);
        Ok(format!("{before}/tcp/{}/{peer}", self.port))
    }

    /// How often it was connected.
    pub fn contacts(&self) -> u64 {
        self.contacts.load(Ordering::Relaxed)
    }

    /// How many bytes it carried, both ways.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

/// Carries both ways until the contact is over, then cuts.
fn carry(
    near: &TcpStream,
    far: &TcpStream,
    bytes_a_second: u32,
    contact: Duration,
    bytes: &Arc<AtomicU64>,
) -> Result<()> {
    let since = Instant::now();
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    let mut ways = Vec::new();
    for (from, to) in [(near, far), (far, near)] {
        let (mut from, mut to) = (from.try_clone()?, to.try_clone()?);
        let bytes = Arc::clone(bytes);
        ways.push(std::thread::spawn(move || {
            let piece = usize::try_from(bytes_a_second / 1_000).unwrap_or(PIECE_BYTES_MAX);
            let mut piece = vec![0; piece.clamp(PIECE_BYTES, PIECE_BYTES_MAX)];
            let mut carried = 0;
            while let Ok(length @ 1..) = from.read(&mut piece) {
                if to.write_all(piece.get(..length).unwrap_or_default()).is_err() {
                    break;
                }
                carried += length;
                bytes.fetch_add(length as u64, Ordering::Relaxed);
                #[expect(clippy::cast_precision_loss, reason = "kilobytes")]
                let due = Duration::from_secs_f64(carried as f64 / f64::from(bytes_a_second));
                std::thread::sleep(due.saturating_sub(since.elapsed()));
            }
            let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
        }));
    }
    while since.elapsed() < contact && ways.iter().any(|way| !way.is_finished()) {
        std::thread::sleep(Duration::from_millis(2));
    }
    let _ = (near.shutdown(Shutdown::Both), far.shutdown(Shutdown::Both));
    for way in ways {
        let _ = way.join();
    }
    Ok(())
}
