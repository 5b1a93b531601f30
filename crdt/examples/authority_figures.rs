//! Prints, as tab-separated values, how long it takes to compute who may do what from the records of
//! a large community: 10,000 of them, in three kinds of communities. It is processor time where the
//! system tells it, so that whatever else runs does not count.
#![allow(clippy::disallowed_types, clippy::disallowed_methods, reason = "it measures time")]

use std::time::Instant;

use baro_crdt::authority::Authority;
use baro_crdt::ids::{EntryId, PersonId, RecordId};
use baro_crdt::keys::MemberKey;
use baro_crdt::record::{Accept, Body, Closing, Founding, Grant, Record, Revocation};
use baro_crdt::role::Role;

const RECORDS: usize = 10_000;
/// The most that the slowest may take.
const LIMIT_MS: &str = "100";
/// Of so many the median counts.
const TIMES: usize = 11;
const FOUNDERS: usize = 3;
/// More managers than any community should have.
const MANAGERS: usize = 100;

type Done<T> = Result<T, Box<dyn std::error::Error>>;

/// What is signed in a community of one kind.
type Kind = fn(Village) -> Done<Village>;

/// Keys by number, and what was signed so far.
struct Village {
    keys: Vec<MemberKey>,
    founding: Record,
    records: Vec<Record>,
}

impl Village {
    fn new() -> Done<Self> {
        let key = |n: usize| {
            let mut seed = [0x5a; 32];
            seed.iter_mut().zip((n as u64).to_le_bytes()).for_each(|(to, from)| *to = from);
            MemberKey::from_seed(seed)
        };
        let keys: Vec<MemberKey> = (0..=RECORDS).map(key).collect();
        let signers: Vec<&MemberKey> = keys.iter().take(FOUNDERS).collect();
        let mut founders: Vec<PersonId> = signers.iter().map(|key| key.id()).collect();
        founders.sort_unstable();
        let founding = Founding {
            name: "Sikoro".into(),
            language: "bm".into(),
            founders,
            threshold: 2,
            nonce: vec![0; 16],
            debates_by: Role::Member,
            cosignatures: 1,
            members_only: false,
        };
        let founding = Record::sign(Body::Founding(founding), &signers)?;
        Ok(Self { keys, founding, records: Vec::new() })
    }

    fn key(&self, n: usize) -> Done<&MemberKey> {
        self.keys.get(n).ok_or_else(|| "too few keys".into())
    }

    fn put(&mut self, body: Body, by: usize) -> Done<RecordId> {
        let record = Record::sign(body, &[self.key(by)?])?;
        let id = record.id();
        self.records.push(record);
        Ok(id)
    }

    fn grant(&mut self, by: usize, via: RecordId, role: Role, to: usize) -> Done<RecordId> {
        let grant = Grant {
            community: self.founding.community(),
            by: self.key(by)?.id(),
            via,
            role,
            office: None,
            persons: vec![self.key(to)?.id()],
            overcomes: Vec::new(),
        };
        self.put(Body::Grant(grant), by)
    }

    /// Managers by the founders: who, and the grant that makes them so.
    fn managers(&mut self, count: usize) -> Done<Vec<(usize, RecordId)>> {
        let via = self.founding.id();
        let each = FOUNDERS..FOUNDERS + count;
        each.map(|n| Ok((n, self.grant(n % FOUNDERS, via, Role::Manager, n)?))).collect()
    }

    fn revoke(
        &mut self,
        (by, via): (usize, RecordId),
        person: usize,
        keep: &[RecordId],
    ) -> Done<RecordId> {
        let mut keep_records = keep.to_vec();
        keep_records.sort_unstable();
        keep_records.dedup();
        let revocation = Revocation {
            community: self.founding.community(),
            by: vec![self.key(by)?.id()],
            via,
            person: self.key(person)?.id(),
            roles: Vec::new(),
            keep_records,
            keep_logs: Vec::new(),
        };
        self.put(Body::Revocation(revocation), by)
    }

    /// Everybody let in by managers, and a closing now and then.
    fn quiet(mut self) -> Done<Self> {
        let managers = self.managers(MANAGERS)?;
        for n in self.records.len()..RECORDS {
            let (by, via) = *managers.get(n % MANAGERS).ok_or("no manager")?;
            if n.is_multiple_of(20) {
                let closing = Closing {
                    community: self.founding.community(),
                    by: self.key(by)?.id(),
                    via,
                    debate: EntryId::from_bytes((n as u128).to_le_bytes()),
                    outcome: None,
                    heads: Vec::new(),
                };
                self.put(Body::Closing(closing), by)?;
            } else {
                self.grant(by, via, Role::Member, n)?;
            }
        }
        Ok(self)
    }

    /// Each lets the next one in, and who came last is furthest from the founders.
    fn chained(mut self) -> Done<Self> {
        let mut via = self.founding.id();
        for n in 0..RECORDS {
            via = self.grant(n, via, Role::Manager, n + 1)?;
        }
        Ok(self)
    }

    /// Managers of one distance let each other out, and in again: every second record ends something.
    fn quarrelling(mut self) -> Done<Self> {
        let managers = self.managers(MANAGERS)?;
        let mut said: Vec<(usize, RecordId)> = Vec::new();
        for n in self.records.len()..RECORDS {
            let here = *managers.get(n * 7 % MANAGERS).ok_or("no manager")?;
            let (other, _) = *managers.get(n * 13 % MANAGERS).ok_or("no manager")?;
            match n % 4 {
                0 => {
                    self.revoke(here, n - 1, &[])?;
                }
                1 if n % 200 == 1 => {
                    let of: Vec<_> =
                        said.iter().filter(|(by, _)| *by == other).map(|(_, id)| *id).collect();
                    self.revoke(here, other, &of)?;
                }
                2 => {
                    let records =
                        said.iter().rev().filter(|(by, _)| *by == other).take(3).map(|(_, id)| *id);
                    let mut records: Vec<_> = records.collect();
                    records.sort_unstable();
                    records.dedup();
                    let accept = Accept {
                        community: self.founding.community(),
                        by: self.key(n % FOUNDERS)?.id(),
                        via: self.founding.id(),
                        person: self.key(other)?.id(),
                        records,
                        logs: Vec::new(),
                    };
                    self.put(Body::Accept(accept), n % FOUNDERS)?;
                }
                _ => said.push((here.0, self.grant(here.0, here.1, Role::Member, n)?)),
            }
        }
        Ok(self)
    }
}

/// The time since, of the clock or (on Linux) of the processor for this thread.
struct Watch(Instant, Option<u64>);

impl Watch {
    fn on_processor_ns() -> Option<u64> {
        let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        told.split(' ').next()?.parse().ok()
    }

    fn start() -> Self {
        Self(Instant::now(), Self::on_processor_ns())
    }

    fn ms(&self) -> f64 {
        match (self.1, Self::on_processor_ns()) {
            (Some(from), Some(to)) => {
                std::time::Duration::from_nanos(to - from).as_secs_f64() * 1e3
            }
            _ => self.0.elapsed().as_secs_f64() * 1e3,
        }
    }
}

fn main() -> Done<()> {
    println!("figure\tvalue\tunit\tlimit");
    let kinds: [(&str, Kind); 3] = [
        ("managers let people in", Village::quiet),
        ("a chain of managers", Village::chained),
        ("managers let each other and others out and in", Village::quarrelling),
    ];
    for (name, made) in kinds {
        let village = made(Village::new()?)?;
        let mut times = Vec::new();
        let mut live = 0;
        for _ in 0..TIMES {
            let watch = Watch::start();
            let authority = Authority::compute(&village.founding, village.records.iter());
            times.push(watch.ms());
            live = village.records.iter().filter(|record| authority.is_live(&record.id())).count();
        }
        times.sort_by(f64::total_cmp);
        let median = times.get(TIMES / 2).copied().unwrap_or_default();
        println!(
            "{name}: {} records, {live} of them count\t{median:.1}\tms\t{LIMIT_MS}",
            village.records.len()
        );
    }
    Ok(())
}
