//! Texts from files and back.

use baro_tests::Device;

#[test]
fn a_text_goes_out_to_a_file_and_comes_back_edited() {
    let awa = Device::of("Awa").unwrap();
    awa.made(&["community", "create", "Kayes"]).unwrap();
    awa.made(&["person", "add", "Bintou"]).unwrap();
    let debate = awa.made(&["debate", "open", "L'eau"]).unwrap();
    let file = awa.file("wording");
    let path = file.to_str().unwrap();
    std::fs::write(&file, "Un puits près de l'école.\n").unwrap();
    let text = awa.made(&["text", "new", "Le puits", "--debate", &debate, "--file", path]).unwrap();
    let out = awa.run(&["text", "show", &text]).unwrap().stdout;
    assert_eq!(out, std::fs::read(&file).unwrap(), "without --json: the words alone");

    std::fs::write(&file, "Un puits profond près de l'école.\n").unwrap();
    awa.json(&["--as", "Bintou", "text", "edit", &text, path]).unwrap();
    let shown = awa.json(&["text", "show", &text, "--history"]).unwrap();
    assert_eq!(shown["title"], "Le puits");
    assert_eq!(shown["text"], "Un puits profond près de l'école.\n");
    assert_eq!(shown["changes"], 2);
    let mut authors: Vec<_> =
        shown["authors"].as_array().unwrap().iter().map(|a| a["name"].as_str().unwrap()).collect();
    authors.sort_unstable();
    assert_eq!(authors, ["Awa", "Bintou"]);

    let first = shown["history"][0]["change"].as_str().unwrap();
    let earlier = awa.run(&["text", "show", &text, "--at", first]).unwrap().stdout;
    std::fs::write(&file, &earlier).unwrap();
    awa.json(&["text", "edit", &text, path]).unwrap();
    let back = awa.json(&["text", "show", &text]).unwrap();
    assert_eq!(back["text"], "Un puits près de l'école.\n");
    assert_eq!(back["changes"], 3, "returning is a change of its own");
    std::fs::write(&file, [0xff, 0xfe]).unwrap();
    assert!(awa.refused(&["text", "edit", &text, path]).unwrap().words.contains("UTF-8"));
}
