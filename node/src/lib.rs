//! A running node: core (pure), store, net, runtime.

#[cfg(feature = "full")]
pub mod net;
pub mod replica;
pub mod store;
