//! Quizzes on pages: questions as form fields, and what is said to the answers given.

use serde_json::Value;

use super::sent::Sent;
use crate::words::Lang;

/// One field to choose or fill.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    /// What is sent when it is chosen.
    pub(crate) value: String,
    /// Its words.
    pub(crate) words: String,
    /// Whether it was chosen.
    pub(crate) chosen: bool,
}

/// One left side of a matching question and what may belong to it.
#[derive(Clone, Debug)]
pub(crate) struct Match {
    /// The field's name.
    pub(crate) name: String,
    /// The left side.
    pub(crate) left: String,
    /// All right sides.
    pub(crate) rights: Vec<Field>,
}

/// A question as a page shows it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shown {
    /// The field's name.
    pub(crate) name: String,
    /// The words before the answers.
    pub(crate) text: String,
    /// The words behind them.
    pub(crate) after: String,
    /// `choice`, `many`, `typed`, `matching` or `text`.
    pub(crate) kind: &'static str,
    /// What may be chosen.
    pub(crate) fields: Vec<Field>,
    /// What belongs to what.
    pub(crate) matches: Vec<Match>,
    /// What was typed.
    pub(crate) typed: String,
    /// Whether the answer given is right; none where none was given or none is needed.
    pub(crate) right: Option<bool>,
    /// What is said to it.
    pub(crate) feedback: Vec<String>,
}

/// How many were right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Score {
    /// So many.
    pub(crate) right: u64,
    /// Of so many.
    pub(crate) all: u64,
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn number(value: &Value, name: &str) -> f64 {
    value.get(name).and_then(Value::as_f64).unwrap_or(0.0)
}

/// What people type alike.
fn folded(words: &str) -> String {
    words.trim().to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Shown {
    fn say(&mut self, words: &str) {
        if !words.is_empty() {
            self.feedback.push(words.to_owned());
        }
    }

    fn choice(&mut self, question: &Value, sent: Option<&Sent>) {
        let answers = list(question, "answers");
        let one = answers.iter().any(|answer| number(answer, "weight") >= 100.0);
        self.kind = if one { "choice" } else { "many" };
        let mut worth = 0.0;
        let mut given = false;
        for (n, answer) in answers.iter().enumerate() {
            let value = n.to_string();
            let chosen = sent.is_some_and(|sent| match one {
                true => sent.get(&self.name) == value,
                false => sent.get(&format!("{}-{n}", self.name)) == "on",
            });
            if chosen {
                given = true;
                worth += number(answer, "weight");
                self.say(text(answer, "feedback"));
            }
            let words = text(answer, "text").to_owned();
            self.fields.push(Field { value, words, chosen });
        }
        self.right = given.then_some(worth > 99.0);
    }

    fn typed(&mut self, question: &Value, sent: Option<&Sent>, is_number: bool) {
        self.kind = "typed";
        let Some(typed) = sent.map(|sent| sent.get(&self.name)).filter(|typed| !typed.is_empty())
        else {
            return;
        };
        self.typed = typed.to_owned();
        let typed_number: Option<f64> = typed.replace(',', ".").parse().ok();
        let mut best: Option<&Value> = None;
        for answer in list(question, "answers") {
            let fits = match is_number {
                true => typed_number
                    .is_some_and(|n| n >= number(answer, "from") && n <= number(answer, "to")),
                false => folded(text(answer, "text")) == folded(typed),
            };
            if fits && best.is_none_or(|b| number(b, "weight") < number(answer, "weight")) {
                best = Some(answer);
            }
        }
        self.right = Some(best.is_some_and(|best| number(best, "weight") > 99.0));
        if let Some(best) = best {
            self.say(text(best, "feedback"));
        }
    }

    fn matching(&mut self, question: &Value, sent: Option<&Sent>) {
        self.kind = "matching";
        let pairs = list(question, "pairs");
        let mut rights: Vec<&str> = pairs.iter().map(|pair| text(pair, "right")).collect();
        rights.sort_unstable();
        rights.dedup();
        let (mut given, mut all) = (false, true);
        for (n, pair) in pairs.iter().enumerate().filter(|(_, pair)| !text(pair, "left").is_empty())
        {
            let name = format!("{}-{n}", self.name);
            let chosen = sent.map_or("", |sent| sent.get(&name));
            given |= !chosen.is_empty();
            all &= chosen == text(pair, "right");
            let field = |words: &&str| Field {
                value: (*words).to_owned(),
                words: (*words).to_owned(),
                chosen: *words == chosen,
            };
            let rights = rights.iter().filter(|words| !words.is_empty()).map(field).collect();
            self.matches.push(Match { name, left: text(pair, "left").to_owned(), rights });
        }
        self.right = given.then_some(all);
    }
}

/// The questions as a page shows them, and how many of the answers sent are right.
pub(crate) fn show(
    lang: Lang,
    questions: &[Value],
    sent: Option<&Sent>,
) -> (Vec<Shown>, Option<Score>) {
    let mut score = Score::default();
    let mut all = Vec::new();
    for (n, question) in questions.iter().enumerate() {
        let mut one = Shown {
            name: format!("q{n}"),
            text: text(question, "text").to_owned(),
            after: text(question, "after").to_owned(),
            kind: "text",
            ..Shown::default()
        };
        match text(question, "kind") {
            "true_false" => {
                one.kind = "choice";
                let answer = question.get("answer").and_then(Value::as_bool).unwrap_or_default();
                let given = sent.map(|sent| sent.get(&one.name).to_owned()).unwrap_or_default();
                for (value, key) in [("true", "true"), ("false", "false")] {
                    let chosen = given == value;
                    one.fields.push(Field { value: value.into(), words: lang.say(key), chosen });
                }
                if !given.is_empty() {
                    let right = (given == "true") == answer;
                    one.right = Some(right);
                    one.say(text(question, if right { "right" } else { "wrong" }));
                }
            }
            "choice" => one.choice(question, sent),
            "short" => one.typed(question, sent, false),
            "numerical" => one.typed(question, sent, true),
            "matching" => one.matching(question, sent),
            "essay" => {
                one.kind = "essay";
                one.typed = sent.map_or("", |sent| sent.get(&one.name)).to_owned();
            }
            _ => {}
        }
        if sent.is_some() {
            one.say(text(question, "feedback"));
        }
        if !matches!(one.kind, "text" | "essay") {
            score.all += 1;
            score.right += u64::from(one.right == Some(true));
        }
        all.push(one);
    }
    (all, sent.is_some().then_some(score))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::gift;

    const QUIZ: &str = "::a:: Où ? {=Ici #Oui. ~Là #Non.}\n\nVrai ? {F#L'eau doit être claire.}\n\n\
                        Combien ? {#1:0.5}\n\nMot ? {=puits =forage}\n\n\
                        Paires ? {=un -> 1 =deux -> 2}\n\nPlusieurs ? {~%50%a ~%50%b ~%-100%c}\n";

    fn questions() -> Vec<Value> {
        let read = gift::read(QUIZ).unwrap();
        read.iter().map(|question| serde_json::to_value(question).unwrap()).collect()
    }

    fn answered(pairs: &[(&str, &str)]) -> (Vec<Shown>, Score) {
        let sent = Sent::of(pairs);
        let (shown, score) = show(Lang::choose(None, ""), &questions(), Some(&sent));
        (shown, score.unwrap())
    }

    #[test]
    fn all_right() {
        let (shown, score) = answered(&[
            ("q0", "0"),
            ("q1", "false"),
            ("q2", "1,2"),
            ("q3", " Puits"),
            ("q4-0", "1"),
            ("q4-1", "2"),
            ("q5-0", "on"),
            ("q5-1", "on"),
        ]);
        assert_eq!(score, Score { right: 6, all: 6 });
        assert_eq!(shown[0].feedback, ["Oui."]);
    }

    #[test]
    fn wrong_or_nothing() {
        let (shown, score) = answered(&[("q0", "1"), ("q1", "true"), ("q2", "x"), ("q5-2", "on")]);
        assert_eq!(score, Score { right: 0, all: 6 });
        assert_eq!(shown[1].feedback, ["L'eau doit être claire."]);
        assert_eq!(shown[3].right, None, "no answer is not wrong");
        let (shown, score) = show(Lang::choose(None, ""), &questions(), None);
        assert!(score.is_none() && shown.iter().all(|one| one.feedback.is_empty()));
    }
}
