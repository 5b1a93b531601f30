//! Names of places and peers as the rest of the node sees them, without libp2p's types.

use std::net::{IpAddr, SocketAddr};
use std::{fmt, str::FromStr};

use libp2p::{Multiaddr, PeerId, identity::Keypair, multiaddr::Protocol};

/// A multiaddress, such as `/ip4/192.168.1.7/udp/4001/quic-v1/p2p/12D3KooW…`.
///
/// Any valid multiaddress is taken here; whether this node can dial it shows when it is dialled.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address(Multiaddr);

/// Why a text is no address or no peer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The text is no multiaddress; the second field says what is wrong with it.
    #[error("{0:?} is not an address ({1}); one looks like /ip4/192.168.1.7/tcp/4001")]
    Address(String, String),
    /// The text or the bytes name no peer.
    #[error("{0:?} is not the name of a peer; one looks like 12D3KooW…")]
    Peer(String),
}

impl Address {
    /// The peer that is expected at this address, where its last part is `/p2p/PEER`.
    pub fn peer(&self) -> Option<PeerName> {
        match self.0.iter().last() {
            Some(Protocol::P2p(peer)) => Some(PeerName(peer)),
            _ => None,
        }
    }

    /// The same place with `/p2p/PEER` at its end, in place of any other peer named there.
    pub fn with_peer(&self, peer: PeerName) -> Address {
        Address(self.without_peer().with(Protocol::P2p(peer.0)))
    }

    pub(super) fn without_peer(&self) -> Multiaddr {
        let mut bare = self.0.clone();
        if self.peer().is_some() {
            bare.pop();
        }
        bare
    }

    /// The place that it is at, by which strangers share ([`crate::net`]): an IPv4 address or an
    /// IPv6 network of 64 bits; none for what goes over another peer.
    pub fn place(&self) -> Option<[u8; 8]> {
        super::turns::Place::of(&self.0).map(super::turns::Place::bytes)
    }

    /// The IP address it begins with; none where it begins with a name or goes over another peer.
    pub(super) fn ip(&self) -> Option<IpAddr> {
        if self.is_relayed() {
            return None;
        }
        match self.0.iter().next() {
            Some(Protocol::Ip4(ip)) => Some(ip.into()),
            Some(Protocol::Ip6(ip)) => Some(ip.into()),
            _ => None,
        }
    }

    /// Whether it goes over another peer.
    pub(super) fn is_relayed(&self) -> bool {
        self.0.iter().any(|part| matches!(part, Protocol::P2pCircuit))
    }

    /// The address at which this place, whose own name it ends in, relays for a node.
    pub(super) fn circuit(&self) -> Multiaddr {
        self.0.clone().with(Protocol::P2pCircuit)
    }

    /// The TCP socket that listening here would take; none for other transports.
    pub(super) fn tcp_socket(&self) -> Option<SocketAddr> {
        let (mut ip, mut port) = (None, None);
        for part in &self.0 {
            match part {
                Protocol::Ip4(address) => ip = Some(IpAddr::V4(address)),
                Protocol::Ip6(address) => ip = Some(IpAddr::V6(address)),
                Protocol::Tcp(number) => port = Some(number),
                _ => {}
            }
        }
        Some(SocketAddr::new(ip?, port?))
    }

    /// Whether the address speaks QUIC (over UDP).
    pub(super) fn is_quic(&self) -> bool {
        self.0.iter().any(|part| matches!(part, Protocol::QuicV1))
    }

    pub(super) fn multiaddr(&self) -> &Multiaddr {
        &self.0
    }
}

impl From<Multiaddr> for Address {
    fn from(address: Multiaddr) -> Self {
        Address(address)
    }
}

impl FromStr for Address {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let refuse = |why: String| NameError::Address(text.to_owned(), why);
        let address: Multiaddr = text.trim().parse().map_err(|why| refuse(format!("{why}")))?;
        if address.is_empty() {
            return Err(refuse("it is empty".to_owned()));
        }
        Ok(Address(address))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A device on the network: its libp2p `PeerId`, which is made from its ed25519 public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PeerName(pub(super) PeerId);

impl PeerName {
    /// The name of the device that holds this ed25519 secret.
    pub fn from_seed(seed: &[u8; 32]) -> PeerName {
        PeerName(keypair(seed).public().to_peer_id())
    }

    /// The binary form, 38 bytes for ed25519 keys.
    pub fn to_bytes(self) -> Vec<u8> {
        self.0.to_bytes()
    }

    /// Reads what [`PeerName::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<PeerName, NameError> {
        PeerId::from_bytes(bytes)
            .map(PeerName)
            .map_err(|_| NameError::Peer(format!("{} bytes", bytes.len())))
    }
}

impl FromStr for PeerName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        text.trim().parse().map(PeerName).map_err(|_| NameError::Peer(text.to_owned()))
    }
}

impl fmt::Display for PeerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The libp2p key pair of a 32-byte secret.
pub(super) fn keypair(seed: &[u8; 32]) -> Keypair {
    // Every 32 bytes are a valid ed25519 secret, so this fails only if libp2p changes that.
    #[allow(clippy::expect_used)]
    Keypair::ed25519_from_bytes(*seed).expect("32 bytes are an ed25519 secret")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_address_keeps_its_text_and_names_its_peer() {
        let peer = PeerName::from_seed(&[7; 32]);
        let text = format!("/ip4/10.0.0.1/udp/4001/quic-v1/p2p/{peer}");
        let address: Address = text.parse().unwrap();
        assert_eq!(address.to_string(), text);
        assert_eq!(address.peer(), Some(peer));
        assert_eq!(address.without_peer().to_string(), "/ip4/10.0.0.1/udp/4001/quic-v1");
        let other = PeerName::from_seed(&[8; 32]);
        assert_eq!(address.with_peer(other).peer(), Some(other));
        assert!(address.is_quic());
    }

    #[test]
    fn what_is_no_address_is_refused_in_words() {
        for text in ["", "10.0.0.1:4001", "/ip4/300.0.0.1/tcp/1", "/ip4/10.0.0.1/tcp", "http://x"] {
            let refused = Address::from_str(text).unwrap_err().to_string();
            assert!(refused.contains("is not an address"), "{refused}");
        }
    }

    #[test]
    fn a_peer_survives_text_and_bytes() {
        let peer = PeerName::from_seed(&[9; 32]);
        assert_eq!(peer.to_string().parse(), Ok(peer));
        assert_eq!(PeerName::from_bytes(&peer.to_bytes()), Ok(peer));
        assert_eq!(peer.to_bytes().len(), 38);
        assert!(PeerName::from_bytes(&[1, 2, 3]).is_err());
        assert!("nobody".parse::<PeerName>().is_err());
    }
}
