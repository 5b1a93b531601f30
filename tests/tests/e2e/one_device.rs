//! A debate on one device, from the first word to the export.

use baro_tests::Device;

#[test]
fn a_debate_from_init_to_its_tally() {
    let awa = Device::of("Awa").unwrap();
    let community = awa.made(&["community", "create", "Kayes", "--lang", "fr"]).unwrap();
    let who = awa.json(&["whoami"]).unwrap();
    assert_eq!(who["person"][0]["name"], "Awa");
    assert_eq!(who["person"][0]["community"], community.as_str());
    let ticket = awa.json(&["invite"]).unwrap()["ticket"].as_str().unwrap().to_owned();
    let moussa = Device::of("Moussa").unwrap();
    assert_eq!(moussa.json(&["join", &ticket]).unwrap()["community"], community.as_str());

    awa.made(&["person", "add", "Bintou"]).unwrap();
    let debate = awa.made(&["debate", "open", "L'eau", "--body", "Où creuser ?"]).unwrap();
    let post = awa.made(&["say", &debate, "Près de l'école", "--kind", "proposal"]).unwrap();
    let reply =
        awa.made(&["--as", "Bintou", "say", &debate, "Trop loin", "--reply-to", &post]).unwrap();
    awa.made(&["vote", &post, "agree"]).unwrap();
    awa.made(&["vote", &post, "pass", "--as", "Bintou"]).unwrap();
    let shown = awa.json(&["debate", "show", &debate]).unwrap();
    assert_eq!(shown["title"], "L'eau");
    assert_eq!(shown["participants"], 2);
    assert_eq!(shown["posts"][0]["kind"], "proposal");
    assert_eq!(shown["posts"][0]["agree"], 1);
    assert_eq!(shown["posts"][0]["pass"], 1);
    assert_eq!(shown["posts"][1]["id"], reply.as_str());
    assert_eq!(shown["posts"][1]["reply_to"], post.as_str());

    let status = awa.json(&["status"]).unwrap();
    assert_eq!(status["listen"], serde_json::json!([]));
    assert_eq!(status["communities"][0]["id"], community.as_str());
    assert!(status["stored_bytes"].as_u64().unwrap() > 0);
    let text = String::from_utf8(awa.run(&["debate", "show", &debate]).unwrap().stdout).unwrap();
    assert!(text.contains("Awa (proposal): Près de l'école"));
    assert!(text.contains("agree 1  disagree 0  pass 1"));
}

#[test]
fn mistakes_are_answered_in_words_and_with_codes() {
    let device = Device::new().unwrap();
    let nobody = device.refused(&["whoami"]).unwrap();
    assert_eq!(nobody.code, Some(1));
    assert!(nobody.words.contains("baro init --name NAME"));
    assert_eq!(device.refused(&["vote", "x"]).unwrap().code, Some(2));
    assert_eq!(device.refused(&["vote", "x", "maybe"]).unwrap().code, Some(2));
    assert_eq!(device.refused(&["fly"]).unwrap().code, Some(2));
    assert_eq!(device.refused(&["join", "hello"]).unwrap().code, Some(1));
}

#[test]
fn every_command_has_help_a_completion_and_a_page() {
    let device = Device::new().unwrap();
    let help = device.run(&["--help"]).unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for command in ["init", "debate", "sync", "doctor", "completions", "man"] {
        assert!(help.contains(&format!("\n  {command} ")), "{command} is listed");
    }
    for shell in ["bash", "zsh", "fish"] {
        let script = device.run(&["completions", shell]).unwrap();
        assert!(script.status.success() && script.stdout.len() > 1_000);
    }
    let page = String::from_utf8(device.run(&["man"]).unwrap().stdout).unwrap();
    assert!(page.contains(".TH baro"));
    assert!(!device.data().exists(), "none of this touches the folder");
}
