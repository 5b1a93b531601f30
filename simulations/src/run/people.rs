//! Who lives on which device, with the records that let them speak, before anything happens.

use std::collections::BTreeMap;

use baro_crdt::entry::{Body, PostKind, Priority, Words};
use baro_crdt::ids::{CommunityId, EntryId, PersonId, RecordId, WallSeconds};
use baro_crdt::keys::MemberKey;
use baro_crdt::log::Stream;
use baro_crdt::record::{Body as RecordBody, Founding, Grant, Record};
use baro_crdt::role::Role;
use baro_node::replica::{Batch, Item, LocalChange, Replica};
use baro_node::store::{LocalPerson, MemoryStore, Pool, Result, StoreError};

use crate::author::{Place, write};
use crate::dice::Dice;
use crate::scenario::{Load, Word};
use crate::schedule::Saying;

/// The most persons that one grant names.
const GRANTED_MAX: usize = 256;
/// The most bytes of words that are said at once.
const WORDS_BYTES_MAX: f64 = 60_000.0;

/// A community in which some devices have somebody who speaks.
pub(super) struct People {
    /// Its id.
    pub(super) community: CommunityId,
    /// What every device holds at the beginning.
    pub(super) store: MemoryStore,
    debate: EntryId,
    speakers: BTreeMap<(usize, usize), LocalPerson>,
    grants: BTreeMap<(usize, usize, Word), RecordId>,
}

fn role(stream: Word) -> Role {
    match stream {
        Word::Alerts | Word::Official => Role::Official,
        Word::Debate => Role::Member,
        Word::Learning => Role::Facilitator,
    }
}

/// The stream of that name.
pub(super) fn stream(word: Word) -> Stream {
    match word {
        Word::Alerts => Stream::Alerts,
        Word::Official => Stream::Official,
        Word::Debate => Stream::Debate,
        Word::Learning => Stream::Learning,
    }
}

impl People {
    /// A community whose one founder has let in everybody of `speak`: a device, a person there, and what
    /// they say. The founder, who lives on none of the devices, has opened a debate.
    ///
    /// # Errors
    /// [`StoreError`], which a store in memory does not give.
    pub(super) fn settle(dice: &mut Dice, speak: &[(usize, usize, Word)]) -> Result<Self> {
        let founder = MemberKey::from_seed(dice.seed());
        let body = RecordBody::Founding(Founding {
            name: "Kayes".into(),
            language: "fr".into(),
            founders: vec![founder.id()],
            threshold: 1,
            nonce: dice.seed().into_iter().take(16).collect(),
            debates_by: Role::Member,
            cosignatures: 0,
            members_only: false,
        });
        let sign = |body| {
            let corrupt = |error| StoreError::Io(format!("{error:?}"));
            Record::sign(body, &[&founder]).map_err(corrupt)
        };
        let founding = sign(body)?;
        let community = founding.community();
        let mut speakers = BTreeMap::new();
        for (node, person, _) in speak {
            speakers.entry((*node, *person)).or_insert_with(|| {
                let key = MemberKey::from_seed(dice.seed());
                let name = format!("person-{node}-{person}");
                LocalPerson { community, person: key.id(), name, seed: Some(key.seed()) }
            });
        }
        let (mut items, mut grants) = (vec![Item::Join(founding.clone())], BTreeMap::new());
        for word in [Word::Alerts, Word::Official, Word::Debate, Word::Learning] {
            let mut of: Vec<(PersonId, (usize, usize))> = speak
                .iter()
                .filter(|(_, _, said)| *said == word)
                .filter_map(|(node, person, _)| {
                    let at = (*node, *person);
                    Some((speakers.get(&at)?.person, at))
                })
                .collect();
            of.sort_unstable();
            of.dedup();
            for some in of.chunks(GRANTED_MAX) {
                let role = role(word);
                let grant = sign(RecordBody::Grant(Grant {
                    community,
                    by: founder.id(),
                    via: founding.id(),
                    role,
                    office: (role == Role::Official).then(|| format!("maire-{}", word.word())),
                    persons: some.iter().map(|(person, _)| *person).collect(),
                    overcomes: Vec::new(),
                }))?;
                grants.extend(
                    some.iter().map(|(_, (node, person))| ((*node, *person, word), grant.id())),
                );
                items.push(Item::Record(grant));
            }
        }
        let pool = Pool::default();
        let mut home = MemoryStore::sharing(&pool);
        let batch = |items| Batch { items, written_here: true, ..Batch::default() };
        Replica::default().commit(&mut home, &batch(items.clone()))?;
        let who = LocalPerson {
            community,
            person: founder.id(),
            name: "founder".into(),
            seed: Some(founder.seed()),
        };
        let place = Place {
            grant: founding.id(),
            stream: Stream::Debate,
            now: WallSeconds(1_800_000_000),
            stubborn: false,
        };
        let title = Words { title: Some("Where shall the well be?".into()), ..Words::default() };
        let opened = [(Body::Debate { closes: None }, Some(title))];
        let (written, ids) = write(&home, &who, &place, &opened, dice)?;
        items.extend(written.into_iter().filter(|item| matches!(item, Item::Log(_))));
        let mut store = MemoryStore::sharing(&pool);
        Replica::default().commit(&mut store, &batch(items))?;
        let debate = ids.first().copied().ok_or(StoreError::Full)?;
        Ok(Self { community, store, debate, speakers, grants })
    }

    /// What makes a device its persons'.
    pub(super) fn residents(&self, node: usize) -> Vec<Item> {
        let here = self.speakers.range((node, 0)..=(node, usize::MAX));
        here.map(|(_, person)| Item::Local(LocalChange::Person(person.clone()))).collect()
    }

    /// One thing said on a device: the items to commit, the last of them with the entry.
    ///
    /// # Errors
    /// [`StoreError`] where the store cannot be read.
    pub(super) fn say(
        &self,
        (saying, store): (&Saying, &MemoryStore),
        now: WallSeconds,
        load: &Load,
        dice: &mut Dice,
    ) -> Result<Vec<Item>> {
        let (Some(who), Some(grant)) = (
            self.speakers.get(&(saying.node, saying.person)),
            self.grants.get(&(saying.node, saying.person, load.stream)),
        ) else {
            return Ok(Vec::new());
        };
        let text = text(load, dice);
        let body = match load.stream {
            Word::Debate => Body::Post {
                debate: self.debate,
                kind: PostKind::Statement,
                reply_to: None,
                to: None,
            },
            Word::Learning => Body::Course { reference: format!("c{}", dice.below(1 << 32)) },
            Word::Alerts | Word::Official => Body::Announcement {
                priority: Priority::High,
                expires: None,
                supersedes: None,
                place: None,
                category: None,
            },
        };
        let place = Place { grant: *grant, stream: stream(load.stream), now, stubborn: false };
        let words = Words { text, ..Words::default() };
        Ok(write(store, who, &place, &[(body, Some(words))], dice)?.0)
    }
}

const SYLLABLES: [&str; 32] = [
    "ka", "la", "ma", "na", "so", "do", "ji", "ba", "mu", "so", "ko", "ro", "den", "tun", "bɛ",
    "kɛ", "fɔ", "ye", "ni", "an", "dugu", "tigi", "kan", "sira", "bo", "wo", "ta", "li", "nyɛ",
    "fa", "wa", "sa",
];

/// Words of about the length that a load asks for.
fn text(load: &Load, dice: &mut Dice) -> String {
    let [median, high] = load.words_bytes.map(|bytes| bytes.clamp(1.0, WORDS_BYTES_MAX));
    // The 99th of a hundred lies 2.326 deviations above the median.
    let deviation = (high.max(median) / median).ln() / 2.326;
    let mut normal = -6.0;
    for _ in 0..12 {
        // Twelve even numbers between 0 and 1 add up to something normal.
        normal += f64::from(u32::try_from(dice.below(1 << 30)).unwrap_or(0)) / f64::from(1 << 30);
    }
    let bytes = (median * (deviation * normal).exp()).clamp(1.0, WORDS_BYTES_MAX);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
    let bytes = bytes as usize;
    let mut text = String::with_capacity(bytes + 8);
    if load.noise {
        while text.len() < bytes {
            text.extend(char::from_u32(u32::try_from(33 + dice.below(94)).unwrap_or(33)));
        }
        return text;
    }
    while text.len() < bytes {
        for _ in 0..dice.between(1, 3) {
            text.push_str(dice.pick(&SYLLABLES).copied().unwrap_or("a"));
        }
        text.push(' ');
    }
    text
}
