//! Fuzzed bytes as a list of steps: an operation, an argument, and some bytes.
//!
//! ```text
//! | operation 1 | argument 1 | length 2, little endian | bytes |   and so on
//! ```
//!
//! A length past the end means all that is left, so every input is some list of steps, and a byte
//! changed or cut out leaves most of it as it was.

/// The most steps of one input.
const STEPS_MAX: usize = 64;

/// One step.
pub(crate) struct Step<'a> {
    pub(crate) op: u8,
    pub(crate) arg: u8,
    pub(crate) bytes: &'a [u8],
}

/// The steps that `data` is read as.
pub(crate) fn steps(mut data: &[u8]) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    while let [op, arg, l0, l1, rest @ ..] = data
        && steps.len() < STEPS_MAX
    {
        let length = usize::from(u16::from_le_bytes([*l0, *l1])).min(rest.len());
        let (bytes, rest) = rest.split_at(length);
        steps.push(Step { op: *op, arg: *arg, bytes });
        data = rest;
    }
    steps
}

/// The bytes that [`steps`] reads as these.
pub(crate) fn write<'a>(steps: impl IntoIterator<Item = (u8, u8, &'a [u8])>) -> Vec<u8> {
    let mut data = Vec::new();
    for (op, arg, bytes) in steps {
        let length = u16::try_from(bytes.len()).expect("a seed's step is short");
        data.extend([op, arg]);
        data.extend(length.to_le_bytes());
        data.extend(bytes);
    }
    data
}

/// The first byte, which chooses how the rest is read.
pub(crate) fn mode(data: &[u8]) -> Option<(u8, &[u8])> {
    data.split_first().map(|(mode, rest)| (*mode, rest))
}
