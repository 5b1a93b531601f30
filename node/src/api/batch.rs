//! Many operations in one transaction: `batch`, and the single commands that are one of its
//! operations each.
//!
//! Persons come first, whatever their place in the group, so that one signed grant names up to
//! 256 of them. Then each operation is written on its own: one that cannot be done says why and
//! the others go on. At the end all of it is committed together, and only then is it answered.

use std::collections::BTreeMap;
use std::sync::Arc;

use baro_crdt::entry::Body;
use baro_crdt::ids::EntryId;
use baro_crdt::record::GRANT_PERSONS_MAX;
use serde_json::{Value, json};

use super::known::Persons;
use super::persons::checked_name;
use super::speak::Group;
use super::{ApiError, Community, Context, Node, Op, Result};
use crate::author::{Draft, Pen};
use crate::replica::{Item, LocalChange};
use crate::store::LocalPerson;
use crate::words::why;

/// The most operations of one group.
const GROUP_OPS_MAX: usize = 65_536;

/// What an operation made: its id, and the mark it was given.
type Made = (String, Option<String>);

impl Node {
    /// One operation, as a command of its own.
    pub(super) fn one(&mut self, context: &Context, op: Op) -> Result<Value> {
        let community = match op.target().and_then(|id| id.parse::<EntryId>().ok()) {
            Some(target) => match self.store.post(&target)? {
                Some(row) => self.community(&row.community)?,
                None => self.here(context)?,
            },
            None => self.here(context)?,
        };
        match self.group(context, &community, vec![op])?.pop() {
            Some(Ok((id, _))) => Ok(json!({ "id": id })),
            Some(Err(error)) => Err(error),
            None => Err(ApiError::refused(why::nothing_asked())),
        }
    }

    pub(super) fn batch(&mut self, context: &Context, ops: Vec<Op>) -> Result<Value> {
        if ops.len() > GROUP_OPS_MAX {
            return Err(ApiError::refused(why::group_too_large(GROUP_OPS_MAX)));
        }
        let community = self.here(context)?;
        let lang = context.lang.as_deref();
        let line = |result: Result<Made>| match result {
            Ok((id, Some(mark))) => json!({ "ok": true, "id": id, "ref": mark }),
            Ok((id, None)) => json!({ "ok": true, "id": id }),
            Err(error) => json!({ "ok": false, "error": error.words(lang) }),
        };
        let results = self.group(context, &community, ops)?;
        Ok(Value::Array(results.into_iter().map(line).collect()))
    }

    pub(super) fn group(
        &mut self,
        context: &Context,
        community: &Arc<Community>,
        ops: Vec<Op>,
    ) -> Result<Vec<Result<Made>>> {
        let (added, mut items) = self.add_persons(context, community, &ops)?;
        let mut here = self.persons(&community.id)?;
        let mut authority = Arc::clone(&community.authority);
        if !items.is_empty() {
            let records: Vec<_> = items
                .iter()
                .filter_map(|item| match item {
                    Item::Record(record) => Some(record.clone()),
                    _ => None,
                })
                .collect();
            authority = Arc::new(self.authority_with(&community.id, &records)?);
            let mut all = Persons::default();
            here.all.iter().cloned().for_each(|person| all.add(person));
            added.iter().flatten().for_each(|person| all.add(person.clone()));
            here = Arc::new(all);
        }

        let Self { store, rng, known, now, .. } = self;
        let pen = Pen::new(&**store, rng, *now);
        let mut group = Group::new(pen, &**store, known, community, &authority, &here, context);
        let mut results: Vec<Result<Made>> = Vec::with_capacity(ops.len());
        let mut added = added.into_iter();
        for op in &ops {
            let made = match op {
                Op::Person { .. } => match added.next() {
                    Some(Ok(person)) => {
                        group.name(&person).map(|()| (person.person.to_string(), None))
                    }
                    Some(Err(error)) => Err(error),
                    None => Err(ApiError::refused(why::person_not_added())),
                },
                op => group.write(op).map(|id| (id.to_string(), op.reference().cloned())),
            };
            results.push(made);
        }
        // Whoever can give the PIN does so, and asks for all of it again.
        if let Some(at) =
            results.iter().position(|made| matches!(made, Err(ApiError::Locked { .. })))
            && let Err(locked) = results.swap_remove(at)
        {
            return Err(locked);
        }
        let (entries, marks) = group.finish();
        items.extend(entries);
        if results.iter().any(Result::is_ok) {
            self.commit(items)?;
            for (mark, id) in marks {
                self.known.mark(community.id, mark, id);
            }
        }
        Ok(results)
    }

    /// Makes the persons whom the group adds: one result for each such operation, in order, and
    /// the items that make them members and keep their keys.
    fn add_persons(
        &mut self,
        context: &Context,
        community: &Community,
        ops: &[Op],
    ) -> Result<(Vec<Result<LocalPerson>>, Vec<Item>)> {
        let mut taken: BTreeMap<String, ()> = BTreeMap::new();
        let mut persons = Vec::new();
        for op in ops {
            let Op::Person { name } = op else { continue };
            let person = checked_name(name).and_then(|name| {
                self.name_is_free(&community.id, &name)?;
                if taken.insert(name.clone(), ()).is_some() {
                    return Err(ApiError::refused(why::named_twice(name)));
                }
                Ok(self.fresh_person(community.id, name))
            });
            persons.push(person);
        }
        let made: Vec<LocalPerson> = persons.iter().flatten().cloned().collect();
        if made.is_empty() {
            return Ok((persons, Vec::new()));
        }
        let voucher = self.voucher(community, context.speaker.as_deref())?;
        let mut items = Vec::new();
        for persons in made.chunks(GRANT_PERSONS_MAX) {
            items.push(Item::Record(Self::vouch(community, &voucher, persons)?));
        }
        items.extend(made.into_iter().map(|person| Item::Local(LocalChange::Person(person))));
        Ok((persons, items))
    }
}

impl Group<'_> {
    /// The first word of a new person: their name.
    fn name(&mut self, person: &LocalPerson) -> Result<()> {
        let name = Draft::member(Body::Name { name: person.name.clone() }, None);
        self.pen.write(self.authority, person, name)?;
        Ok(())
    }
}

impl Op {
    /// The entry that it is about.
    fn target(&self) -> Option<&str> {
        match self {
            Op::Say { debate, .. } => Some(debate),
            Op::Vote { post, .. } => Some(post),
            Op::Answer { question, .. } => Some(question),
            Op::Ask { debate, .. } => debate.as_deref(),
            Op::Person { .. } | Op::Debate { .. } | Op::Announce { .. } => None,
        }
    }

    /// The mark it gives.
    fn reference(&self) -> Option<&String> {
        match self {
            Op::Debate { reference, .. }
            | Op::Say { reference, .. }
            | Op::Answer { reference, .. }
            | Op::Ask { reference, .. }
            | Op::Announce { reference, .. } => reference.as_ref(),
            Op::Person { .. } | Op::Vote { .. } => None,
        }
    }
}
