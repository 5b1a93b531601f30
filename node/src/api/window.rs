//! When a debate opens and closes, as its opener declares it: shown as a badge, deciding nothing,
//! since no two clocks agree. Only a signed closing ends a debate.

use baro_crdt::entry::Body;
use serde_json::{Value, json};

use super::{ApiError, Context, Node, Result, reading};
use crate::author::Draft;
use crate::store::{PostFamily, PostRow};
use crate::words::{Thing, why};

/// A declared window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Window {
    /// Seconds since 1970.
    pub(super) opens: Option<i64>,
    /// Seconds since 1970.
    pub(super) closes: Option<i64>,
}

impl Window {
    /// What is shown at the time `now` of this device.
    pub(super) fn state(&self, is_closed: bool, now: i64) -> &'static str {
        if is_closed {
            "closed"
        } else if self.closes.is_some_and(|closes| closes <= now) {
            "closed as declared"
        } else if self.opens.is_some_and(|opens| opens > now) {
            "not yet open"
        } else {
            "open"
        }
    }
}

impl Node {
    /// The window that stands: the last its opener declared, by Lamport number, then id.
    pub(super) fn window(&self, debate: &PostRow) -> Result<Window> {
        let rows = self.store.posts_in(&debate.id, PostFamily::Window)?;
        let last = rows.iter().rev().find(|row| row.author == debate.author);
        match reading::entry(&*self.store, last.unwrap_or(debate))?.body {
            Body::Window { opens, closes, .. } => Ok(Window { opens, closes }),
            Body::Debate { closes } => Ok(Window { opens: None, closes }),
            _ => Ok(Window::default()),
        }
    }

    /// `debate window`: the opener declares another window.
    pub(super) fn debate_window(
        &mut self,
        _: &Context,
        id: &str,
        opens: Option<i64>,
        closes: Option<i64>,
    ) -> Result<Value> {
        let (community, row) = self.entry(id, &[PostFamily::Debate], Thing::Debate)?;
        if opens.zip(closes).is_some_and(|(opens, closes)| opens >= closes) {
            return Err(ApiError::refused(why::window_order()));
        }
        let who = self.author_here(&community, &row)?;
        let draft = Draft::member(Body::Window { debate: row.id, opens, closes }, None);
        let id = self.write(&community, &who, draft)?;
        let state = Window { opens, closes }.state(false, self.now.0);
        Ok(json!({ "id": id.to_string(), "opens": opens, "closes": closes, "state": state }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_declared_is_a_badge_and_a_closing_is_final() {
        let window = Window { opens: Some(10), closes: Some(20) };
        let states = [9, 10, 19, 20].map(|now| window.state(false, now));
        assert_eq!(states, ["not yet open", "open", "open", "closed as declared"]);
        assert_eq!(window.state(true, 0), "closed");
        assert_eq!(Window::default().state(false, i64::MAX), "open");
    }
}
