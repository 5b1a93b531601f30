//! Quizzes in GIFT, the text format of Moodle and of many other programs.
//!
//! Questions stand apart by empty lines; `//` begins a line of comment, `$CATEGORY:` names what
//! follows. A question is `::title:: text {answers} text`; what is in the braces says its kind:
//! `=right ~wrong` a choice, `=right` alone a short answer, `=left -> right` pairs, `T` or `F`,
//! `#3:2` or `#1..5` a number, nothing an essay; no braces at all are only words. `%50%` weighs an
//! answer, `#` adds what is said to who gives it, `####` what is said to all. `\` takes the meaning
//! from `~ = # { } :` and from itself, and `\n` is a new line.
//!
//! Reading takes time and memory linear in the source, whatever is in it.

use serde::Serialize;

/// The most questions of one quiz.
pub const QUESTIONS_MAX: usize = 500;
/// The most answers or pairs of one question.
pub const ANSWERS_MAX: usize = 100;

/// A source that is no GIFT.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct GiftError {
    /// Where the question begins, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: String,
}

/// One question.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Question {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// The words before the answers.
    pub text: String,
    /// The words behind them, where a word is missing in the middle.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub after: String,
    /// What kind of answer it takes.
    #[serde(flatten)]
    pub kind: Kind,
    /// What is said to everybody who has answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feedback: Option<String>,
}

/// What kind of answer a question takes.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// None: only words.
    Text,
    /// Words of one's own, which a person reads.
    Essay,
    /// Whether it is true.
    TrueFalse {
        /// Whether it is.
        answer: bool,
        /// What is said to who is wrong.
        #[serde(skip_serializing_if = "Option::is_none")]
        wrong: Option<String>,
        /// What is said to who is right.
        #[serde(skip_serializing_if = "Option::is_none")]
        right: Option<String>,
    },
    /// One of these, or several where no single one is worth all.
    Choice {
        /// All to choose from.
        answers: Vec<Answer>,
    },
    /// One of these words, typed.
    Short {
        /// All that are taken.
        answers: Vec<Answer>,
    },
    /// What belongs to what.
    Matching {
        /// The pairs; one side may be empty, to mislead.
        pairs: Vec<Pair>,
    },
    /// A number.
    Numerical {
        /// The ranges that are taken.
        answers: Vec<Range>,
    },
}

/// An answer to choose or to type.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answer {
    /// Its words.
    pub text: String,
    /// What it is worth, in percent: 100 is right, 0 wrong.
    pub weight: f64,
    /// What is said to who gives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feedback: Option<String>,
}

/// Two things that belong together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pair {
    /// One.
    pub left: String,
    /// The other.
    pub right: String,
}

/// Numbers that are taken, both ends included.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Range {
    /// The lowest.
    pub from: f64,
    /// The highest.
    pub to: f64,
    /// What it is worth, in percent.
    pub weight: f64,
    /// What is said to who gives one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feedback: Option<String>,
}

/// A character, and whether it stands for itself.
#[derive(Clone, Copy)]
struct Sign {
    ch: char,
    is_word: bool,
}

/// Reads a quiz.
///
/// # Errors
/// [`GiftError`] at the first question that cannot be read.
pub fn read(source: &str) -> Result<Vec<Question>, GiftError> {
    let mut questions = Vec::new();
    let mut category = None;
    let mut block = String::new();
    let mut begins = 0;
    let lines = source.trim_start_matches('\u{feff}').lines().chain(std::iter::once(""));
    for (number, line) in lines.enumerate() {
        if line.trim_start().starts_with("//") {
            continue;
        }
        if let Some(named) = line.trim().strip_prefix("$CATEGORY:") {
            category = Some(named.trim().to_owned()).filter(|name| !name.is_empty());
            continue;
        }
        if !line.trim().is_empty() {
            if block.is_empty() {
                begins = number + 1;
            }
            block.push_str(line);
            block.push('\n');
            continue;
        }
        if !block.is_empty() {
            let wrong = |what: String| GiftError { line: begins, what };
            if questions.len() == QUESTIONS_MAX {
                return Err(wrong(format!("a quiz has at most {QUESTIONS_MAX} questions")));
            }
            questions.push(question(&signs(&block), category.clone()).map_err(wrong)?);
            block.clear();
        }
    }
    Ok(questions)
}

fn signs(text: &str) -> Vec<Sign> {
    let mut signs = Vec::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(ch) = chars.next() {
        let escaped = match (ch, chars.peek()) {
            ('\\', Some('n')) => Some('\n'),
            ('\\', Some(next @ ('~' | '=' | '#' | '{' | '}' | ':' | '\\'))) => Some(*next),
            _ => None,
        };
        match escaped {
            Some(ch) => {
                chars.next();
                signs.push(Sign { ch, is_word: true });
            }
            None => signs.push(Sign { ch, is_word: false }),
        }
    }
    signs
}

/// Where `mark` stands with its own meaning, from `from` on.
fn find(signs: &[Sign], mark: &str, from: usize) -> Option<usize> {
    let length = mark.chars().count();
    let at = |start: usize| {
        let here = signs.get(start..start + length).unwrap_or_default();
        here.len() == length
            && here.iter().zip(mark.chars()).all(|(sign, ch)| sign.ch == ch && !sign.is_word)
    };
    (from..signs.len()).find(|start| at(*start))
}

/// What is before a mark, and what behind it, where it stands there.
fn split<'a>(signs: &'a [Sign], mark: &str) -> (&'a [Sign], Option<&'a [Sign]>) {
    match find(signs, mark, 0) {
        Some(at) => {
            let behind = at + mark.chars().count();
            (signs.get(..at).unwrap_or_default(), signs.get(behind..))
        }
        None => (signs, None),
    }
}

/// The words, without white space around them; lines that were broken are joined.
fn words(signs: &[Sign]) -> String {
    let mut text = String::new();
    for sign in signs {
        match sign {
            Sign { ch: '\n' | '\r', is_word: false } => text.push(' '),
            Sign { ch, .. } => text.push(*ch),
        }
    }
    text.trim().to_owned()
}

fn feedback(signs: Option<&[Sign]>) -> Option<String> {
    signs.map(words).filter(|words| !words.is_empty())
}

fn question(signs: &[Sign], category: Option<String>) -> Result<Question, String> {
    let (mut title, mut rest) = (None, trim(signs));
    if find(rest, "::", 0) == Some(0) {
        let end = find(rest, "::", 2).ok_or("a title begins with :: and does not end")?;
        title = feedback(rest.get(2..end));
        rest = trim(rest.get(end + 2..).unwrap_or_default());
    }
    for format in ["[html]", "[moodle]", "[plain]", "[markdown]"] {
        if find(rest, format, 0) == Some(0) {
            rest = rest.get(format.len()..).unwrap_or_default();
        }
    }
    let (before, inside) = split(rest, "{");
    let Some(inside) = inside else {
        if find(rest, "}", 0).is_some() {
            return Err("a } without a { before it (write \\} for the sign itself)".into());
        }
        let (text, after) = (words(rest), String::new());
        return Ok(Question { title, category, text, after, kind: Kind::Text, feedback: None });
    };
    let (inside, after) = split(inside, "}");
    let after = after.ok_or("a { without a } behind it (write \\{ for the sign itself)")?;
    if find(inside, "{", 0).is_some()
        || find(after, "{", 0).is_some()
        || find(after, "}", 0).is_some()
    {
        return Err("more than one pair of { and } (is an empty line missing?)".into());
    }
    let (inside, general) = split(inside, "####");
    Ok(Question {
        title,
        category,
        text: words(before),
        after: words(after),
        kind: kind(trim(inside))?,
        feedback: feedback(general),
    })
}

fn trim(mut signs: &[Sign]) -> &[Sign] {
    let space = |sign: &Sign| sign.ch.is_whitespace() && !sign.is_word;
    while let Some((first, rest)) = signs.split_first().filter(|(first, _)| space(first)) {
        let _ = first;
        signs = rest;
    }
    while let Some((last, rest)) = signs.split_last().filter(|(last, _)| space(last)) {
        let _ = last;
        signs = rest;
    }
    signs
}

fn kind(inside: &[Sign]) -> Result<Kind, String> {
    let Some(first) = inside.first() else { return Ok(Kind::Essay) };
    if first.ch == '#' && !first.is_word {
        return numerical(trim(inside.get(1..).unwrap_or_default()));
    }
    let (word, said) = split(inside, "#");
    let answer = match words(word).to_uppercase().as_str() {
        "T" | "TRUE" => Some(true),
        "F" | "FALSE" => Some(false),
        _ => None,
    };
    if let Some(answer) = answer {
        let (wrong, right) = said.map_or((None, None), |said| {
            let (wrong, right) = split(said, "#");
            (feedback(Some(wrong)), feedback(right))
        });
        return Ok(Kind::TrueFalse { answer, wrong, right });
    }
    let parts = parts(inside)?;
    let is_pair = |(right, part): &(bool, &[Sign])| *right && find(part, "->", 0).is_some();
    if parts.iter().all(is_pair) {
        let pair = |(_, part): &(bool, &[Sign])| {
            let (left, right) = split(part, "->");
            let right = right.unwrap_or_default();
            Pair { left: words(left), right: words(split(right, "#").0) }
        };
        return Ok(Kind::Matching { pairs: parts.iter().map(pair).collect() });
    }
    let answers = parts.iter().map(|(right, part)| answer_of(*right, part));
    let answers = answers.collect::<Result<Vec<_>, _>>()?;
    Ok(match parts.iter().all(|(right, _)| *right) {
        true => Kind::Short { answers },
        false => Kind::Choice { answers },
    })
}

/// The answers, each with whether `=` began it.
fn parts(inside: &[Sign]) -> Result<Vec<(bool, &[Sign])>, String> {
    let mut parts: Vec<(bool, usize, usize)> = Vec::new();
    for (at, sign) in inside.iter().enumerate() {
        if sign.is_word || !matches!(sign.ch, '=' | '~') {
            continue;
        }
        match parts.last_mut() {
            Some((_, _, end)) => *end = at,
            None if at > 0 => return Err("words before the first = or ~ in the braces".into()),
            None => {}
        }
        if parts.len() == ANSWERS_MAX {
            return Err(format!("a question has at most {ANSWERS_MAX} answers"));
        }
        parts.push((sign.ch == '=', at + 1, inside.len()));
    }
    if parts.is_empty() {
        return Err("what is in the braces is no answer: begin each with = or ~".into());
    }
    Ok(parts
        .into_iter()
        .map(|(right, from, to)| (right, inside.get(from..to).unwrap_or_default()))
        .collect())
}

/// Takes `%50%` from the front.
fn weight(part: &[Sign]) -> Result<(Option<f64>, &[Sign]), String> {
    let part = trim(part);
    if part.first().is_none_or(|sign| sign.ch != '%') {
        return Ok((None, part));
    }
    let end = part.iter().skip(1).position(|sign| sign.ch == '%');
    let end = end.ok_or("a weight begins with % and does not end")? + 1;
    let typed = words(part.get(1..end).unwrap_or_default());
    let weight = typed.parse::<f64>().ok().filter(|weight| weight.abs() <= 100.0);
    let weight = weight.ok_or_else(|| format!("%{typed}% is no weight from -100 to 100"))?;
    Ok((Some(weight), part.get(end + 1..).unwrap_or_default()))
}

fn answer_of(right: bool, part: &[Sign]) -> Result<Answer, String> {
    let (weight, part) = weight(part)?;
    let (text, said) = split(part, "#");
    let weight = weight.unwrap_or(if right { 100.0 } else { 0.0 });
    Ok(Answer { text: words(text), weight, feedback: feedback(said) })
}

fn numerical(inside: &[Sign]) -> Result<Kind, String> {
    let several = inside.first().is_some_and(|sign| sign.ch == '=' && !sign.is_word);
    let parts = if several { parts(inside)? } else { vec![(true, inside)] };
    let mut answers = Vec::new();
    for (right, part) in parts {
        let (weight, part) = weight(part)?;
        let (number, said) = split(part, "#");
        let typed = words(number);
        // `~` has what is said to everybody else.
        if !right && typed.is_empty() {
            continue;
        }
        let (from, to) = range(&typed).ok_or_else(|| format!("{typed:?} is no number"))?;
        let weight = weight.unwrap_or(if right { 100.0 } else { 0.0 });
        answers.push(Range { from, to, weight, feedback: feedback(said) });
    }
    Ok(Kind::Numerical { answers })
}

fn range(typed: &str) -> Option<(f64, f64)> {
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    if let Some((from, to)) = typed.split_once("..") {
        return Some((number(from)?, number(to)?));
    }
    match typed.split_once(':') {
        Some((middle, off)) => {
            let (middle, off) = (number(middle)?, number(off)?.abs());
            Some((middle - off, middle + off))
        }
        None => number(typed).map(|number| (number, number)),
    }
}

#[cfg(test)]
mod tests;
