//! `baro-sim`: runs of real node cores on virtual time.

fn main() {}
