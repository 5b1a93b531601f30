//! A running node: core (pure), store, net, runtime.

pub mod api;
pub mod author;
pub mod blobs;
pub mod bundle;
pub mod cap;
pub mod carry;
#[cfg(feature = "full")]
pub mod control;
pub mod core;
pub mod course;
#[cfg(feature = "full")]
pub mod doctor;
pub mod epochs;
#[cfg(feature = "full")]
pub mod folder;
pub mod ingest;
pub mod language;
pub mod media;
#[cfg(feature = "full")]
pub mod net;
pub mod replica;
#[cfg(feature = "full")]
pub mod runtime;
pub mod store;
#[cfg(any(feature = "sqlite", feature = "vault"))]
pub mod vault;
#[cfg(feature = "full")]
pub mod web;
mod wire;
pub mod words;

pub use baro_crdt::ids::WallSeconds;
