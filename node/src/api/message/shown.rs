//! Messages as they are shown to the person whose they are, and to nobody else.

use std::collections::BTreeMap;

use baro_crdt::ids::{GroupId, MessageId, PersonId};
use data_encoding::BASE64;
use serde_json::{Map, Value, json};

use super::super::resolve::Names;
use super::super::{Community, Node, Result};
use super::groups;
use super::kept::{Kept, all, keep, voice};
use crate::replica::{Item, carried_key};
use crate::store::LocalPerson;

/// What a list is narrowed down to.
enum With {
    Person(PersonId),
    Group(GroupId),
}

impl With {
    fn holds(&self, kept: &Kept) -> bool {
        match self {
            Self::Person(person) => kept.is_with(person),
            Self::Group(group) => kept.is_in(group),
        }
    }
}

fn name(names: &Names, id: &str) -> String {
    id.parse::<PersonId>().map_or_else(|_| id.to_owned(), |id| names.of(&id))
}

fn signed(names: &Names, times: &BTreeMap<String, i64>) -> Value {
    let one = |(id, at): (&String, &i64)| json!({ "person": id, "name": name(names, id), "declared_at": at });
    Value::Array(times.iter().map(one).collect())
}

impl Node {
    /// One message, with its words where they are to be shown.
    fn message_json(
        &self,
        community: &Community,
        who: &LocalPerson,
        names: &Names,
        (id, kept): (&MessageId, &Kept),
        words: bool,
    ) -> Result<Value> {
        let mine = kept.is_by(&who.person);
        let drawer = self.drawer(&community.id, &who.person)?;
        let mut shown = Map::new();
        let mut put = |key: &str, value: Value| shown.insert(key.to_owned(), value);
        put("id", id.to_string().into());
        put("by", kept.by.clone().into());
        put("by_name", name(names, &kept.by).into());
        let by: Option<PersonId> = kept.by.parse().ok();
        let is_member = |by| community.authority.members().iter().any(|info| info.person == by);
        put("by_member", by.is_some_and(is_member).into());
        put("mine", mine.into());
        match &kept.group {
            Some((group, epoch)) => {
                let found: Option<GroupId> = group.parse().ok();
                let found =
                    found.map(|id| groups::find(&*self.store, &drawer, &id)).transpose()?.flatten();
                put("group", group.clone().into());
                put("group_name", found.map_or(Value::Null, |group| group.name.into()));
                put("epoch", (*epoch).into());
            }
            None => {
                let to = kept.to.first().cloned().unwrap_or_default();
                put("to_name", name(names, &to).into());
                put("to", to.into());
            }
        }
        put("declared_at", kept.declared_at.into());
        put("at", kept.at.into());
        put("opened_at", kept.opened_at.into());
        put("voice", kept.voice.clone().into());
        if words {
            put("text", kept.text.clone().into());
        }
        if mine {
            let carried = match kept.parcel() {
                Some(parcel) => self.store.local(&carried_key(&community.id, &parcel))?,
                None => None,
            };
            let carried = carried.and_then(|at| at.try_into().ok()).map(i64::from_be_bytes);
            // Of a group it is what has become of it for everybody.
            let all = |times: &BTreeMap<String, i64>| {
                !kept.to.is_empty() && kept.to.iter().all(|to| times.contains_key(to))
            };
            let state = match carried {
                _ if all(&kept.read) => "read",
                _ if all(&kept.delivered) => "delivered",
                Some(_) => "carried",
                // Somebody's receipt shows that it was carried, by whatever way.
                None if !kept.delivered.is_empty() => "carried",
                None => "written",
            };
            put("state", state.into());
            put("carried_at", carried.into());
            put("recipients", kept.to.len().into());
            put("delivered", signed(names, &kept.delivered));
            put("read", signed(names, &kept.read));
        } else {
            let state = if kept.opened_at.is_some() { "opened" } else { "new" };
            put("state", state.into());
        }
        Ok(Value::Object(shown))
    }

    fn with(&self, community: &Community, who: &LocalPerson, wanted: &str) -> Result<With> {
        if let Ok((id, _)) = self.group_named(community, who, wanted) {
            return Ok(With::Group(id));
        }
        Ok(With::Person(self.person(community, wanted)?))
    }

    /// Whom who speaks blocks is not heard by them; their messages stay, for the day they are.
    fn not_blocked(
        &self,
        community: &Community,
        who: &LocalPerson,
    ) -> Result<Vec<(MessageId, Kept)>> {
        let blocked = self.blocked(&community.id, &who.person)?;
        let mut all = all(&*self.store, &self.drawer(&community.id, &who.person)?)?;
        all.retain(|(_, kept)| !kept.by.parse().is_ok_and(|by| blocked.contains(&by)));
        Ok(all)
    }

    pub(super) fn message_list(
        &mut self,
        community: &Community,
        who: &LocalPerson,
        with: Option<&str>,
        offset: usize,
        limit: usize,
    ) -> Result<Value> {
        self.have_key(community, who)?;
        let with = with.map(|with| self.with(community, who, with)).transpose()?;
        let mut found = self.not_blocked(community, who)?;
        found.retain(|(_, kept)| with.as_ref().is_none_or(|with| with.holds(kept)));
        let names = self.names(&community.id)?;
        let total = found.len();
        let mut messages = Vec::new();
        for (id, kept) in found.iter().skip(offset).take(limit) {
            let words = kept.opened_at.is_some();
            messages.push(self.message_json(community, who, &names, (id, kept), words)?);
        }
        Ok(json!({
            "person": who.person.to_string(), "name": who.name, "total": total,
            "messages": messages,
        }))
    }

    /// Marks a message as opened by its person, and notes that they sign for it.
    fn mark_opened(
        &mut self,
        community: &Community,
        who: &LocalPerson,
        id: &MessageId,
        kept: &mut Kept,
    ) -> Result<()> {
        if kept.opened_at.is_some() {
            return Ok(());
        }
        kept.opened_at = Some(self.now.0);
        let drawer = self.drawer(&community.id, &who.person)?;
        let mut items: Vec<Item> = vec![keep(&drawer, id, kept)?];
        if let Ok(by) = kept.by.parse::<PersonId>() {
            let waits = kept.group.is_some();
            items.push(self.due(&drawer, &by, id, true, waits)?);
        }
        self.commit(items)
    }

    pub(super) fn message_show(
        &mut self,
        community: &Community,
        who: &LocalPerson,
        wanted: &str,
    ) -> Result<Value> {
        let (id, mut kept) = self.kept(&community.id, &who.person, wanted)?;
        self.mark_opened(community, who, &id, &mut kept)?;
        let names = self.names(&community.id)?;
        let mut shown = self.message_json(community, who, &names, (&id, &kept), true)?;
        let drawer = self.drawer(&community.id, &who.person)?;
        if let Some(fields) = shown.as_object_mut()
            && let Some(bytes) = voice(&*self.store, &drawer, &id)?
        {
            fields.insert("voice_bytes".into(), BASE64.encode(&bytes).into());
        }
        Ok(shown)
    }

    pub(super) fn message_open(
        &mut self,
        community: &Community,
        who: &LocalPerson,
        wanted: &str,
        limit: usize,
    ) -> Result<Value> {
        self.have_key(community, who)?;
        let with = self.with(community, who, wanted)?;
        let mut found = self.not_blocked(community, who)?;
        found.retain(|(_, kept)| with.holds(kept));
        let total = found.len();
        found.truncate(limit);
        // As people read: the earliest first.
        found.reverse();
        let names = self.names(&community.id)?;
        let mut messages = Vec::new();
        for (id, kept) in &mut found {
            let was_new = kept.opened_at.is_none();
            self.mark_opened(community, who, id, kept)?;
            let mut shown = self.message_json(community, who, &names, (id, kept), true)?;
            if let Some(fields) = shown.as_object_mut() {
                fields.insert("was_new".into(), was_new.into());
            }
            messages.push(shown);
        }
        let (kind, id, title) = match with {
            With::Person(person) => ("person", person.to_string(), names.of(&person)),
            With::Group(group) => {
                let drawer = self.drawer(&community.id, &who.person)?;
                let found = groups::find(&*self.store, &drawer, &group)?;
                let title = found.map(|group| group.name).unwrap_or_default();
                ("group", group.to_string(), title)
            }
        };
        Ok(json!({
            "kind": kind, "id": id, "name": title, "total": total, "messages": messages,
        }))
    }

    /// With whom who speaks has written, the latest first.
    pub(super) fn message_with(
        &mut self,
        community: &Community,
        who: &LocalPerson,
    ) -> Result<Value> {
        self.have_key(community, who)?;
        let names = self.names(&community.id)?;
        let mut order: Vec<(bool, String)> = Vec::new();
        let mut found: BTreeMap<(bool, String), (i64, usize, usize)> = BTreeMap::new();
        for (_, kept) in self.not_blocked(community, who)? {
            let mine = kept.is_by(&who.person);
            let other = match &kept.group {
                Some((group, _)) => (true, group.clone()),
                None if mine => (false, kept.to.first().cloned().unwrap_or_default()),
                None => (false, kept.by.clone()),
            };
            let (_, unread, count) = found.entry(other.clone()).or_insert_with(|| {
                order.push(other);
                (kept.at, 0, 0)
            });
            *count += 1;
            *unread += usize::from(kept.opened_at.is_none());
        }
        // Groups in which nothing was said yet.
        let mine = groups::all(&*self.store, &self.drawer(&community.id, &who.person)?)?;
        for (id, _) in &mine {
            let other = (true, id.to_string());
            found.entry(other.clone()).or_insert_with(|| {
                order.push(other);
                (0, 0, 0)
            });
        }
        let group_name = |id: &str| {
            let found = mine.iter().find(|(group, _)| group.to_string() == id);
            found.map_or_else(|| id.chars().take(8).collect(), |(_, group)| group.name.clone())
        };
        let shown = order.iter().filter_map(|other| {
            let (at, unread, count) = found.get(other)?;
            let (is_group, id) = other;
            Some(json!({
                "kind": if *is_group { "group" } else { "person" },
                "id": id,
                "name": if *is_group { group_name(id) } else { name(&names, id) },
                "at": at,
                "unread": unread,
                "messages": count,
            }))
        });
        Ok(Value::Array(shown.collect()))
    }
}
