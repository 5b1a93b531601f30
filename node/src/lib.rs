//! A running node: core (pure), store, net, runtime.

pub mod api;
pub mod author;
#[cfg(feature = "full")]
pub mod control;
pub mod bundle;
pub mod core;
#[cfg(feature = "full")]
pub mod folder;
pub mod ingest;
#[cfg(feature = "full")]
pub mod net;
pub mod replica;
#[cfg(feature = "full")]
pub mod runtime;
pub mod store;

pub use baro_crdt::ids::WallSeconds;
mod wire;
