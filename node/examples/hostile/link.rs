//! A link of the hostile peer, over the node's own network part: whole frames, said and heard.

use std::time::Duration;

use baro_node::net::{Address, LinkId, NetConfig, NetEvent, NetHandle, start};
use tokio::sync::mpsc::Receiver;
use zstd::stream::raw::{Decoder, InBuffer, Operation, OutBuffer};

use super::random;

const PATIENCE: Duration = Duration::from_secs(10);

/// A link that stands.
pub(super) struct Link {
    net: NetHandle,
    events: Receiver<NetEvent>,
    link: LinkId,
    sent: u8,
    unpack: Decoder<'static>,
    pub(super) me: Vec<u8>,
    pub(super) they: Vec<u8>,
}

/// Somebody new on the network, who listens where that is asked for.
pub(super) fn begin(listen: Option<Address>) -> (NetHandle, Receiver<NetEvent>) {
    let config = NetConfig { listen: listen.into_iter().collect(), ..NetConfig::new(random()) };
    start(config).unwrap()
}

impl Link {
    /// Links with the node as somebody new; `None` where that is refused.
    pub(super) async fn dial(at: &Address) -> Option<Link> {
        let (net, events) = begin(None);
        net.dial(at.clone()).await;
        Link::next(net, events).await
    }

    /// The next link that stands.
    pub(super) async fn next(net: NetHandle, mut events: Receiver<NetEvent>) -> Option<Link> {
        let up = async {
            loop {
                match events.recv().await? {
                    NetEvent::LinkUp { link, peer, .. } => return Some((link, peer.to_bytes())),
                    NetEvent::DialFailed { .. } => return None,
                    _ => {}
                }
            }
        };
        let (link, they) = tokio::time::timeout(PATIENCE, up).await.ok()??;
        let me = net.peer().to_bytes();
        let unpack = Decoder::new().unwrap();
        Some(Link { net, events, link, sent: 0, unpack, me, they })
    }

    /// Says a message, plainly; waits while the queue is full. `false` when the link is gone.
    pub(super) async fn say(&mut self, message: &[u8]) -> bool {
        let frame = [&[self.sent, 0], message].concat();
        self.sent = self.sent.wrapping_add(1);
        loop {
            match self.net.send(self.link, frame.clone().into()) {
                Ok(()) => return true,
                Err(baro_node::net::SendRefused::Full) => {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                Err(_) => return false,
            }
        }
    }

    /// The next message, unpacked; `None` when the link is gone.
    pub(super) async fn hear(&mut self) -> Option<Vec<u8>> {
        loop {
            match self.events.recv().await? {
                NetEvent::Frame { link, frame, .. } if link == self.link => {
                    let (header, body) = frame.split_at_checked(2)?;
                    match header {
                        [_, 0] => return Some(body.to_vec()),
                        [_, 1] => return Some(self.unpacked(body)),
                        // What is pushed live and packed by itself is of no interest here.
                        _ => {}
                    }
                }
                NetEvent::LinkDown { link, .. } if link == self.link => return None,
                _ => {}
            }
        }
    }

    /// The next message of variant `n`, behind its number; others are passed over.
    pub(super) async fn hear_of(&mut self, n: u32) -> Option<Vec<u8>> {
        loop {
            let message = self.hear().await?;
            if number(&message) == Some(n) {
                return Some(message);
            }
        }
    }

    /// Hears until the link is gone, or as long as somebody has patience.
    pub(super) async fn wait(&mut self, patience: Duration) {
        let _ =
            tokio::time::timeout(patience, async { while self.hear().await.is_some() {} }).await;
    }

    /// Ends it.
    pub(super) fn close(&self) {
        self.net.close(self.link, "enough was heard");
    }

    /// What is heard of the network after this link.
    pub(super) fn into_events(self) -> Receiver<NetEvent> {
        self.events
    }

    fn unpacked(&mut self, body: &[u8]) -> Vec<u8> {
        // Each session's stream begins with zstd's mark.
        if body.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
            self.unpack = Decoder::new().unwrap();
        }
        let mut message = Vec::new();
        let mut room = vec![0; 64 << 10];
        let mut from = InBuffer::around(body);
        loop {
            let mut to = OutBuffer::around(room.as_mut_slice());
            self.unpack.run(&mut from, &mut to).unwrap();
            let full = to.pos() == to.capacity();
            message.extend_from_slice(to.as_slice());
            if from.pos() == body.len() && !full {
                return message;
            }
        }
    }
}

/// Which message it is.
pub(super) fn number(message: &[u8]) -> Option<u32> {
    let mut read = minicbor::Decoder::new(message);
    read.array().ok()?;
    read.u32().ok()
}
