//! What people do: one small thing at a time, each as a device's own state lets them.

use baro_crdt::authority::Authority;
use baro_crdt::entry::{Body, Choice, PostKind, Priority, Words};
use baro_crdt::ids::{EntryId, PersonId, RecordId};
use baro_crdt::log::{Head, SignedHead, Stream};
use baro_crdt::record::{Accept, Body as RecordBody, Closing, Revocation};
use baro_crdt::role::Role;
use baro_node::replica::Item;
use baro_node::store::{LocalPerson, LogRow, PostFamily, Read};

use crate::dice::Dice;
use crate::village::{Village, key_of, sign, words};
use crate::world::World;

const ROLES: [Role; 6] =
    [Role::Member, Role::Member, Role::Facilitator, Role::Official, Role::Moderator, Role::Manager];

/// Somebody at a device does something; nothing where they may not, or nobody lives there.
pub fn act(world: &mut World, village: &mut Village, dice: &mut Dice, node: usize) -> Option<()> {
    if !world.nodes.get(node)?.is_up() {
        return None;
    }
    let authority = village.authority(world, node)?;
    let persons = world.nodes.get(node)?.store.local_persons().ok()?;
    let here: Vec<LocalPerson> =
        persons.into_iter().filter(|person| person.community == village.id).collect();
    let who = dice.pick(&here)?.clone();
    let permille = world.faults.stubborn_permille;
    if world.faults.now(permille) {
        return write_on(world, village, dice, node, &who, &authority);
    }
    match dice.below(100) {
        0..45 => speak(world, village, dice, node, &who),
        45..55 => amend(world, village, dice, node, &who),
        55..60 => announce(world, village, dice, node, &who),
        60..64 => hide(world, village, dice, node, &who),
        64..74 => give(world, village, dice, node, &who, &authority),
        74..80 => revoke(world, village, dice, node, &who, &authority),
        80..86 => accept(world, village, dice, node, &who, &authority),
        86..90 => close(world, village, dice, node, &who, &authority),
        90..95 => village.invite(world, dice, node, &who),
        _ => {
            let ticket = dice.index(village.tickets.len());
            let home = dice.index(world.nodes.len());
            world.nodes.get(home)?.is_up().then_some(())?;
            village.join(world, dice, home, ticket).map(|_| ())
        }
    }
}

fn posts(
    world: &World,
    village: &Village,
    node: usize,
    family: PostFamily,
) -> Vec<(EntryId, PersonId)> {
    let Some(node) = world.nodes.get(node) else { return Vec::new() };
    let rows = node.store.posts(&village.id, family).unwrap_or_default();
    rows.into_iter().map(|row| (row.id, row.author)).collect()
}

/// One or a few things at once, as a batch does.
fn speak(
    world: &mut World,
    village: &Village,
    dice: &mut Dice,
    node: usize,
    who: &LocalPerson,
) -> Option<()> {
    let debates = posts(world, village, node, PostFamily::Debate);
    let statements = posts(world, village, node, PostFamily::Post);
    let mut said: Vec<(Body, Option<Words>)> = Vec::new();
    for _ in 0..=dice.below(4) {
        let choice = *dice.pick(&[Choice::Agree, Choice::Disagree, Choice::Pass])?;
        let text = || "mots ".repeat(3);
        said.push(match (dice.below(10), dice.pick(&debates), dice.pick(&statements)) {
            (0, _, _) | (_, None, _) => (Body::Debate { closes: None }, Some(words("Un puits ?"))),
            (1, _, _) => (Body::Name { name: format!("nom-{}", dice.below(50)) }, None),
            (2..6, Some((debate, _)), statement) => {
                let reply_to = statement.map(|(id, _)| *id).filter(|_| dice.chance(300));
                let kind = PostKind::Statement;
                (Body::Post { debate: *debate, kind, reply_to, to: None }, Some(words(&text())))
            }
            (_, Some((debate, _)), None) => {
                let kind = PostKind::Question;
                (
                    Body::Post { debate: *debate, kind, reply_to: None, to: None },
                    Some(words(&text())),
                )
            }
            (_, _, Some((post, _))) => (Body::Vote { post: *post, choice }, None),
        });
    }
    village.say(world, dice, node, who, (Role::Member, Stream::Debate), &said);
    Some(())
}

fn amend(
    world: &mut World,
    village: &Village,
    dice: &mut Dice,
    node: usize,
    who: &LocalPerson,
) -> Option<()> {
    let family = *dice.pick(&[PostFamily::Post, PostFamily::Debate])?;
    let own: Vec<EntryId> = posts(world, village, node, family)
        .into_iter()
        .filter(|(_, author)| *author == who.person || dice.chance(100))
        .map(|(id, _)| id)
        .collect();
    let entry = *dice.pick(&own)?;
    let said = if dice.chance(500) {
        (Body::Edit { entry }, Some(words("en mieux")))
    } else {
        (Body::Withdraw { entry }, None)
    };
    village.say(world, dice, node, who, (Role::Member, Stream::Debate), &[said]);
    Some(())
}

fn announce(
    world: &mut World,
    village: &Village,
    dice: &mut Dice,
    node: usize,
    who: &LocalPerson,
) -> Option<()> {
    let body = Body::Announcement {
        priority: Priority::Normal,
        expires: None,
        supersedes: None,
        place: None,
        category: None,
    };
    let stream = *dice.pick(&[Stream::Official, Stream::Alerts])?;
    let said = [(body, Some(words("La pompe est en panne")))];
    village.say(world, dice, node, who, (Role::Official, stream), &said);
    Some(())
}

fn hide(
    world: &mut World,
    village: &Village,
    dice: &mut Dice,
    node: usize,
    who: &LocalPerson,
) -> Option<()> {
    let all = posts(world, village, node, PostFamily::Post);
    let (post, _) = *dice.pick(&all)?;
    let body = if dice.chance(600) {
        Body::Hide { post, reason: "injure".into() }
    } else {
        Body::Unhide { post }
    };
    village.say(world, dice, node, who, (Role::Moderator, Stream::Debate), &[(body, None)]);
    Some(())
}

/// Somebody writes under a grant that may no longer be theirs, in a lane that may be struck out.
fn write_on(
    world: &mut World,
    village: &Village,
    dice: &mut Dice,
    node: usize,
    who: &LocalPerson,
    authority: &Authority,
) -> Option<()> {
    let grants: Vec<RecordId> = authority
        .grants_of(&who.person)
        .into_iter()
        .map(|info| info.grant)
        .chain([authority.founding()])
        .collect();
    let grant = *dice.pick(&grants)?;
    let stream = *dice.pick(&[Stream::Debate, Stream::Debate, Stream::Official])?;
    let body = match stream {
        Stream::Debate => Body::Debate { closes: None },
        _ => Body::Announcement {
            priority: Priority::High,
            expires: None,
            supersedes: None,
            place: None,
            category: None,
        },
    };
    let said = [(body, Some(words("quand même")))];
    let stubborn = dice.chance(500);
    village.say_under(world, dice, node, who, (grant, stream, stubborn), &said);
    Some(())
}

fn anybody(village: &Village, dice: &mut Dice) -> Option<PersonId> {
    dice.pick(&village.persons).map(|person| person.person)
}

fn give(
    world: &mut World,
    village: &Village,
    dice: &mut Dice,
    node: usize,
    who: &LocalPerson,
    authority: &Authority,
) -> Option<()> {
    let role = *dice.pick(&ROLES)?;
    let to = anybody(village, dice)?;
    let mut overcomes: Vec<RecordId> = authority
        .grants_of(&to)
        .iter()
        .flat_map(|info| authority.ended_by(&info.grant, &to))
        .collect();
    overcomes.sort();
    overcomes.dedup();
    village.grant(world, node, who, role, &[to], overcomes).map(|_| ())
}

/// Signed heads of a person's logs as held here.
fn heads_of(world: &World, village: &Village, node: usize, person: &PersonId) -> Vec<SignedHead> {
    let Some(node) = world.nodes.get(node) else { return Vec::new() };
    let logs = node.store.logs_of(&village.id, person).unwrap_or_default();
    let last = |row: &LogRow| node.store.heads(row.number).ok()?.pop();
    let mut heads: Vec<SignedHead> = logs.iter().filter_map(last).collect();
    heads.sort_by_key(|head| head.head.log);
    heads
}

fn records_of(world: &World, village: &Village, node: usize, person: &PersonId) -> Vec<RecordId> {
    let Some(node) = world.nodes.get(node) else { return Vec::new() };
    let rows = node.store.records(&village.id).unwrap_or_default();
    rows.iter()
        .filter_map(|row| baro_crdt::record::Record::from_trusted_bytes(&row.bytes).ok())
        .filter(|record| record.body().signers() == [*person])
        .map(|record| record.id())
        .collect()
}

fn revoke(
    world: &mut World,
    village: &Village,
    dice: &mut Dice,
    node: usize,
    who: &LocalPerson,
    authority: &Authority,
) -> Option<()> {
    let via = authority.best_grant(&who.person, Role::Manager, None)?;
    let person = anybody(village, dice)?;
    let kept = dice.chance(700);
    let mut keep_logs = heads_of(world, village, node, &person);
    let mut keep_records = records_of(world, village, node, &person);
    keep_logs.retain(|_| kept && dice.chance(800));
    keep_records.retain(|_| kept);
    let roles = if dice.chance(300) { vec![*dice.pick(&ROLES)?] } else { Vec::new() };
    let body = RecordBody::Revocation(Revocation {
        community: village.id,
        by: vec![who.person],
        via,
        person,
        roles,
        keep_records,
        keep_logs,
    });
    let record = sign(body, &[&key_of(who)])?;
    world.write_here(node, vec![Item::Record(record)]).ok().map(|_| ())
}

fn accept(
    world: &mut World,
    village: &Village,
    dice: &mut Dice,
    node: usize,
    who: &LocalPerson,
    authority: &Authority,
) -> Option<()> {
    let via = authority.best_grant(&who.person, Role::Manager, None)?;
    let person = anybody(village, dice)?;
    let mut logs = heads_of(world, village, node, &person);
    logs.retain(|_| dice.chance(700));
    let mut records = records_of(world, village, node, &person);
    records.retain(|_| dice.chance(500));
    let body = RecordBody::Accept(Accept {
        community: village.id,
        by: who.person,
        via,
        person,
        records,
        logs,
    });
    let record = sign(body, &[&key_of(who)])?;
    world.write_here(node, vec![Item::Record(record)]).ok().map(|_| ())
}

fn close(
    world: &mut World,
    village: &Village,
    dice: &mut Dice,
    node: usize,
    who: &LocalPerson,
    authority: &Authority,
) -> Option<()> {
    let via = authority.best_grant(&who.person, Role::Member, None)?;
    let debates = posts(world, village, node, PostFamily::Debate);
    let (debate, _) = *dice.pick(&debates)?;
    let rows = world.nodes.get(node)?.store.logs(&village.id).ok()?;
    let mut heads: Vec<Head> = rows
        .iter()
        .filter(|row| row.authorised > 0 && dice.chance(700))
        .map(|row| Head { log: row.id, length: row.authorised, chain: row.authorised_chain })
        .collect();
    heads.sort_by_key(|head| head.log);
    let body = RecordBody::Closing(Closing {
        community: village.id,
        by: who.person,
        via,
        debate,
        outcome: None,
        heads,
    });
    let record = sign(body, &[&key_of(who)])?;
    world.write_here(node, vec![Item::Record(record)]).ok().map(|_| ())
}
