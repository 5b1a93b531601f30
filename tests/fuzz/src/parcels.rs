//! Sealed parcels: any bytes of their sizes, any content, any change of a sealed one.

use baro_crdt::ids::CommunityId;
use baro_crdt::keys::MemberKey;
use baro_crdt::sealed::{
    Content, GroupKey, Message, MessageReceipt, PARCEL_SIZES, Parcel, SealingSecret, Voice, open,
    seal,
};

use crate::input;

const COMMUNITY: CommunityId = CommunityId::from_bytes([2; 32]);

/// One input: bytes as a parcel, as a content, or as what is changed in a sealed one.
pub fn run(data: &[u8]) {
    let Some((mode, rest)) = input::mode(data) else { return };
    let secret = SealingSecret::from_bytes([2; 32]);
    let by = MemberKey::from_seed([1; 32]);
    match mode % 3 {
        0 => {
            let Some(size) = PARCEL_SIZES.into_iter().find(|size| *size >= rest.len()) else {
                return;
            };
            let mut bytes = rest.to_vec();
            bytes.resize(size, 0);
            if let Some(version) = bytes.first_mut() {
                *version = 1;
            }
            let parcel = Parcel::from_bytes(bytes).expect("a version and a size");
            assert!(open(&COMMUNITY, &secret, &parcel).is_err(), "nobody sealed this");
        }
        1 => {
            let Ok(content) = Content::from_bytes(rest) else { return };
            assert_eq!(content.to_bytes(), rest, "a content has two encodings");
            let Ok(parcel) = seal(&COMMUNITY, &by, &secret.public(), &content, [5; 32]) else {
                return;
            };
            let opened = open(&COMMUNITY, &secret, &parcel).expect("sealed a moment ago");
            assert_eq!((opened.by, opened.content), (by.id(), content));
        }
        _ => {
            let content = Content::Message(Message {
                salt: [7; 8],
                time: 0,
                text: "Bonjour".to_owned(),
                voice: None,
                group: None,
            });
            let sealed = seal(&COMMUNITY, &by, &secret.public(), &content, [5; 32]);
            let sealed = sealed.expect("a short message").into_bytes();
            let mut bytes = sealed.clone();
            for (to, from) in bytes.iter_mut().zip(rest) {
                *to ^= from;
            }
            let Ok(parcel) = Parcel::from_bytes(bytes) else { return };
            assert_eq!(open(&COMMUNITY, &secret, &parcel).is_ok(), parcel.as_bytes() == sealed);
        }
    }
}

/// A content of each kind, a parcel, and a changed one.
pub fn seeds() -> Vec<Vec<u8>> {
    let salt = [7; 8];
    let members = vec![MemberKey::from_seed([1; 32]).id()];
    let voice = Some(Voice { media: "audio/ogg".to_owned(), bytes: vec![1; 64] });
    let contents = [
        Content::Message(Message { salt, time: 1, text: "Bonjour".to_owned(), voice, group: None }),
        Content::Receipt(MessageReceipt {
            salt,
            time: 1,
            messages: vec![baro_crdt::ids::MessageId::from_bytes([3; 16])],
            read: true,
        }),
        Content::GroupKey(GroupKey {
            salt,
            time: 1,
            nonce: [4; 16],
            epoch: 1,
            list: 0,
            name: "Points focaux".to_owned(),
            secret: [5; 32],
            members,
        }),
    ];
    let mut seeds: Vec<Vec<u8>> =
        contents.iter().map(|content| [&[1], content.to_bytes().as_slice()].concat()).collect();
    seeds.push([&[0], [9; 511].as_slice()].concat());
    seeds.push([&[2], [0; 40].as_slice(), &[1]].concat());
    seeds
}
