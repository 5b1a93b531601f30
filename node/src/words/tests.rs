//! That everything which the code can say has its words.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use baro_crdt::role::Role;
use fluent_bundle::FluentArgs;

use super::reason::{Thing, message};
use super::{Arg, Lang, Reason, why};
use crate::replica::Refusal;

fn lang(tag: &str) -> Lang {
    Lang::tagged(tag).unwrap()
}

#[test]
fn every_refusal_has_words_in_english_and_french_and_they_name_what_is_given() {
    for (key, names) in why::ALL {
        let mut args = FluentArgs::new();
        for name in *names {
            args.set(*name, format!("<{name}>"));
        }
        for lang in Lang::all() {
            let tag = lang.tag();
            let said = lang.exact(&message(key), None, &args);
            let said = match said {
                None => {
                    assert!(!["en", "fr"].contains(&tag), "{tag} has no words for {key}");
                    continue;
                }
                Some(said) => said.unwrap_or_else(|wrong| panic!("{tag}, {key}: {wrong}")),
            };
            if ["en", "fr"].contains(&tag) {
                for name in *names {
                    assert!(said.contains(&format!("<{name}>")), "{tag}, {key}: {said}");
                }
            }
            if let Some(Err(wrong)) = lang.exact(&message(key), Some("command"), &args) {
                panic!("{tag}, {key}, command: {wrong}");
            }
        }
    }
}

#[test]
fn no_words_of_refusals_are_left_over() {
    let keys: BTreeSet<String> = why::ALL.iter().map(|(key, _)| message(key)).collect();
    for source in [include_str!("locales/en.ftl"), include_str!("locales/fr.ftl")] {
        for line in source.lines().filter(|line| {
            ["refused-", "awaits-", "warns-", "deed-"].iter().any(|own| line.starts_with(own))
        }) {
            let key = line.split(' ').next().unwrap();
            assert!(keys.contains(key), "nobody says {key}");
        }
    }
}

#[test]
fn what_is_counted_as_refused_has_words() {
    let french = lang("fr");
    let known = [
        Refusal::UnknownCommunity,
        Refusal::UnknownKey,
        Refusal::Gap,
        Refusal::BadRecord,
        Refusal::OtherBranch,
        Refusal::WaitingRoomFull,
        Refusal::Unwanted,
        Refusal::BadParcel,
        Refusal::UnwantedBlob,
        Refusal::NoRoom,
    ];
    let bundles = include_str!("../bundle/verify.rs");
    let calls = bundles.split("refuse(").skip(1).filter_map(|rest| rest.split(')').next());
    let quoted = calls.filter_map(|call| call.split('"').nth(1));
    let all: BTreeSet<String> =
        known.iter().map(ToString::to_string).chain(quoted.map(str::to_owned)).collect();
    assert!(all.len() >= 18, "{all:?}");
    for english in all {
        assert_ne!(french.counted(&english), english);
    }
    let rare = "an entry that breaks a rule: x";
    assert_eq!(french.counted(rare), rare, "what is not known is said as it is");
}

/// All files below a folder of this crate.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

#[test]
fn every_key_that_pages_name_has_words_in_english_and_french() {
    let mut found = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web"), &mut found);
    let calls =
        ["p.t(\"", "p.n(\"", "p.w(\"", ".say(\"", ".count(\"", ".with(\"", "Told(\"", "=> (\""];
    let mut keys = BTreeSet::new();
    for path in found {
        let Ok(source) = std::fs::read_to_string(&path) else { continue };
        for call in calls {
            let rest = source.split(call).skip(1);
            keys.extend(rest.filter_map(|rest| Some(rest.split_once("\")")?.0.to_owned())));
            let rest = source.split(call).skip(1);
            keys.extend(rest.filter_map(|rest| Some(rest.split_once("\",")?.0.to_owned())));
        }
    }
    let is_key = |text: &String| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
    };
    keys.retain(is_key);
    assert!(keys.len() > 200, "only {} keys were found", keys.len());
    let things = Thing::ALL.iter().map(|thing| thing.key().to_owned());
    let roles = Role::ALL.iter().map(|role| role.word().to_owned());
    keys.extend(things.chain(roles).chain(["or".to_owned()]));
    let mut args = FluentArgs::new();
    args.set("n", 3);
    args.set("what", "x");
    for key in keys {
        for tag in ["en", "fr"] {
            let said = lang(tag).exact(&key, None, &args);
            assert!(matches!(said, Some(Ok(_))), "{tag}, {key}: {said:?}");
        }
    }
}

#[test]
fn a_refusal_speaks_the_language_of_who_reads_it() {
    let roles = [Role::Moderator, Role::Manager];
    let refusal = why::no_role("Awa", &roles[..]);
    assert_eq!(refusal.key(), "no_role");
    assert_eq!(
        refusal.to_string(),
        "Awa is no moderator or manager here. Ask a manager for the role. (baro grant)"
    );
    assert_eq!(
        refusal.say(lang("fr")),
        "Awa n’a pas ici ce rôle\u{a0}: modérateur ou gestionnaire. Demandez-le à un gestionnaire."
    );
    assert!(refusal.say(lang("ar")).contains("مشرف"), "{}", refusal.say(lang("ar")));
    // Soninke lacks it: French says it.
    assert_eq!(refusal.say(lang("snk")).matches("Demandez").count(), 1);
}

#[test]
fn what_somebody_wrote_is_said_again_in_part_and_on_one_line() {
    let long = format!("a\n{}", "é".repeat(400));
    let Arg::Text(cut) = Arg::from(long.as_str()) else { unreachable!() };
    assert!(cut.starts_with("a é") && cut.ends_with('…') && cut.chars().count() == 161);
    let inner: Reason = why::course_file("a.md", why::course_file_empty());
    assert_eq!(inner.to_string(), "a.md: It is empty.");
}
