//! The words that people read, in their language. They live in `locales/`, one Fluent file a
//! language; the code names a key.

mod lang;

pub(crate) use lang::Lang;
