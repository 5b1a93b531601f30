//! What a side of a session wants of logs.

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

/// A log of those summed up that who compared them lacks, or has less of.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct Lacking {
    /// How many places behind the one before in the same list, of the first its place.
    #[n(0)]
    pub(crate) step: u32,
    /// By how many entries less.
    #[n(1)]
    pub(crate) less: u32,
}

/// A log, and how much of it is held.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub(crate) struct WantLog {
    /// The keyed prefix of its id.
    #[n(0)]
    pub(crate) prefix: ByteArray<6>,
    /// How many entries, the index of the first one that is not.
    #[n(1)]
    pub(crate) from: u32,
}
