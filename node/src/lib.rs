//! A running node: core (pure), store, net, runtime.

pub mod replica;
pub mod store;
