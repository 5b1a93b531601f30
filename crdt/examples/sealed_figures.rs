//! What sealing costs: microseconds for each parcel sealed, opened, and tried in vain.
//!
//! `cargo run --release --example sealed_figures`
#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "it measures time")]

use std::time::Instant;

use baro_crdt::ids::CommunityId;
use baro_crdt::keys::MemberKey;
use baro_crdt::sealed::{
    Content, Message, Parcel, SealingSecret, VOICE_BYTES_MAX, Voice, open, seal,
};

const ROUNDS: u32 = 200;

fn each(what: &str, bytes: usize, mut work: impl FnMut()) {
    let since = Instant::now();
    (0..ROUNDS).for_each(|_| work());
    println!(
        "{what:<20} {bytes:>7} B {:>9.1} us",
        since.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS)
    );
}

fn main() {
    let community = CommunityId::from_bytes([2; 32]);
    let by = MemberKey::from_seed([1; 32]);
    let (right, wrong) = (SealingSecret::from_bytes([2; 32]), SealingSecret::from_bytes([3; 32]));
    let message = |text: &str, voice: Option<Voice>| {
        Content::Message(Message { salt: [7; 8], time: 0, text: text.into(), voice, group: None })
    };
    let voice = Voice { media: "audio/ogg".into(), bytes: vec![9; VOICE_BYTES_MAX] };
    for content in [message("Le camion passe jeudi.", None), message("", Some(voice))] {
        let sealed: Option<Parcel> = seal(&community, &by, &right.public(), &content, [5; 32]).ok();
        let Some(parcel) = sealed else { continue };
        let bytes = parcel.as_bytes().len();
        each("sealed", bytes, || {
            std::hint::black_box(seal(&community, &by, &right.public(), &content, [5; 32]).is_ok());
        });
        each("opened", bytes, || {
            std::hint::black_box(open(&community, &right, &parcel).is_ok());
        });
        each("tried in vain", bytes, || {
            std::hint::black_box(open(&community, &wrong, &parcel).is_ok());
        });
    }
}
