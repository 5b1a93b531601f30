//! What people do through pages alone: each journey in a real browser on a narrow phone, in French,
//! in Arabic and, without the pages' script, in Bambara, with axe-core on each page.

/// A journey in each of the languages.
macro_rules! in_each_language {
    ($name:ident, $journey:expr) => {
        mod $name {
            use super::*;

            #[test]
            fn in_french() {
                walk("fr", true, $journey);
            }

            #[test]
            fn in_arabic() {
                walk("ar", true, $journey);
            }

            #[test]
            fn in_bambara_without_scripts() {
                walk("bm", false, $journey);
            }
        }
    };
}

mod apart;
mod door;
mod ends;
mod limits;
mod office;
mod opinion;
mod refusals;
mod words;

use baro_tests::browser::{Browser, in_time, is_here};

/// Runs a journey in a browser that asks for this language.
fn walk(lang: &str, scripts: bool, journey: impl AsyncFnOnce(&Browser) -> anyhow::Result<()>) {
    if !is_here().unwrap() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let done = runtime.block_on(in_time(async {
        let browser = Browser::start(lang, scripts, 320).await?;
        journey(&browser).await
    }));
    done.unwrap();
}
