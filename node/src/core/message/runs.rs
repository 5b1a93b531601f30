//! Runs of logs, and changes of texts by themselves.

use baro_crdt::ids::{EntryId, LaneId, PersonId, RecordId};
use baro_crdt::keys::Signature;
use baro_crdt::log::Stream;
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};

/// Which log a run belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) enum LogRef {
    /// One that the receiver lacks: its header without the community.
    #[n(0)]
    New {
        #[n(0)]
        author: PersonId,
        #[n(1)]
        grant: RecordId,
        #[n(2)]
        stream: Stream,
        #[n(3)]
        lane: LaneId,
        #[n(4)]
        volume: u32,
    },
    /// One that the receiver holds, or of which a run came before: the keyed prefix of its id.
    #[n(1)]
    Known(#[n(0)] ByteArray<6>),
    /// One that was summed up, by its place there; a run begins so far behind what both hold of it.
    #[n(2)]
    Place(#[n(0)] u32),
}

/// An entry, with its words in the place of their hash where they go along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WireEntry {
    pub(crate) bytes: Vec<u8>,
    pub(crate) words: Option<Vec<u8>>,
}

impl<C> Encode<C> for WireEntry {
    fn encode<W: encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        match &self.words {
            None => e.bytes(&self.bytes)?.ok(),
            Some(words) => e.array(2)?.bytes(&self.bytes)?.bytes(words)?.ok(),
        }
    }
}

impl<'b, C> Decode<'b, C> for WireEntry {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        if d.datatype()? == minicbor::data::Type::Bytes {
            return Ok(Self { bytes: d.bytes()?.to_vec(), words: None });
        }
        if d.array()? != Some(2) {
            return Err(decode::Error::message("an entry with words has two parts"));
        }
        Ok(Self { bytes: d.bytes()?.to_vec(), words: Some(d.bytes()?.to_vec()) })
    }
}

/// Entries of one log up to a signed head.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Run {
    #[n(0)]
    pub(crate) log: LogRef,
    #[n(1)]
    pub(crate) from: u32,
    #[n(2)]
    pub(crate) entries: Vec<WireEntry>,
    #[n(3)]
    pub(crate) signature: Signature,
}

/// A change of a text, by itself.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct WireChange {
    #[n(0)]
    pub(crate) text: EntryId,
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub(crate) bytes: Vec<u8>,
}
