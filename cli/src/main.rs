//! The `baro` command.
fn main() {}
