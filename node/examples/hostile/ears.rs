//! Somebody on the same network who only listens: everything that is said by multicast DNS.

use std::net::{Ipv4Addr, UdpSocket};

const PORT: u16 = 5353;
const GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);

/// Prints each packet, one a line.
pub(super) fn listen(own: Ipv4Addr) {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, PORT)).unwrap();
    socket.join_multicast_v4(&GROUP, &own).unwrap();
    println!("ready");
    let mut packet = [0; 9_000];
    while let Ok((length, from)) = socket.recv_from(&mut packet) {
        let packet = packet.get(..length).unwrap();
        println!("{} {}", from.ip(), data_encoding::HEXLOWER.encode(packet));
    }
}
