//! `baro doctor`: the usual faults of a node, in words, with what to do.
//!
//! What can be seen of the machine (`machine`), of what the node says of itself (`said`) and of
//! the database, row by row (`walk`). Nothing is changed. Who calls tries the uplinks, and says
//! with [`Finding::of_error`] why the folder cannot be opened.

mod machine;
mod said;
mod walk;

use serde::Serialize;

pub use machine::{Machine, machine};
pub use said::said;
pub use walk::walk;

/// One thing that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is about: `database`, `disk`, `clock`, `folder`, `link`, `uplink`, `version`,
    /// `content`, `space` or `refused`.
    pub about: &'static str,
    /// Whether something stands still, or may be lost, until something is done about it.
    pub serious: bool,
    /// What is so.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

impl Finding {
    /// A fault that somebody has to mend.
    pub fn grave(about: &'static str, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { about, serious: true, what: what.into(), remedy: remedy.into() }
    }

    /// Something to know.
    pub fn slight(about: &'static str, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { about, serious: false, what: what.into(), remedy: remedy.into() }
    }

    /// The folder cannot be opened; the error's own words say what to do.
    pub fn of_error(error: impl Into<String>) -> Self {
        Self::grave(
            "folder",
            error,
            "until then nothing more can be looked at; what is kept in the folder stays",
        )
    }

    /// An uplink that was tried and did not answer.
    pub fn unreached(address: &str, why: &str) -> Self {
        Self::grave(
            "uplink",
            format!("{address} cannot be reached: {why}"),
            "is this device online, is that node running, and is the address still right? Until \
             then everything goes by neighbours and sticks, and nothing is lost",
        )
    }
}
