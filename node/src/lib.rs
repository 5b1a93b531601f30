//! A running node: core (pure), store, net, runtime.

pub mod core;
pub mod ingest;
#[cfg(feature = "full")]
pub mod net;
pub mod replica;
pub mod store;
