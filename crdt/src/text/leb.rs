//! Reading and writing the small things a change is made of: bytes and LEB128 numbers.
//!
//! Reading is bounded by the input and never panics. It takes numbers that are longer than they
//! need to be; the gate writes each change again and compares, so those are refused there.

use super::gate::GateError;

/// What is left to read of a slice.
#[derive(Clone, Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], GateError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(GateError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    pub(super) fn byte(&mut self) -> Result<u8, GateError> {
        let (byte, rest) = self.rest.split_first().ok_or(GateError::Truncated)?;
        self.rest = rest;
        Ok(*byte)
    }

    /// An unsigned number of at most 63 bits.
    pub(super) fn unsigned(&mut self) -> Result<u64, GateError> {
        let mut value = 0u64;
        for shift in (0..63).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(GateError::Number)
    }

    /// An unsigned number that counts bytes or rows, so it fits a `usize`.
    pub(super) fn count(&mut self) -> Result<usize, GateError> {
        usize::try_from(self.unsigned()?).map_err(|_| GateError::Number)
    }

    /// A signed number of at most 63 bits.
    pub(super) fn signed(&mut self) -> Result<i64, GateError> {
        let mut value = 0i64;
        for shift in (0..63).step_by(7) {
            let byte = self.byte()?;
            value |= i64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let negative = byte & 0x40 != 0;
                return Ok(if negative { value | (-1i64 << (shift + 7)) } else { value });
            }
        }
        Err(GateError::Number)
    }
}

pub(super) fn write_unsigned(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

pub(super) fn write_signed(out: &mut Vec<u8>, mut value: i64) {
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if (value == 0 && low & 0x40 == 0) || (value == -1 && low & 0x40 != 0) {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn unsigned_numbers_come_back(value in 0u64..1 << 63) {
            let mut out = Vec::new();
            write_unsigned(&mut out, value);
            prop_assert_eq!(Reader::new(&out).unsigned().unwrap(), value);
        }

        #[test]
        fn signed_numbers_come_back(value in -(1i64 << 62)..1 << 62) {
            let mut out = Vec::new();
            write_signed(&mut out, value);
            prop_assert_eq!(Reader::new(&out).signed().unwrap(), value);
        }
    }

    #[test]
    fn endless_numbers_are_refused() {
        let bytes = [0xff; 64];
        assert_eq!(Reader::new(&bytes).unsigned(), Err(GateError::Number));
        assert_eq!(Reader::new(&bytes).signed(), Err(GateError::Number));
        assert_eq!(Reader::new(&bytes[..3]).unsigned(), Err(GateError::Truncated));
    }
}
