//! Taking in a section of a bundle. The client reads the file; the node believes nothing of it.

use data_encoding::BASE64;
use serde_json::{Value, json};

use super::knowledge::BUNDLE;
use super::{ApiError, Node, Result};
use crate::bundle::{Frame, Incoming};
use crate::ingest::Strict;
use crate::words::why;

impl Node {
    /// Verifies and commits a section and answers with its [`crate::bundle::Tally`].
    pub(super) fn import_section(&mut self, section: &str) -> Result<Value> {
        let frame = BASE64
            .decode(section.as_bytes())
            .ok()
            .and_then(|bytes| Frame::from_bytes(bytes).ok())
            .ok_or_else(|| ApiError::refused(why::no_section()))?;
        let incoming = Incoming::verify(&*self.store, &mut Strict, &frame, self.now)?;
        let outcome = self.take_in(std::slice::from_ref(incoming.batch()))?.pop();
        let outcome = outcome.unwrap_or_default();
        let tally = incoming.settle(&outcome);
        let communities: Vec<_> = outcome.changed.iter().copied().collect();
        self.heard(self.now, BUNDLE, &communities)?;
        self.news.extend(outcome.news);
        // What lacks something is tried again when more has come.
        if tally.lacking == 0 && !tally.reasons.is_empty() {
            self.count_refused(&tally.reasons)?;
        }
        Ok(json!(tally))
    }
}
