//! A running node: core (pure), store, net, runtime.

pub mod store;
