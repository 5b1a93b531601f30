//! Languages of what people write: which of several versions to show whom, and in which direction.
//!
//! Pure: tags go in, a place in a list comes out. A tag is any of BCP 47, up to 35 bytes, also of
//! languages that no table knows (Dogon, Khassonke): what is not known is compared as it is
//! written. Script and direction follow from the tag's own script, else from the likely script of
//! its language (CLDR's likely subtags, by `icu_locale`); so `bm` and `ff` are written from the
//! left and `ff-Adlm` from the right. The lookup is RFC 4647's (section 3.4), tag by tag in the
//! order of what is asked for, and then looser: the same language in the same script counts
//! before the next language, and where nothing fits the original is shown.

use icu_locale::{LanguageIdentifier, Locale, LocaleDirectionality, LocaleExpander};

/// The most bytes of a language tag.
pub const TAG_BYTES_MAX: usize = 35;
/// The most tags that are asked for at once; more are not looked at.
pub const ASKED_MAX: usize = 16;

/// A tag that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no language tag: write it as fr, bm, ff-Adlm or fr-ML (BCP 47)")]
pub struct BadTag(pub String);

/// The tag in its usual spelling: `FR-ml` becomes `fr-ML`.
///
/// # Errors
/// [`BadTag`] where it is none that BCP 47 allows.
pub fn tag(text: &str) -> Result<String, BadTag> {
    let text = text.trim();
    let part = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let first = text.split('-').next().unwrap_or_default();
    // One letter stands for what follows: `x-` for private use, `i-` for some old ones.
    let begins = first.bytes().all(|byte| byte.is_ascii_alphabetic())
        && (first.len() >= 2 || ["x", "i"].contains(&&*first.to_ascii_lowercase()));
    let is_tag = !text.is_empty() && text.len() <= TAG_BYTES_MAX && text.split('-').all(part);
    if !is_tag || !begins || (first.len() == 1 && !text.contains('-')) {
        return Err(BadTag(text.chars().take(64).collect()));
    }
    // `icu_locale` knows the tags of Unicode, which are not all of BCP 47.
    Ok(text.parse::<Locale>().map_or_else(|_| text.to_owned(), |locale| locale.to_string()))
}

fn identifier(tag: &str) -> Option<LanguageIdentifier> {
    let whole = tag.parse::<Locale>().map(|locale| locale.id);
    whole.or_else(|_| tag.split('-').next().unwrap_or_default().parse()).ok()
}

/// The direction in which text with this tag is written: `rtl` or `ltr`.
pub fn direction(tag: &str) -> &'static str {
    let right_to_left = identifier(tag)
        .is_some_and(|id| LocaleDirectionality::new_extended().is_right_to_left(&id));
    if right_to_left { "rtl" } else { "ltr" }
}

/// Language and script, both as written or as likely; the script is empty where nobody knows.
fn language_and_script(tag: &str) -> (String, String) {
    let language = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    let script = identifier(tag)
        .and_then(|id| id.script.or_else(|| LocaleExpander::new_extended().get_likely_script(&id)));
    (language, script.map(|script| script.to_string()).unwrap_or_default())
}

/// How a version was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// It is in the language asked for first.
    Asked,
    /// It is in another one: what was asked for first is not held.
    Fallback,
}

/// The version to show: its place in `held`, and whether it is what was asked for first. `asked`
/// are the tags a reader wants, the best first; `held` those of the versions, the original first;
/// a version whose language nobody said is `None`. Nothing only where nothing is held.
pub fn choose(asked: &[impl AsRef<str>], held: &[Option<&str>]) -> Option<(usize, Found)> {
    let how = |at: usize| if at == 0 { Found::Asked } else { Found::Fallback };
    for (at, wanted) in asked.iter().take(ASKED_MAX).enumerate() {
        if let Some(place) = look_up(wanted.as_ref(), held) {
            return Some((place, how(at)));
        }
    }
    let found = if asked.is_empty() { Found::Asked } else { Found::Fallback };
    (!held.is_empty()).then_some((0, found))
}

/// The place of the version that fits one tag.
fn look_up(wanted: &str, held: &[Option<&str>]) -> Option<usize> {
    let place = |range: &str| {
        held.iter().position(|tag| tag.is_some_and(|tag| tag.eq_ignore_ascii_case(range)))
    };
    let mut range = wanted.trim();
    loop {
        if let Some(found) = place(range) {
            return Some(found);
        }
        // The last part goes, and with it what only announced it.
        let Some((shorter, _)) = range.rsplit_once('-') else { break };
        range = match shorter.rsplit_once('-') {
            Some((more, single)) if single.len() == 1 => more,
            _ => shorter,
        };
    }
    let (language, script) = language_and_script(wanted);
    held.iter().position(|tag| {
        tag.is_some_and(|tag| language_and_script(tag) == (language.clone(), script.clone()))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn tags_of_any_language_are_taken_and_spelt_alike() {
        let spelt =
            ["bm", "FR-ml", "ff-adlm", "snk", "dtm", "x-kayes", "i-klingon", "ar-u-nu-latn"];
        let as_usual =
            ["bm", "fr-ML", "ff-Adlm", "snk", "dtm", "x-kayes", "i-klingon", "ar-u-nu-latn"];
        for (text, usual) in spelt.iter().zip(as_usual) {
            assert_eq!(tag(text).as_deref(), Ok(usual));
        }
        for bad in ["", "f", "x", "français", "fr_FR x", "fr--ML", "12", "toolonglanguage"] {
            assert!(tag(bad).is_err(), "{bad:?}");
        }
        assert!(tag(&"abcdefgh-".repeat(8)).is_err());
    }

    #[test]
    fn direction_follows_the_script() {
        for left in ["bm", "ff", "fr", "snk", "dtm", "en", "az-Latn", "kao", "x-kayes", "", "ff-ML"]
        {
            assert_eq!(direction(left), "ltr", "{left}");
        }
        for right in ["ar", "ff-Adlm", "bm-Nkoo", "ha-Arab", "nqo", "ur", "ar-ML", "he"] {
            assert_eq!(direction(right), "rtl", "{right}");
        }
    }

    #[test]
    fn the_best_version_held_is_chosen() {
        let held = [Some("fr"), Some("bm"), Some("ar"), Some("ff-Adlm"), None];
        let chosen = |asked: &[&str]| choose(asked, &held).unwrap();
        assert_eq!(chosen(&["bm"]), (1, Found::Asked));
        assert_eq!(chosen(&["BM-ml"]), (1, Found::Asked));
        assert_eq!(chosen(&["ar-u-nu-latn"]), (2, Found::Asked));
        assert_eq!(chosen(&["snk", "bm", "fr"]), (1, Found::Fallback));
        // Fulfulde in Latin letters is not what is here in Adlam.
        assert_eq!(chosen(&["ff", "fr"]), (0, Found::Fallback));
        assert_eq!(chosen(&["ff-Adlm-GN"]), (3, Found::Asked));
        assert_eq!(chosen(&["en"]), (0, Found::Fallback));
        assert_eq!(chosen(&[]), (0, Found::Asked));
        assert_eq!(choose(&["fr"], &[]), None);
        assert_eq!(choose(&["fr"], &[None]), Some((0, Found::Fallback)));
        // Another region of the same language is better than another language.
        assert_eq!(choose(&["fr-ML", "en"], &[Some("en"), Some("fr-FR")]), Some((1, Found::Asked)));
    }
}
