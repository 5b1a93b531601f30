//! Offers on the way: one byte string, each of them [`OFFER_BYTES`] of it, so that what is only
//! hashes and masks takes no more than it has.

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

use super::Offer;

/// How many bytes an offer takes.
pub(crate) const OFFER_BYTES: usize = 8 + 6 + 4 + 1 + 4 + 16 + 4;

impl Offer {
    /// As it travels.
    pub(crate) fn to_bytes(&self) -> [u8; OFFER_BYTES] {
        let Self { tag, state, records, flags, logs, counters, parcels } = self;
        let (flags, logs) = ([*flags], logs.to_be_bytes());
        let parts: [&[u8]; 7] = [tag, state, records, &flags, &logs, counters, parcels];
        let mut bytes = [0; OFFER_BYTES];
        bytes.iter_mut().zip(parts.into_iter().flatten()).for_each(|(to, from)| *to = *from);
        bytes
    }

    /// What these bytes say: any do.
    pub(crate) fn from_bytes(bytes: &[u8; OFFER_BYTES]) -> Self {
        let mut rest = bytes.as_slice();
        Self {
            tag: next(&mut rest),
            state: next(&mut rest),
            records: next(&mut rest),
            flags: u8::from_be_bytes(next(&mut rest)),
            logs: u32::from_be_bytes(next(&mut rest)),
            counters: next(&mut rest),
            parcels: next(&mut rest),
        }
    }
}

/// The next of some bytes that are enough.
fn next<const N: usize>(rest: &mut &[u8]) -> [u8; N] {
    let Some((taken, behind)) = rest.split_first_chunk() else { return [0; N] };
    *rest = behind;
    *taken
}

/// All of a hello.
pub(super) mod all {
    use super::*;

    pub(in super::super) fn encode<C, W: encode::Write>(
        offers: &[Offer],
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        let bytes: Vec<u8> = offers.iter().flat_map(Offer::to_bytes).collect();
        e.bytes(&bytes)?.ok()
    }

    pub(in super::super) fn decode<C>(
        d: &mut Decoder<'_>,
        _: &mut C,
    ) -> Result<Vec<Offer>, decode::Error> {
        let (offers, rest) = d.bytes()?.as_chunks::<OFFER_BYTES>();
        match rest {
            [] => Ok(offers.iter().map(Offer::from_bytes).collect()),
            _ => Err(decode::Error::message("an offer that is cut short")),
        }
    }
}

/// One alone, within what members prove.
impl<C> Encode<C> for Offer {
    fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        e.bytes(&self.to_bytes())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Offer {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        let long = |_| decode::Error::message("an offer of another length");
        Ok(Self::from_bytes(d.bytes()?.try_into().map_err(long)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_comes_back_whatever_its_bytes() {
        for byte in 0..256 {
            let mut bytes = [0; OFFER_BYTES];
            bytes
                .iter_mut()
                .zip((0..=u8::MAX).cycle().skip(byte))
                .for_each(|(to, from)| *to = from);
            assert_eq!(Offer::from_bytes(&bytes).to_bytes(), bytes);
        }
    }
}
