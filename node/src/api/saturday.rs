//! The Saturday bundle: the questions of an office go to it on a stick, its answers come back.
//!
//! It is an ordinary bundle with a chosen set: all records of the community, and the logs that hold
//! what is asked (with the debates it is asked in, and the voices of who asked), or what was
//! answered and signed for. Logs go from their beginning, because a log is believed by its chain;
//! so other words of the same persons go along.

use std::collections::BTreeMap;

use baro_crdt::ids::{EntryId, PersonId};
use baro_crdt::log::Stream;
use serde_json::{Value, json};

use super::ask::{addressed, first_answer, of_office, question_of};
use super::{ApiError, Community, Context, Node, Result, reading};
use crate::bundle::Chosen;
use crate::store::{LogNumber, LogRow, PostFamily, PostRow, Read};
use crate::words::why;

/// A choice as it grows.
struct Choosing<'a> {
    read: &'a dyn Read,
    community: &'a Community,
    chosen: Chosen,
    logs: BTreeMap<LogNumber, LogRow>,
}

impl Choosing<'_> {
    /// Chooses an entry with its words and what is attached to them.
    fn entry(&mut self, row: &PostRow) -> Result<()> {
        if !self.logs.contains_key(&row.log) {
            let Some(log) = self.read.log_by_number(row.log)? else { return Ok(()) };
            self.logs.insert(row.log, log);
        }
        if let Some(log) = self.logs.get(&row.log) {
            self.chosen.log(&log.id, row.index.saturating_add(1));
        }
        for file in reading::said(self.read, row)?.0.words().attached() {
            self.chosen.blob(&file.hash);
        }
        Ok(())
    }

    /// Chooses what a person said in debates: their name is among it, edits, and their receipts.
    fn person(&mut self, person: &PersonId) -> Result<()> {
        for log in self.read.logs_of(&self.community.id, person)? {
            if log.header.stream == Stream::Debate {
                self.chosen.log(&log.id, log.authorised);
            }
        }
        Ok(())
    }

    fn by_id(&mut self, id: &EntryId) -> Result<()> {
        match self.read.post(id)? {
            Some(row) => self.entry(&row),
            None => Ok(()),
        }
    }
}

impl Node {
    pub(super) fn saturday_plan(
        &mut self,
        context: &Context,
        office: &str,
        answers: bool,
    ) -> Result<Value> {
        let community = self.here(context)?;
        if community.founding.members_only {
            return Err(ApiError::refused(why::members_only_bundle(&community.founding.name)));
        }
        let authority = &community.authority;
        if !authority.offices().contains_key(office) {
            return Err(ApiError::refused(why::office_unknown(office)));
        }
        let read = &*self.store;
        let chosen = Chosen::of(&community.id);
        let mut choosing = Choosing { read, community: &community, chosen, logs: BTreeMap::new() };
        let (mut questions, mut answered, mut receipts) = (0u64, 0u64, 0u64);
        for row in read.questions(&community.id)? {
            let question = question_of(read, &row)?;
            if !of_office(authority, &question, office) {
                continue;
            }
            let answer = first_answer(read, authority, &question, &row.id)?;
            if !answers && answer.is_none() {
                questions += 1;
                choosing.entry(&row)?;
                choosing.person(&row.author)?;
                if let Some(debate) = &row.parent {
                    choosing.by_id(debate)?;
                }
            }
            if answers {
                questions += 1;
                answered += u64::from(answer.is_some());
                for answer in read.posts_in(&row.id, PostFamily::Answer)? {
                    choosing.entry(&answer)?;
                    choosing.person(&answer.author)?;
                }
                for receipt in read.receipts(&row.id)? {
                    if addressed(authority, &question, &receipt.person) {
                        receipts += 1;
                        choosing.person(&receipt.person)?;
                    }
                }
            }
        }
        Ok(json!({
            "office": office,
            "questions": questions,
            "answers": answered,
            "receipts": receipts,
            "chosen": choosing.chosen,
        }))
    }
}
