//! Index files of any content.

use proptest::prelude::*;

use super::*;
use crate::bundle::Index;

/// An honest index.
fn honest() -> Vec<u8> {
    let village = Village::new(1, 3);
    let stick = tempfile::tempdir().unwrap();
    Visitor::new(village.debating(9, 1), 1).visit(stick.path());
    fs::read(files(stick.path(), ".index").pop().unwrap()).unwrap()
}

proptest! {
    /// Any bytes, and honest ones of which some are others or missing, are read or refused; what
    /// is damaged is never taken for whole.
    #[test]
    fn any_file_is_read_to_its_end(
        bytes in proptest::collection::vec(any::<u8>(), 0..2_000),
        at in any::<prop::sample::Index>(),
        cut in any::<prop::sample::Index>(),
        flip in 1_u8..,
    ) {
        prop_assert!(Index::read(&mut bytes.as_slice()).unwrap().is_none());
        let whole = honest();
        prop_assert!(Index::read(&mut whole.as_slice()).unwrap().is_some());
        let torn = &whole[..cut.index(whole.len())];
        prop_assert!(Index::read(&mut &*torn).unwrap().is_none());
        let mut flipped = whole.clone();
        flipped[at.index(whole.len())] ^= flip;
        prop_assert!(Index::read(&mut flipped.as_slice()).unwrap().is_none());
    }
}
