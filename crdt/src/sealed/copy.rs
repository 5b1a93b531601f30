//! An epoch's secret sealed to one member, as it stands in a sealed bundle: a member tries their
//! keys on every copy, and nobody can tell for whom, or how many, there are.

use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, OpModeR, OpModeS, Serializable};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::parcel::{Encapsulated, KEY_BYTES, Public, SealError, SealingSecret, TAG_BYTES};
use crate::epoch::EpochSecret;
use crate::ids::SealingKey;

/// How many bytes a copy has.
pub const COPY_BYTES: usize = KEY_BYTES + 32 + TAG_BYTES;

fn info(salt: &[u8; 16]) -> Vec<u8> {
    [b"baro epoch copy 1".as_slice(), salt].concat()
}

/// Seals a secret to a member's key. `random` is used for nothing else, `salt` is the bundle's.
///
/// # Errors
/// [`SealError::BadKey`] where the key is none.
pub fn seal_copy(
    to: &SealingKey,
    salt: &[u8; 16],
    secret: &EpochSecret,
    random: [u8; 32],
) -> Result<[u8; COPY_BYTES], SealError> {
    let public = Public::from_bytes(to.as_bytes()).map_err(|_| SealError::BadKey)?;
    let (key, sealed) =
        hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeS::Base,
            &public,
            &info(salt),
            secret.as_bytes(),
            &[],
            &mut ChaCha20Rng::from_seed(random),
        )
        .map_err(|_| SealError::BadKey)?;
    let bytes = [key.to_bytes().as_slice(), &sealed].concat();
    bytes.try_into().map_err(|_| SealError::BadKey)
}

/// Opens a copy; `None` for whom it is not.
pub fn open_copy(
    secret: &SealingSecret,
    salt: &[u8; 16],
    copy: &[u8; COPY_BYTES],
) -> Option<EpochSecret> {
    let (key, sealed) = copy.split_at(KEY_BYTES);
    let key = Encapsulated::from_bytes(key).ok()?;
    let opened = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        &secret.secret(),
        &key,
        &info(salt),
        sealed,
        &[],
    );
    Some(EpochSecret::from_bytes(opened.ok()?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_opens_for_its_member_in_its_bundle_alone() {
        let (mine, theirs) =
            (SealingSecret::from_bytes([1; 32]), SealingSecret::from_bytes([2; 32]));
        let secret = EpochSecret::from_bytes([3; 32]);
        let copy = seal_copy(&mine.public(), &[4; 16], &secret, [5; 32]).unwrap();
        assert_eq!(open_copy(&mine, &[4; 16], &copy), Some(secret));
        assert_eq!(open_copy(&theirs, &[4; 16], &copy), None);
        assert_eq!(open_copy(&mine, &[6; 16], &copy), None);
        let zero = SealingKey::from_bytes([0; 32]);
        assert!(seal_copy(&zero, &[4; 16], &EpochSecret::from_bytes([3; 32]), [5; 32]).is_err());
    }
}
