//! The words that people read, in their language: those of the pages, and why something was
//! refused.
//!
//! They live in `locales/`, one Fluent file a language, and nowhere in the code. The code names a
//! key and what goes into the words: [`Reason`] for a refusal, made by a function of `why` that asks
//! for its arguments, and turned into words only where somebody reads it. Nothing here knows of
//! stores, pages or the network.

mod foreign;
#[cfg_attr(not(feature = "full"), allow(dead_code))]
mod lang;
mod reason;
#[cfg(test)]
mod tests;
#[cfg_attr(not(feature = "full"), allow(dead_code))]
pub(crate) mod why;

#[cfg_attr(not(feature = "full"), allow(unused_imports))]
pub(crate) use lang::Lang;
pub(crate) use reason::Thing;
pub use reason::{Arg, Reason};
