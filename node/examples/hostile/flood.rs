//! Items that are well signed and that nobody allowed: alerts of plain members, words of people
//! whom no record names, grants by people who may not grant.

use std::sync::LazyLock;
use std::time::Duration;

use baro_crdt::ids::RecordId;
use baro_crdt::keys::MemberKey;
use baro_crdt::log::Stream;
use baro_crdt::role::Role;

use super::said::records;
use super::sessions::{again_and_again, met};
use super::written::{Written, grant, names};
use super::{Aim, random};

/// Members who let themselves in with the ticket: as many as write 10 MB of alerts.
const MEMBERS: u8 = 40;
/// One log of a person whom no grant lets write it, as large as a log may be.
const ENTRIES: usize = 1_800;
const NAME_BYTES: usize = 128;
const RUN: usize = 400;
const WAIT: Duration = Duration::from_secs(5);

/// Alerts that this person may not give.
fn alerts(aim: &Aim, key: MemberKey, grant: RecordId) -> Written {
    let entries = names(ENTRIES, &"x".repeat(NAME_BYTES));
    Written::new(aim, key, grant, (Stream::Alerts, 1), entries)
}

/// The members are the same in every session, so that the community does not grow without end.
static KEYS: LazyLock<Vec<MemberKey>> =
    LazyLock::new(|| (1..=MEMBERS).map(|n| MemberKey::from_seed([n; 32])).collect());

/// One session after the other, each with all of it.
pub(super) async fn flood(aim: Aim) {
    again_and_again(aim, async |aim: Aim, number: usize| {
        // A few are a flood; more would only share the same line.
        if number >= 4 {
            tokio::time::sleep(Duration::from_secs(3600)).await;
        }
        let via = aim.ticket.records.last().unwrap().id();
        let mut granted = Vec::new();
        let mut said = Vec::new();
        for key in KEYS.iter() {
            let record = grant(&aim, &aim.ticket.key, via, Role::Member, key);
            said.push(record.to_bytes().to_vec());
            // By somebody who is a member only.
            let stranger = MemberKey::from_seed(random());
            let empty = grant(&aim, key, record.id(), Role::Manager, &stranger);
            said.push(empty.to_bytes().to_vec());
            granted.push((key, record.id()));
        }
        let Some(mut link) = met(&aim, 0, 9).await else { return };
        if link.hear_of(1).await.is_none() {
            return;
        }
        let parts = said.chunks(64).count();
        for (part, said) in said.chunks(64).enumerate() {
            link.say(&records(said, part + 1 == parts)).await;
        }
        if link.hear_of(6).await.is_none() {
            return;
        }
        let strangers = (0..4).map(|_| alerts(&aim, MemberKey::from_seed(random()), via));
        let members = granted
            .into_iter()
            .map(|(key, grant)| alerts(&aim, MemberKey::from_seed(key.seed()), grant));
        for liar in members.chain(strangers) {
            for from in (0..ENTRIES).step_by(RUN) {
                if !link.say(&liar.run(from, (from + RUN).min(ENTRIES))).await {
                    return;
                }
            }
        }
        link.wait(WAIT).await;
    })
    .await;
}
