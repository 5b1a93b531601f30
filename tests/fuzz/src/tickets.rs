//! Invite tickets: any text, and any bytes under a right checksum.

use baro_crdt::epoch::EpochSecret;
use baro_crdt::keys::MemberKey;
use baro_node::api::Ticket;
use data_encoding::BASE32_NOPAD;

use crate::input;
use crate::world::WORLD;

const PREFIX: &str = "baro1:";

fn text_of(body: &[u8]) -> String {
    let check = blake3::hash(body);
    let bytes = [body, &check.as_bytes()[..4]].concat();
    format!("{PREFIX}{}", BASE32_NOPAD.encode(&bytes).to_lowercase())
}

/// One input.
pub fn run(data: &[u8]) {
    let Some((mode, rest)) = input::mode(data) else { return };
    let text = match mode & 1 {
        0 => String::from_utf8_lossy(rest).into_owned(),
        _ => text_of(rest),
    };
    let Ok(ticket) = Ticket::from_text(&text) else { return };
    assert!(ticket.community().is_some());
    let written = ticket.to_text();
    if mode & 1 == 1 {
        assert_eq!(written, text, "two tickets say the same");
    }
    let again = Ticket::from_text(&written).expect("a ticket that was written");
    assert_eq!(again.records, ticket.records);
    assert_eq!(again.key.seed(), ticket.key.seed());
    assert_eq!(again.addresses, ticket.addresses);
    assert!(again.epoch == ticket.epoch);
}

/// A ticket, as text and as bytes.
pub fn seeds() -> Vec<Vec<u8>> {
    let key = MemberKey::from_seed([9; 32]);
    let addresses = vec!["/ip4/10.0.0.1/tcp/4001".to_owned()];
    let records = vec![WORLD.founding.clone(), WORLD.grant.clone()];
    let mut ticket = Ticket { records, key, addresses, epoch: None };
    let text = ticket.to_text();
    ticket.epoch = Some(EpochSecret::from_bytes([5; 32]));
    let members_only = ticket.to_text();
    let bytes = BASE32_NOPAD.decode(text[PREFIX.len()..].to_uppercase().as_bytes());
    let mut bytes = bytes.expect("base32");
    bytes.truncate(bytes.len() - 4);
    let texts = [text, members_only].map(|text| [&[0], text.as_bytes()].concat());
    texts.into_iter().chain([[&[1][..], &bytes].concat()]).collect()
}
