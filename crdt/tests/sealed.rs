//! Sealing under property tests: wrong keys, flipped bytes, replays, sizes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use baro_crdt::ids::{CommunityId, MessageId, PersonId, SealingKey};
use baro_crdt::keys::MemberKey;
use baro_crdt::sealed::*;
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use proptest::prelude::*;
use rand_core::SeedableRng;

/// What the protocol's section 18 shows.
const PUBLIC_KEY: &str = "ce8d3ad1ccb633ec7b70c17814a5c76ecd029685050d344745ba05870e587d59";
const PARCEL_ID: &str = "1741bd77732b2ee1c92ff914746118efb04d19cb412ba6e93f7a2377668035d2";
const MESSAGE_ID: &str = "08472efbb197e76cae42b0ee8ee448c0";
const COMMUNITY: CommunityId = CommunityId::from_bytes([2; 32]);

fn text(words: &str) -> Content {
    Content::Message(Message {
        salt: [7; 8],
        time: 1_700_000_000,
        text: words.to_owned(),
        voice: None,
        group: None,
    })
}

fn voice(bytes: usize) -> Content {
    Content::Message(Message {
        salt: [7; 8],
        time: 0,
        text: String::new(),
        voice: Some(Voice { media: "audio/ogg".to_owned(), bytes: vec![9; bytes] }),
        group: None,
    })
}

fn content() -> impl Strategy<Value = Content> {
    let ids = proptest::collection::btree_set(any::<[u8; 16]>(), 1..=64);
    let persons = proptest::collection::btree_set(any::<[u8; 32]>(), 1..=100);
    prop_oneof![
        "[a-z ɛ]{1,3000}".prop_map(|words| text(&words)),
        (1..=VOICE_BYTES_MAX).prop_map(voice),
        (ids, any::<bool>()).prop_map(|(ids, read)| Content::Receipt(MessageReceipt {
            salt: [1; 8],
            time: -5,
            messages: ids.into_iter().map(MessageId::from_bytes).collect(),
            read,
        })),
        (persons, any::<[u8; 32]>()).prop_map(|(persons, secret)| Content::GroupKey(GroupKey {
            salt: [1; 8],
            time: 5,
            nonce: [3; 16],
            epoch: 1,
            list: 0,
            name: "Points focaux".to_owned(),
            secret,
            members: persons.into_iter().map(PersonId::from_bytes).collect(),
        })),
    ]
}

fn keys(seed: u8) -> (MemberKey, SealingSecret) {
    (MemberKey::from_seed([seed; 32]), SealingSecret::from_bytes([seed; 32]))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_sealed_opens_for_its_key_and_no_other(
        content in content(),
        random in any::<[u8; 32]>(),
        other in any::<[u8; 32]>(),
    ) {
        let (awa, _) = keys(1);
        let (_, bakary) = keys(2);
        let parcel = seal(&COMMUNITY, &awa, &bakary.public(), &content, random).unwrap();
        prop_assert!(PARCEL_SIZES.contains(&parcel.as_bytes().len()));
        let opened = open(&COMMUNITY, &bakary, &parcel).unwrap();
        prop_assert_eq!(opened, Opened { by: awa.id(), content });
        let stranger = SealingSecret::from_bytes(other);
        prop_assume!(stranger.public() != bakary.public());
        prop_assert_eq!(open(&COMMUNITY, &stranger, &parcel), Err(SealError::NotForThisKey));
        let elsewhere = CommunityId::from_bytes([3; 32]);
        prop_assert_eq!(open(&elsewhere, &bakary, &parcel), Err(SealError::NotForThisKey));
    }

    #[test]
    fn a_flipped_bit_opens_for_nobody(
        words in "[a-z]{1,2000}",
        at in any::<proptest::sample::Index>(),
        bit in 0u8..8,
    ) {
        let (awa, _) = keys(1);
        let (_, bakary) = keys(2);
        let parcel = seal(&COMMUNITY, &awa, &bakary.public(), &text(&words), [5; 32]).unwrap();
        let mut bytes = parcel.as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        match Parcel::from_bytes(bytes) {
            // X25519 looks at 255 bits of a key. The other one is in the key derivation all the
            // same, so that no parcel has a twin.
            Ok(changed) => {
                prop_assert_ne!(changed.id(), parcel.id());
                prop_assert_eq!(open(&COMMUNITY, &bakary, &changed), Err(SealError::NotForThisKey));
            }
            Err(error) => {
                prop_assert_eq!(at, 0);
                prop_assert_eq!(error, SealError::NotAParcel);
            }
        }
    }

    #[test]
    fn any_bytes_are_refused_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let (_, bakary) = keys(2);
        let mut padded = bytes.clone();
        padded.resize(512, 1);
        padded[0] = 1;
        let parcel = Parcel::from_bytes(padded).unwrap();
        prop_assert!(open(&COMMUNITY, &bakary, &parcel).is_err());
        prop_assert!(Content::from_bytes(&bytes).is_err() || !bytes.is_empty());
    }
}

/// Takes a letter out of a parcel and seals it to another key, as a dishonest recipient would.
fn reseal(
    community: &CommunityId,
    secret: &SealingSecret,
    to: &SealingKey,
    parcel: &Parcel,
    random: [u8; 32],
) -> Parcel {
    type K = X25519HkdfSha256;
    let info = [b"baro parcel 1".as_slice(), community.as_bytes()].concat();
    let bytes = parcel.as_bytes();
    let key = <K as Kem>::EncappedKey::from_bytes(&bytes[1..33]).unwrap();
    let secret = <K as Kem>::PrivateKey::from_bytes(secret.as_bytes()).unwrap();
    let plain = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, K>(
        &OpModeR::Base,
        &secret,
        &key,
        &info,
        &bytes[33..],
        &[1],
    )
    .unwrap();
    let public = <K as Kem>::PublicKey::from_bytes(to.as_bytes()).unwrap();
    let (key, sealed) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, K>(
        &OpModeS::Base,
        &public,
        &info,
        &plain,
        &[1],
        &mut rand_chacha::ChaCha20Rng::from_seed(random),
    )
    .unwrap();
    Parcel::from_bytes([&[1], key.to_bytes().as_slice(), &sealed].concat()).unwrap()
}

#[test]
fn what_was_sealed_to_one_cannot_be_sealed_to_another() {
    let (awa, _) = keys(1);
    let (_, bakary) = keys(2);
    let (_, chaka) = keys(3);
    let said = text("Viens seul.");
    // Bakary takes the signed letter out and seals it to Chaka: the signature names his own key.
    let honest = seal(&COMMUNITY, &awa, &bakary.public(), &said, [5; 32]).unwrap();
    assert!(open(&COMMUNITY, &bakary, &honest).is_ok());
    let resealed = reseal(&COMMUNITY, &bakary, &chaka.public(), &honest, [6; 32]);
    assert_eq!(open(&COMMUNITY, &chaka, &resealed), Err(SealError::NotSigned));
    // To his own key he may: it is the same message.
    let again = reseal(&COMMUNITY, &bakary, &bakary.public(), &honest, [6; 32]);
    assert_ne!(again.id(), honest.id());
    let opened = open(&COMMUNITY, &bakary, &again).unwrap();
    assert_eq!(opened.content.id(&opened.by), said.id(&awa.id()));
}

#[test]
fn the_same_size_for_a_word_and_for_a_line() {
    let (awa, _) = keys(1);
    let (_, bakary) = keys(2);
    let size = |content: &Content| {
        seal(&COMMUNITY, &awa, &bakary.public(), content, [5; 32])
            .map(|parcel| parcel.as_bytes().len())
    };
    assert_eq!(size(&text("a")), Ok(512));
    assert_eq!(size(&text(&"a".repeat(250))), Ok(512));
    assert_eq!(size(&text(&"a".repeat(1_500))), Ok(2_048));
    assert_eq!(size(&text(&"a".repeat(MESSAGE_BYTES_MAX))), Ok(32 * 1024));
    assert_eq!(size(&voice(VOICE_BYTES_MAX)), Ok(PARCEL_BYTES_MAX));
    let receipt = |messages: u8| {
        Content::Receipt(MessageReceipt {
            salt: [0; 8],
            time: 0,
            messages: (0..messages).map(|n| MessageId::from_bytes([n; 16])).collect(),
            read: true,
        })
    };
    // A receipt for one looks like a line of words.
    assert_eq!(size(&receipt(1)), Ok(512));
    assert_eq!(size(&receipt(64)), Ok(2_048));
    assert!(matches!(size(&receipt(65)), Err(SealError::Content(_))));
    assert!(matches!(size(&text("")), Err(SealError::Content(_))));
    assert!(matches!(size(&voice(VOICE_BYTES_MAX + 1)), Err(SealError::Content(_))));
    let both = Content::Message(Message {
        salt: [0; 8],
        time: 0,
        text: "a".repeat(MESSAGE_BYTES_MAX),
        voice: Some(Voice { media: "audio/ogg".to_owned(), bytes: vec![1; VOICE_BYTES_MAX] }),
        group: None,
    });
    assert_eq!(size(&both), Err(SealError::TooLong));
}

#[test]
fn a_key_of_small_order_is_refused() {
    let (awa, _) = keys(1);
    let zero = SealingKey::from_bytes([0; 32]);
    let sealed = seal(&COMMUNITY, &awa, &zero, &text("a"), [5; 32]);
    assert_eq!(sealed.err(), Some(SealError::BadKey));
}

#[test]
fn the_example_of_the_protocol_holds() {
    let (awa, _) = keys(1);
    let (_, bakary) = keys(2);
    let parcel = seal(&COMMUNITY, &awa, &bakary.public(), &text("Bonjour"), [5; 32]).unwrap();
    let said = open(&COMMUNITY, &bakary, &parcel).unwrap();
    let shown = [
        bakary.public().to_string(),
        parcel.id().to_string(),
        said.content.id(&said.by).to_string(),
    ];
    assert_eq!(shown, [PUBLIC_KEY, PARCEL_ID, MESSAGE_ID]);
}
