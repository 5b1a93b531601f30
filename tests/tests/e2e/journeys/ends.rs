//! Browsers end with who started them, also where that one was killed and could tidy nothing up.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use baro_tests::browser::{Browser, is_here};

/// How many processes name this in how they were started.
fn processes(naming: &str) -> usize {
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    let started = all.filter_map(|one| std::fs::read(one.path().join("cmdline")).ok());
    started.filter(|words| String::from_utf8_lossy(words).contains(naming)).count()
}

/// What the test below starts and kills: a browser, and then nothing more happens.
#[test]
#[ignore = "it waits to be killed"]
fn a_browser_is_started_and_never_ended() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let browser = Browser::start("fr", true, 320).await.unwrap();
        println!("profile {}", browser.profile().display());
        tokio::time::sleep(Duration::from_secs(300)).await;
    });
}

#[test]
fn a_browser_ends_with_a_test_that_was_killed() {
    if !is_here().unwrap() {
        return;
    }
    let name = "journeys::ends::a_browser_is_started_and_never_ended";
    let mut test = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--ignored", "--nocapture"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(test.stdout.take().unwrap()).lines().map_while(Result::ok);
    let profile = lines
        .filter_map(|line| line.split_once("profile ").map(|(_, path)| path.to_owned()))
        .next()
        .unwrap();
    let there = processes(&profile);
    test.kill().unwrap();
    test.wait().unwrap();
    assert!(there > 1, "{there} processes of the browser");
    let since = Instant::now();
    while processes(&profile) > 0 {
        assert!(
            since.elapsed() < Duration::from_secs(60),
            "{} processes stayed",
            processes(&profile)
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    // Nobody was left to tidy the folder up.
    std::fs::remove_dir_all(Path::new(&profile)).unwrap();
}
