//! What Moodle's own description of the format says, and that nothing typed brings it down.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use proptest::prelude::*;

use super::*;

fn one(source: &str) -> Question {
    let mut read = read(source).unwrap();
    assert_eq!(read.len(), 1, "{source}");
    read.remove(0)
}

fn answers(question: &Question) -> Vec<(&str, f64)> {
    match &question.kind {
        Kind::Choice { answers } | Kind::Short { answers } => {
            answers.iter().map(|answer| (answer.text.as_str(), answer.weight)).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_kinds_of_moodles_description() {
    let grant = one("// comment\n::Q1:: Who's buried in Grant's tomb?{=Grant ~no one ~Napoleon}");
    assert_eq!(grant.title.as_deref(), Some("Q1"));
    assert_eq!(grant.text, "Who's buried in Grant's tomb?");
    assert!(matches!(grant.kind, Kind::Choice { .. }));
    assert_eq!(answers(&grant), [("Grant", 100.0), ("no one", 0.0), ("Napoleon", 0.0)]);

    let missing = one("Grant is {~buried =entombed ~living} in Grant's tomb.");
    assert_eq!((missing.text.as_str(), missing.after.as_str()), ("Grant is", "in Grant's tomb."));

    let short = one("Two plus {=two =2} equals four.");
    assert!(matches!(short.kind, Kind::Short { .. }));
    assert_eq!(answers(&short), [("two", 100.0), ("2", 100.0)]);

    let truth = one("Grant was buried in a tomb in NYC.{T}");
    assert_eq!(truth.kind, Kind::TrueFalse { answer: true, wrong: None, right: None });
    let truth = one("The sun rises in the West.{FALSE#It does not.#Right, in the East.}");
    let (wrong, right) = (Some("It does not.".into()), Some("Right, in the East.".into()));
    assert_eq!(truth.kind, Kind::TrueFalse { answer: false, wrong, right });

    let pairs = one("Match. {\n =Canada -> Ottawa\n =Italy -> Rome\n =Japan -> Tokyo\n}");
    let Kind::Matching { pairs } = pairs.kind else { panic!("{pairs:?}") };
    assert_eq!(pairs[2], Pair { left: "Japan".into(), right: "Tokyo".into() });

    let ranges = |source| match one(source).kind {
        Kind::Numerical { answers } => {
            answers.iter().map(|r| (r.from, r.to, r.weight)).collect::<Vec<_>>()
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(ranges("When was Grant born?{#1822:5}"), [(1817.0, 1827.0, 100.0)]);
    assert_eq!(ranges("How long?{#2.25..2.5}"), [(2.25, 2.5, 100.0)]);
    assert_eq!(
        ranges("When?{#\n =1822:0 # Full credit.\n =%50%1822:2 # Half.\n ~ # Wrong.\n}"),
        [(1822.0, 1822.0, 100.0), (1820.0, 1824.0, 50.0)]
    );
    assert_eq!(one("Write about Grant. {}").kind, Kind::Essay);
    assert_eq!(one("You can use your pencil.").kind, Kind::Text);
}

#[test]
fn weights_feedback_escapes_and_categories() {
    let question = one(
        "$CATEGORY: tom/dick\n::Jesus' town::[html]From where?{\n~Jerusalem#Important, but no.\n\
         ~%25%Bethlehem#Born here.\n=%100%Nazareth#Yes!####Read on.\n}",
    );
    assert_eq!(question.category.as_deref(), Some("tom/dick"));
    assert_eq!(question.feedback.as_deref(), Some("Read on."));
    assert_eq!(answers(&question)[1], ("Bethlehem", 25.0));
    let Kind::Choice { answers } = &question.kind else { unreachable!() };
    assert_eq!(answers[0].feedback.as_deref(), Some("Important, but no."));

    let question = one(r"Which?{ =y \= 3x \{a\} ~5 \~ 1\nnew \# \: \\ ~a%5 ~\alpha }");
    let Kind::Choice { answers } = &question.kind else { panic!() };
    let texts: Vec<_> = answers.iter().map(|answer| answer.text.as_str()).collect();
    assert_eq!(texts, ["y = 3x {a}", "5 ~ 1\nnew # : \\", "a%5", r"\alpha"]);
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    for (source, line, word) in [
        ("fine{T}\n\nbroken {=a", 3, "without a }"),
        ("broken a}", 1, "without a {"),
        ("one{T}\ntwo{F}", 1, "empty line"),
        ("::title{T}", 1, "title"),
        ("what {a =b}", 1, "before the first"),
        ("what {nothing}", 1, "no answer"),
        ("what {=%150%a}", 1, "weight"),
        ("what {#three}", 1, "no number"),
        ("what {#inf}", 1, "no number"),
    ] {
        let error = read(source).unwrap_err();
        assert_eq!(error.line, line, "{source}");
        assert!(error.what.contains(word), "{error}");
    }
    assert_eq!(read("").unwrap(), []);
    assert!(read(&"a{T}\n\n".repeat(QUESTIONS_MAX + 1)).is_err());
    assert!(read(&format!("a{{{}}}", "=b ".repeat(ANSWERS_MAX + 1))).is_err());
}

fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, ch| {
        match ch {
            '\n' => out.push_str("\\n"),
            '~' | '=' | '#' | '{' | '}' | ':' | '\\' => out.extend(['\\', ch]),
            ch => out.push(ch),
        }
        out
    })
}

fn said() -> impl Strategy<Value = String> {
    // A leading % would be a weight, and white space at the ends is not kept.
    "[a-zé~=#{}:\\\\][a-z ~=#{}:\\\\\n]{0,20}[a-z~=#{}:\\\\]"
}

proptest! {
    #[test]
    fn any_words_come_back(text in said(), all in prop::collection::vec((said(), -100i32..100, said()), 2..6)) {
        let mut source = format!("::{}:: {} {{", escaped(&text), escaped(&text));
        for (answer, weight, feedback) in &all {
            source += &format!("\n~%{weight}%{}#{}", escaped(answer), escaped(feedback));
        }
        let question = one(&(source + "}"));
        prop_assert_eq!(&question.text, &text);
        prop_assert_eq!(question.title, Some(text));
        let Kind::Choice { answers } = question.kind else { panic!("no choice") };
        let back: Vec<_> = answers
            .into_iter()
            .map(|answer| (answer.text, answer.weight, answer.feedback.unwrap_or_default()))
            .collect();
        let all: Vec<_> = all.into_iter().map(|(a, w, f)| (a, f64::from(w), f)).collect();
        prop_assert_eq!(back, all);
    }

    #[test]
    fn nothing_typed_brings_it_down(source in "[a-z \n~=#{}:%\\\\/$.>\\-0-9\\[\\]TF]{0,400}") {
        if let Ok(questions) = read(&source) {
            prop_assert!(questions.len() <= QUESTIONS_MAX);
        }
    }

    #[test]
    fn nothing_at_all_brings_it_down(source in any::<String>()) {
        drop(read(&source));
    }
}
