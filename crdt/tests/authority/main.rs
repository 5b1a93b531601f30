//! Authority from outside: against a naive oracle over random histories, and the situations that
//! the rules were made for.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_possible_truncation)]
// One test says how long a large community takes.
#![allow(clippy::disallowed_types)]

mod against_oracle;
mod epochs;
mod forks;
mod history;
mod many;
mod oracle;
mod reach;
mod revoking;
mod situations;
mod village;
