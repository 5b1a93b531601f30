//! The pure part of Baro.
