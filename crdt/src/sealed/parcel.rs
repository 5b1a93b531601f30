//! Parcels: sealing, opening, and the sizes they come in.

use std::fmt;

use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::Content;
use crate::codec;
use crate::ids::{CommunityId, ParcelId, PersonId, SealingKey};
use crate::keys::{MemberKey, Signature, verify};

/// The sizes of parcels, in bytes. Words of a line or two fit the first, a voice note the last.
pub const PARCEL_SIZES: [usize; 5] = [512, 2 * 1024, 8 * 1024, 32 * 1024, 128 * 1024];
/// The size of the largest parcel, in bytes.
pub const PARCEL_BYTES_MAX: usize = 128 * 1024;
/// The version that parcels begin with.
const VERSION: u8 = 1;
/// The bytes of an encapsulated key.
pub(super) const KEY_BYTES: usize = 32;
/// The bytes that authenticate a ciphertext.
pub(super) const TAG_BYTES: usize = 16;
/// What a parcel has beside what it pads: version, key, tag.
const OVERHEAD_BYTES: usize = 1 + KEY_BYTES + TAG_BYTES;
/// The bytes that say how long the letter is, before the padding.
const LENGTH_BYTES: usize = 4;

pub(super) type Secret = <X25519HkdfSha256 as Kem>::PrivateKey;
pub(super) type Public = <X25519HkdfSha256 as Kem>::PublicKey;
pub(super) type Encapsulated = <X25519HkdfSha256 as Kem>::EncappedKey;

/// Why something could not be sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The content breaks a rule.
    #[error("{0}")]
    Content(&'static str),
    /// Words and voice together are more than the largest parcel holds.
    #[error("this is too long for one message: at most some 128 kB, words and voice together")]
    TooLong,
    /// The key is none that anything can be sealed to.
    #[error("this key cannot be sealed to")]
    BadKey,
    /// The bytes are no parcel: another version, or none of its sizes.
    #[error("these bytes are no parcel")]
    NotAParcel,
    /// Sealed to another key, or changed on its way: the two cannot be told apart.
    #[error("not sealed to this key")]
    NotForThisKey,
    /// It opens, and what stands inside is not signed by who it names, or was sealed to another
    /// key or in another community before.
    #[error("what stands inside was not signed for this key")]
    NotSigned,
    /// It opens, and what stands inside is damaged or of a later kind.
    #[error("what stands inside is of an unknown kind")]
    Unreadable,
}

/// The secret half of a [`SealingKey`].
#[derive(Clone, PartialEq, Eq)]
pub struct SealingSecret([u8; 32]);

impl SealingSecret {
    /// The secret made of these random bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for keeping on the device and for a group's members.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The public half.
    pub fn public(&self) -> SealingKey {
        let mut bytes = [0; 32];
        X25519HkdfSha256::sk_to_pk(&self.secret()).write_exact(&mut bytes);
        SealingKey::from_bytes(bytes)
    }

    pub(super) fn secret(&self) -> Secret {
        match Secret::from_bytes(&self.0) {
            Ok(secret) => secret,
            Err(error) => unreachable!("any 32 bytes are a secret: {error}"),
        }
    }
}

impl fmt::Debug for SealingSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingSecret({:?})", self.public())
    }
}

/// A parcel as carriers have it: its bytes are of a known version and one of the sizes.
#[derive(Clone, PartialEq, Eq)]
pub struct Parcel {
    bytes: Vec<u8>,
}

impl fmt::Debug for Parcel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Parcel({:?}, {} bytes)", self.id(), self.bytes.len())
    }
}

impl Parcel {
    /// Takes bytes from anywhere.
    ///
    /// # Errors
    /// [`SealError::NotAParcel`] where they are of another version, or of none of the sizes.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, SealError> {
        let fits = PARCEL_SIZES.contains(&bytes.len()) && bytes.first() == Some(&VERSION);
        if fits { Ok(Self { bytes }) } else { Err(SealError::NotAParcel) }
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its bytes, given away.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Its id.
    pub fn id(&self) -> ParcelId {
        ParcelId::from_bytes(*blake3::hash(&self.bytes).as_bytes())
    }
}

/// What was found in a parcel, its signature verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Who sent it.
    pub by: PersonId,
    /// What they said.
    pub content: Content,
}

/// A content with its signature: what is sealed.
#[derive(Debug, Encode, Decode)]
#[cbor(array)]
struct Letter {
    #[n(0)]
    by: PersonId,
    #[n(1)]
    content: ByteVec,
    #[n(2)]
    signature: Signature,
}

/// What a sender signs.
fn signed(community: &CommunityId, to: &SealingKey, content: &[u8]) -> Vec<u8> {
    [b"baro letter 1".as_slice(), community.as_bytes(), to.as_bytes(), content].concat()
}

fn info(community: &CommunityId) -> Vec<u8> {
    [b"baro parcel 1".as_slice(), community.as_bytes()].concat()
}

/// Seals a content to a key, signed by its sender. `random` is used for nothing else.
///
/// # Errors
/// [`SealError`] where the content breaks a rule or is too long, or the key is none.
pub fn seal(
    community: &CommunityId,
    by: &MemberKey,
    to: &SealingKey,
    content: &Content,
    random: [u8; 32],
) -> Result<Parcel, SealError> {
    content.check().map_err(SealError::Content)?;
    let content = content.to_bytes();
    let signature = by.sign(&signed(community, to, &content));
    let letter = codec::encode(&Letter { by: by.id(), content: content.into(), signature });
    let needed = OVERHEAD_BYTES + LENGTH_BYTES + letter.len();
    let size = PARCEL_SIZES.into_iter().find(|size| *size >= needed).ok_or(SealError::TooLong)?;
    let length = u32::try_from(letter.len()).map_err(|_| SealError::TooLong)?;
    let mut plain = Vec::with_capacity(size);
    plain.extend_from_slice(&length.to_be_bytes());
    plain.extend_from_slice(&letter);
    plain.resize(size - OVERHEAD_BYTES, 0);
    let public = Public::from_bytes(to.as_bytes()).map_err(|_| SealError::BadKey)?;
    let (key, sealed) =
        hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeS::Base,
            &public,
            &info(community),
            &plain,
            &[VERSION],
            &mut ChaCha20Rng::from_seed(random),
        )
        .map_err(|_| SealError::BadKey)?;
    let mut bytes = vec![VERSION];
    bytes.extend_from_slice(&key.to_bytes());
    bytes.extend_from_slice(&sealed);
    debug_assert!(bytes.len() == size, "padded to its size");
    Parcel::from_bytes(bytes)
}

/// Opens a parcel with a secret key.
///
/// # Errors
/// [`SealError::NotForThisKey`] for whom it is not meant; others where it opens and is not what it
/// should be, which only its sender can bring about.
pub fn open(
    community: &CommunityId,
    secret: &SealingSecret,
    parcel: &Parcel,
) -> Result<Opened, SealError> {
    let (head, sealed) =
        parcel.bytes.split_at_checked(1 + KEY_BYTES).ok_or(SealError::NotAParcel)?;
    let key = head.get(1..).unwrap_or_default();
    let key = Encapsulated::from_bytes(key).map_err(|_| SealError::NotAParcel)?;
    let plain = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        &secret.secret(),
        &key,
        &info(community),
        sealed,
        &[VERSION],
    )
    .map_err(|_| SealError::NotForThisKey)?;
    let (length, rest) = plain.split_first_chunk::<LENGTH_BYTES>().ok_or(SealError::Unreadable)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| SealError::Unreadable)?;
    let (letter, padding) = rest.split_at_checked(length).ok_or(SealError::Unreadable)?;
    if padding.iter().any(|byte| *byte != 0) {
        return Err(SealError::Unreadable);
    }
    let letter: Letter = codec::decode(letter).map_err(|_| SealError::Unreadable)?;
    let message = signed(community, &secret.public(), &letter.content);
    if !verify(&letter.by, &message, &letter.signature) {
        return Err(SealError::NotSigned);
    }
    let content = Content::from_bytes(&letter.content).map_err(|_| SealError::Unreadable)?;
    Ok(Opened { by: letter.by, content })
}
