//! A running Baro node.
