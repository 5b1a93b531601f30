//! The languages that people read: their words by key, with a fallback.
//!
//! One Fluent file a language, in `locales/`. A word that a language lacks is taken from French,
//! the language of Mali's schools, then English. Languages that no native speaker reviewed say so
//! on each page.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

struct Words {
    tag: &'static str,
    /// What the language calls itself.
    name: &'static str,
    rtl: bool,
    reviewed: bool,
    bundle: FluentBundle<FluentResource>,
}

/// Builds one language; `plurals` is the language whose rules for numbers it takes, since those of
/// some are in no library.
fn words(
    tag: &'static str,
    name: &'static str,
    plurals: &str,
    rtl: bool,
    reviewed: bool,
    source: &str,
) -> Words {
    let locale = plurals.parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![locale]);
    bundle.set_use_isolating(rtl);
    // What cannot be read is left out; a test reads all.
    let resource = match FluentResource::try_new(spaced(tag, source)) {
        Ok(resource) | Err((resource, _)) => resource,
    };
    bundle.add_resource_overriding(resource);
    Words { tag, name, rtl, reviewed, bundle }
}

/// In French, and where its signs are used as in French, the space beside them does not end a line.
/// The apostrophe of French is curved.
fn spaced(tag: &str, source: &str) -> String {
    let signs = [":", ";", "?", "!", "»"];
    let spaced =
        |text: String, sign: &str| text.replace(&format!(" {sign}"), &format!("\u{a0}{sign}"));
    let bound = || {
        let text = signs.into_iter().fold(source.to_owned(), spaced);
        text.replace("« ", "«\u{a0}")
    };
    match tag {
        "fr" => bound().replace('\'', "’"),
        "bm" | "ff" | "snk" => bound(),
        _ => source.to_owned(),
    }
}

static ALL: LazyLock<Vec<Words>> = LazyLock::new(|| {
    vec![
        words("fr", "Français", "fr", false, true, include_str!("locales/fr.ftl")),
        words("en", "English", "en", false, true, include_str!("locales/en.ftl")),
        words("bm", "Bamanankan", "bm", false, false, include_str!("locales/bm.ftl")),
        words("ff", "Fulfulde", "ff", false, false, include_str!("locales/ff.ftl")),
        words("snk", "Sooninke", "fr", false, false, include_str!("locales/snk.ftl")),
        words("ar", "العربية", "ar", true, false, include_str!("locales/ar.ftl")),
    ]
});

/// The English words under which what was refused is counted, each with its key.
static COUNTED: LazyLock<BTreeMap<&'static str, &'static str>> = LazyLock::new(|| {
    let lines = include_str!("locales/en.ftl").lines();
    let counted = lines.filter(|line| line.starts_with("counted-"));
    counted.filter_map(|line| line.split_once(" = ").map(|(key, words)| (words, key))).collect()
});

/// A language of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lang(usize);

impl Lang {
    /// What everything has words in: that of commands where nobody asks for another.
    pub(crate) const ENGLISH: Self = Self(1);

    /// All, in the order in which they are offered.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        (0..ALL.len()).map(Self)
    }

    fn words(self) -> Option<&'static Words> {
        ALL.get(self.0)
    }

    /// The language with this tag, or the one it is a kind of.
    pub(crate) fn tagged(tag: &str) -> Option<Self> {
        let wanted = tag.split(['-', '_']).next().unwrap_or_default().to_lowercase();
        // Fula and Bambara under their longer tags.
        let wanted = match wanted.as_str() {
            "ful" | "ffm" | "fuc" => "ff",
            "bam" => "bm",
            other => other,
        };
        Self::all().find(|lang| lang.tag() == wanted)
    }

    /// The one chosen, else the first that the browser asks for, else French.
    pub(crate) fn choose(chosen: Option<&str>, accepted: &str) -> Self {
        if let Some(lang) = chosen.and_then(Self::tagged) {
            return lang;
        }
        let mut wanted: Vec<(f32, &str)> = accepted
            .split(',')
            .take(16)
            .filter_map(|part| {
                let mut fields = part.split(';');
                let tag = fields.next()?.trim();
                let weight = fields.find_map(|field| field.trim().strip_prefix("q="));
                Some((weight.map_or(1.0, |weight| weight.parse().unwrap_or(0.0)), tag))
            })
            .filter(|(weight, _)| *weight > 0.0)
            .collect();
        wanted.sort_by(|one, other| other.0.total_cmp(&one.0));
        wanted.into_iter().find_map(|(_, tag)| Self::tagged(tag)).unwrap_or(Self(0))
    }

    /// Its tag (BCP 47).
    pub(crate) fn tag(self) -> &'static str {
        self.words().map_or("fr", |words| words.tag)
    }

    /// What it calls itself.
    pub(crate) fn name(self) -> &'static str {
        self.words().map_or("", |words| words.name)
    }

    /// `ltr` or `rtl`.
    pub(crate) fn dir(self) -> &'static str {
        if self.words().is_some_and(|words| words.rtl) { "rtl" } else { "ltr" }
    }

    /// Whether a native speaker has read its words.
    pub(crate) fn is_reviewed(self) -> bool {
        self.words().is_some_and(|words| words.reviewed)
    }

    fn format(self, key: &str, args: Option<&FluentArgs<'_>>) -> Option<String> {
        let bundle = &self.words()?.bundle;
        let pattern = bundle.get_message(key)?.value()?;
        let mut errors = Vec::new();
        Some(bundle.format_pattern(pattern, args, &mut errors).into_owned())
    }

    /// The words of this very language, or of an attribute of theirs, and whether all that they name
    /// is given.
    #[cfg(test)]
    pub(super) fn exact(
        self,
        key: &str,
        attribute: Option<&str>,
        args: &FluentArgs<'_>,
    ) -> Option<Result<String, String>> {
        let bundle = &self.words()?.bundle;
        let message = bundle.get_message(key)?;
        let pattern = match attribute {
            Some(name) => message.get_attribute(name)?.value(),
            None => message.value()?,
        };
        let mut errors = Vec::new();
        let said = bundle.format_pattern(pattern, Some(args), &mut errors).into_owned();
        Some(if errors.is_empty() { Ok(said) } else { Err(format!("{said}: {errors:?}")) })
    }

    /// An attribute of the words for `key`, where any language has one.
    pub(super) fn attribute(self, key: &str, name: &str, args: &FluentArgs<'_>) -> Option<String> {
        [self, Self(0), Self::ENGLISH].into_iter().find_map(|lang| {
            let bundle = &lang.words()?.bundle;
            let pattern = bundle.get_message(key)?.get_attribute(name)?.value();
            Some(bundle.format_pattern(pattern, Some(args), &mut Vec::new()).into_owned())
        })
    }

    pub(super) fn any(self, key: &str, args: Option<&FluentArgs<'_>>) -> String {
        [self, Self(0), Self::ENGLISH]
            .into_iter()
            .find_map(|lang| lang.format(key, args))
            .unwrap_or_else(|| key.to_owned())
    }

    /// What was refused on its way in is counted under English words: the same in this language,
    /// where they are known.
    pub(crate) fn counted(self, english: &str) -> String {
        COUNTED.get(english).map_or_else(|| english.to_owned(), |key| self.say(key))
    }

    /// The words for `key`.
    pub(crate) fn say(self, key: &str) -> String {
        self.any(key, None)
    }

    /// The words for `key` with a number `n`.
    pub(crate) fn count(self, key: &str, n: u64) -> String {
        let mut args = FluentArgs::new();
        args.set("n", FluentValue::from(n as f64));
        self.any(key, Some(&args))
    }

    /// The words for `key` with a name or other words in them.
    pub(crate) fn with(self, key: &str, what: &str) -> String {
        let mut args = FluentArgs::new();
        args.set("what", FluentValue::String(Cow::Borrowed(what)));
        self.any(key, Some(&args))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(source: &str) -> Vec<String> {
        source
            .lines()
            .filter_map(|line| line.split_once(" =").map(|(key, _)| key.to_owned()))
            .filter(|key| key.starts_with(|sign: char| sign.is_ascii_lowercase()))
            .collect()
    }

    #[test]
    fn every_language_can_be_read_and_says_nothing_that_french_does_not() {
        let french = keys(include_str!("locales/fr.ftl"));
        for (tag, source) in [
            ("fr", include_str!("locales/fr.ftl")),
            ("en", include_str!("locales/en.ftl")),
            ("bm", include_str!("locales/bm.ftl")),
            ("ff", include_str!("locales/ff.ftl")),
            ("snk", include_str!("locales/snk.ftl")),
            ("ar", include_str!("locales/ar.ftl")),
        ] {
            assert!(FluentResource::try_new(source.to_owned()).is_ok(), "{tag}");
            for key in keys(source) {
                assert!(french.contains(&key), "{tag}: {key} is not in French");
            }
        }
        let english = keys(include_str!("locales/en.ftl"));
        let lacks: Vec<_> = french.iter().filter(|key| !english.contains(key)).collect();
        assert!(lacks.is_empty(), "not in English: {lacks:?}");
    }

    #[test]
    fn signs_stay_with_their_words() {
        let said = "a = Qui ? L'autre : « Oui »";
        assert_eq!(spaced("fr", said), "a = Qui\u{a0}? L’autre\u{a0}: «\u{a0}Oui\u{a0}»");
        assert_eq!(spaced("bm", said), "a = Qui\u{a0}? L'autre\u{a0}: «\u{a0}Oui\u{a0}»");
        assert_eq!(spaced("en", said), said);
    }

    #[test]
    fn counting_fails_in_no_language() {
        for lang in Lang::all() {
            for n in [0, 1, 2, 3, 11, 100] {
                assert!(lang.count("posts", n).contains(&n.to_string()), "{} {n}", lang.tag());
            }
        }
    }

    #[test]
    fn the_first_language_that_is_here_is_taken() {
        let chosen = |cookie, header| Lang::choose(cookie, header).tag();
        assert_eq!(chosen(None, "de-DE,de;q=0.9,en;q=0.8,fr;q=0.85"), "fr");
        assert_eq!(chosen(None, "ar-EG"), "ar");
        assert_eq!(chosen(Some("snk"), "fr"), "snk");
        assert_eq!(chosen(Some("xx"), "en;q=zz"), "fr");
        assert_eq!(chosen(None, "bm-Latn-ML, fr;q=0.1"), "bm");
    }
}
