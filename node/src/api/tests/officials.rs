//! What officials say: signatures, registers, alerts, translations.

use super::*;
use crate::api::{AlertFields, Announce};

/// Awa founds, Le maire holds an office on a device of his own, Bintou is a member with Awa.
pub(super) struct Village {
    pub(super) awa: Device,
    pub(super) maire: Device,
}

pub(super) const OFFICE: &str = "mairie";

fn announce(title: &str) -> Announce {
    Announce { title: title.into(), ..Announce::default() }
}

fn alert(title: &str) -> Announce {
    Announce { alert: true, ..announce(title) }
}

fn decision(title: &str) -> Request {
    let office = Some(OFFICE.to_owned());
    Request::Announce(Announce { decision: true, office, ..announce(title) })
}

fn page(kind: Option<&str>, current: bool) -> Request {
    let kind = kind.map(str::to_owned);
    Request::AnnouncementPage { page: 1, kind, office: None, current }
}

impl Village {
    pub(super) fn new() -> Self {
        let (mut awa, _) = Device::founder("Awa");
        awa.ask(add("Bintou"));
        let ticket = awa.invite();
        let mut maire = Device::of("Le maire");
        maire.join(&ticket);
        maire.give(&mut awa);
        let office = Some(OFFICE.to_owned());
        awa.ask(Request::Grant { person: "Le maire".into(), role: "official".into(), office });
        let mut village = Self { awa, maire };
        village.meet();
        village
    }

    /// Both come to hold the same.
    pub(super) fn meet(&mut self) {
        self.awa.give(&mut self.maire);
        self.maire.give(&mut self.awa);
        self.awa.give(&mut self.maire);
        assert_eq!(self.awa.digest(), self.maire.digest());
    }
}

impl Device {
    fn in_language(
        &mut self,
        speaker: &str,
        lang: &str,
        request: Request,
    ) -> Result<Value, String> {
        let (speaker, lang) = (Some(speaker.to_owned()), Some(lang.to_owned()));
        let context = Context { speaker, lang, ..Context::default() };
        self.now += 1;
        let now = WallSeconds(self.now);
        self.node.handle(now, &context, request).map_err(|error| error.to_string())
    }

    fn standing(&mut self, id: &str) -> String {
        let shown = self.ask(Request::AnnouncementShow { id: id.to_owned() });
        shown["standing"].as_str().unwrap().to_owned()
    }
}

#[test]
fn an_announcement_says_who_signed_and_by_whose_grant() {
    let mut village = Village::new();
    let first = id(&village.maire.ask(Request::Announce(announce("Réunion"))));
    village.meet();
    let shown = village.awa.ask(Request::AnnouncementShow { id: first });
    let signed = &shown["signed_by"];
    assert_eq!((&signed["role"], &signed["office"]), (&"official".into(), &OFFICE.into()));
    assert_eq!(signed["in_force"], true);
    assert_eq!(signed["chain"][0]["by_name"], "Awa");
    assert_eq!(signed["chain"][0]["by_role"], "founder");
    assert_eq!(signed["words"], "Le maire, official (mairie), by grant of Awa, founder");
    assert_eq!(shown["knowledge"]["last_heard_at"], Value::Null);
    let here = village.awa.node.store().communities().unwrap()[0].id;
    village.awa.node.heard(WallSeconds(village.awa.now - 90), "peer-1", &[here]).unwrap();
    let known = village.awa.ask(page(None, false))["knowledge"].clone();
    assert_eq!(known["heard"][0]["from"], "peer-1");
    assert!(known["seconds"].as_i64().unwrap() >= 90);
    for n in 0..40 {
        let now = WallSeconds(village.awa.now);
        village.awa.node.heard(now, &format!("peer-{n}"), &[here]).unwrap();
    }
    let known = village.awa.ask(page(None, false))["knowledge"].clone();
    assert_eq!(known["heard"].as_array().unwrap().len(), 32, "bounded");

    // The role ends: what was signed stays, and says so.
    let person = "Le maire".to_owned();
    village.awa.ask(Request::Revoke { person, roles: vec!["official".into()], compromised: false });
    let shown = village.awa.ask(Request::Announcements)[0].clone();
    assert_eq!(shown["signed_by"]["in_force"], false);
}

#[test]
fn pages_have_twenty_the_newest_first() {
    let (mut awa, _) = Device::founder("Awa");
    for n in 0..23 {
        awa.ask(Request::Announce(announce(&format!("nouvelle {n}"))));
    }
    awa.ask(Request::Announce(alert("Crue")));
    let first = awa.ask(page(None, false));
    assert_eq!((&first["total"], &first["pages"]), (&24.into(), &2.into()));
    assert_eq!(first["items"].as_array().unwrap().len(), 20);
    assert_eq!(first["items"][0]["title"], "Crue");
    let second = Request::AnnouncementPage { page: 2, kind: None, office: None, current: false };
    assert_eq!(awa.ask(second)["items"][3]["title"], "nouvelle 0");
    assert_eq!(awa.ask(page(Some("alert"), true))["total"], 1);
    let far =
        Request::AnnouncementPage { page: u32::MAX, kind: None, office: None, current: false };
    assert_eq!(awa.ask(far)["items"], serde_json::json!([]));
    assert!(awa.refused(None, page(Some("news"), false)).contains("no kind"));
}

#[test]
fn the_register_shows_gaps_and_doubled_numbers() {
    let mut village = Village::new();
    village.awa.ask(decision("Le puits"));
    village.meet();
    // Both decide before they meet again: the number 2 is given twice.
    village.awa.ask(decision("Le marché"));
    village.maire.ask(decision("La route"));
    village.meet();
    for device in [&mut village.awa, &mut village.maire] {
        let office = device.ask(Request::Register { office: None })["offices"][0].clone();
        assert_eq!(office["office"], OFFICE);
        assert_eq!((&office["last"], &office["doubled"]), (&2.into(), &serde_json::json!([2])));
        assert_eq!(office["numbers"][1]["decisions"].as_array().unwrap().len(), 2);
        assert_eq!(office["gaps"], serde_json::json!([]));
        assert_eq!(office["holders"][0]["name"], "Le maire");
        let listed = device.ask(Request::Announcements);
        let doubled = listed.as_array().unwrap().iter().filter(|one| one["number_doubled"] == true);
        assert_eq!(doubled.count(), 2);
    }
}

#[test]
fn a_translation_stands_beside_the_original_and_can_be_taken_back() {
    let mut village = Village::new();
    let said = id(&village.maire.ask(Request::Announce(announce("Réunion samedi"))));
    village.meet();
    let translate = |text: &str| Request::Translate {
        entry: said.clone(),
        title: None,
        text: text.into(),
        attached: Vec::new(),
    };
    let refused = village.awa.in_language("Bintou", "bm", translate("Sibiri ɲɔgɔnye")).unwrap_err();
    assert!(refused.contains("no facilitator"), "{refused}");
    assert!(village.awa.refused(None, translate("x")).contains("--lang"));
    assert!(village.awa.in_language("Awa", "b m", translate("x")).is_err());
    let role = "facilitator".to_owned();
    village.awa.ask(Request::Grant { person: "Bintou".into(), role, office: None });
    let made = village.awa.in_language("Bintou", "BM-ml", translate("Sibiri ɲɔgɔnye")).unwrap();
    assert_eq!(made["language"], "bm-ML");
    village.awa.in_language("Bintou", "ar", translate("اجتماع يوم السبت")).unwrap();
    village.meet();
    let shown = village.maire.ask(Request::AnnouncementShow { id: said.clone() });
    let versions = shown["translations"].as_array().unwrap();
    assert_eq!(versions.len(), 2);
    assert_eq!(
        (&versions[0]["name"], &versions[0]["direction"]),
        (&"Bintou".into(), &"ltr".into())
    );
    assert_eq!(versions[1]["direction"], "rtl");
    // A moderator hides one, its author takes the other back.
    let hide = Request::Hide { post: id(&made), reason: "faux".into() };
    village.awa.ask(hide);
    village.awa.ask(Request::Withdraw { entry: versions[1]["id"].as_str().unwrap().into() });
    village.meet();
    let shown = village.maire.ask(Request::AnnouncementShow { id: said });
    assert_eq!(shown["translations"][0]["hidden"], "faux");
    assert_eq!(shown["translations"][0]["text"], "");
    assert_eq!(shown["translations"][1]["words"], "withdrawn");

    // Debates and their posts as well.
    let debate = village.awa.debate("L'eau");
    let post = id(&village.awa.ask(say(&debate, "Près de l'école")));
    for entry in [&debate, &post] {
        let text = "Ji".to_owned();
        let request =
            Request::Translate { entry: entry.clone(), title: None, text, attached: Vec::new() };
        village.awa.in_language("Bintou", "bm", request).unwrap();
    }
    let shown = village.awa.show(&debate);
    assert_eq!(shown["translations"][0]["text"], "Ji");
    assert_eq!(shown["posts"][0]["translations"][0]["text"], "Ji");
}

#[test]
fn a_member_who_only_claims_to_translate_is_not_shown() {
    use crate::author::{Draft, Pen};
    use baro_crdt::entry::{Body, Words};
    let (mut awa, _) = Device::founder("Awa");
    awa.ask(add("Bintou"));
    let debate = awa.debate("L'eau");
    let community = awa.node.store().communities().unwrap()[0].id;
    let community = awa.node.community(&community).unwrap();
    let here = awa.node.persons(&community.id).unwrap();
    let bintou = here.named("Bintou").unwrap();
    let body = Body::Translation { entry: debate.parse().unwrap() };
    let words = Words { text: "faux".into(), language: Some("bm".into()), ..Words::default() };
    let now = WallSeconds(awa.now);
    let mut pen = Pen::new(&*awa.node.store, &mut awa.node.rng, now);
    pen.write(&community.authority, bintou, Draft::member(body, Some(words))).unwrap();
    let items = pen.finish();
    awa.node.commit(items).unwrap();
    assert_eq!(awa.show(&debate)["translations"], serde_json::json!([]));
}

#[test]
fn an_update_and_a_cancellation_override_however_late_they_arrive() {
    let mut village = Village::new();
    let first = id(&village.maire.ask(Request::Announce(alert("Crue"))));
    // What the mayor holds at three moments, carried by different hands.
    let mut early = Device::of("Early");
    let ticket = village.awa.invite();
    early.join(&ticket);
    village.maire.give(&mut early);
    let update = Announce { supersedes: Some(first.clone()), ..alert("Crue, plus haut") };
    let update = id(&village.maire.ask(Request::Announce(update)));
    assert_eq!(early.standing(&first), "current");
    let note = Some("fausse alerte".to_owned());
    let cancel = id(&village.maire.ask(Request::AlertCancel { id: update.clone(), note }));
    village.maire.give(&mut early);
    village.meet();
    for device in [&mut early, &mut village.maire, &mut village.awa] {
        assert_eq!(device.standing(&first), "cancelled");
        assert_eq!(device.standing(&update), "cancelled");
        let current = device.ask(page(Some("alert"), true));
        assert_eq!(current["total"], 1);
        assert_eq!(current["items"][0]["id"], cancel.as_str());
        assert_eq!(current["items"][0]["cap"]["msg_type"], "Cancel");
        let shown = device.ask(Request::AnnouncementShow { id: cancel.clone() });
        assert_eq!(shown["replaces"].as_array().unwrap().len(), 2);
        let feed = device.ask(Request::AlertFeed { base: None, all: false });
        assert_eq!(feed["entries"], 1);
    }
    let again = Announce {
        cap: Box::new(AlertFields { msg_type: Some("Cancel".into()), ..AlertFields::default() }),
        ..alert("Rien")
    };
    assert!(village.maire.refused(None, Request::Announce(again)).contains("--supersedes"));
}

#[test]
fn alerts_say_what_cap_says_and_bad_fields_are_refused() {
    let (mut awa, _) = Device::founder("Awa");
    let cap = AlertFields {
        event: Some("Inondation".into()),
        category: Some("met".into()),
        urgency: Some("expected".into()),
        severity: Some("Extreme".into()),
        certainty: Some("Likely".into()),
        response: vec!["evacuate".into()],
        instruction: Some("Quittez la rive <vite> & en ordre".into()),
        effective: Some("2026-11-25T07:30:00+00:00".into()),
        expires: Some("2026-11-26T07:30:00+00:00".into()),
        web: Some("https://meteo.ml/alerte?id=1".into()),
        polygons: vec!["13.9,-11.6 13.8,-11.6 13.8,-11.5 13.9,-11.6".into()],
        circles: vec!["13.9,-11.6 5".into()],
        ..AlertFields::default()
    };
    let good =
        Announce { cap: Box::new(cap.clone()), place: Some("Sadiola".into()), ..alert("Crue !") };
    let made = id(&awa.ask(Request::Announce(good.clone())));
    let shown = awa.ask(Request::AnnouncementShow { id: made.clone() });
    assert_eq!(shown["cap"]["severity"], "Extreme");
    assert_eq!(shown["cap"]["response"], serde_json::json!(["Evacuate"]));
    assert_eq!(shown["expires"], 1_795_678_200);
    let xml = awa.ask(Request::AlertExport { id: made });
    let read = crate::cap::read(xml["xml"].as_str().unwrap().as_bytes()).unwrap();
    let info = &read.infos[0];
    assert_eq!(info.instruction.as_deref(), Some("Quittez la rive <vite> & en ordre"));
    assert_eq!(info.effective.as_deref(), Some("2026-11-25T07:30:00-00:00"));
    assert_eq!((info.areas[0].desc.as_str(), info.areas[0].polygons.len()), ("Sadiola", 1));
    assert!(info.sender_name.as_deref().unwrap().starts_with("Awa"));

    let with =
        |cap: AlertFields| Request::Announce(Announce { cap: Box::new(cap), ..good.clone() });
    let bad = [
        AlertFields { urgency: Some("soon".into()), ..cap.clone() },
        AlertFields { response: vec!["Run".into()], ..cap.clone() },
        AlertFields { effective: Some("demain".into()), ..cap.clone() },
        AlertFields { polygons: vec!["1,2 3,4 5,6".into()], ..cap.clone() },
        AlertFields { circles: vec!["91,0 1".into()], ..cap.clone() },
        AlertFields { web: Some("a page".into()), ..cap.clone() },
        AlertFields { instruction: Some("x".repeat(5_000)), ..cap.clone() },
    ];
    for fields in bad {
        assert!(!awa.refused(None, with(fields)).is_empty());
    }
    let quiet = Announce { alert: false, cap: Box::new(cap), ..announce("Crue") };
    assert!(awa.refused(None, Request::Announce(quiet)).contains("--alert"));
}

const STORM: &str = "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\">\
    <identifier>ML-1</identifier><sender>meteo@ml</sender><sent>2026-11-25T07:30:00+00:00</sent>\
    <status>Actual</status><msgType>Alert</msgType><scope>Public</scope>\
    <info><language>fr</language><category>Met</category><event>Orage</event>\
    <urgency>Immediate</urgency><severity>Severe</severity><certainty>Observed</certainty>\
    <expires>2099-01-01T00:00:00+00:00</expires><headline>Orage violent</headline>\
    <area><areaDesc>Kayes</areaDesc></area></info>\
    <info><language>bm</language><category>Met</category><event>Sanfin</event>\
    <urgency>Immediate</urgency><severity>Severe</severity><certainty>Observed</certainty></info>\
    </alert>";

#[test]
fn an_alert_from_elsewhere_comes_back_as_it_was_and_its_update_overrides_it() {
    let mut village = Village::new();
    let import = |xml: String| Request::AlertImport { xml };
    let told = "urn:oasis:names:tc:emergency:cap:1.2";
    let update =
        STORM.replace("<msgType>Alert", "<msgType>Cancel").replace("ML-1", "ML-2").replace(
            "<info><language>fr",
            "<references>meteo@ml,ML-1,2026-11-25T07:30:00+00:00</references><info><language>fr",
        );
    assert!(update.contains(told));
    // The cancellation is taken in here, the alert there, by different officials.
    let cancel = id(&village.awa.ask(import(update)));
    let storm = village.maire.in_language("Le maire", "bm", import(STORM.into())).unwrap();
    assert_eq!(storm["held"], false);
    let again = village.maire.ask(import(STORM.into()));
    assert_eq!((&again["held"], &again["id"]), (&true.into(), &storm["id"]));
    assert_eq!(village.maire.standing(&id(&storm)), "current");
    village.meet();
    for device in [&mut village.awa, &mut village.maire] {
        assert_eq!(device.standing(&id(&storm)), "cancelled");
        let shown = device.ask(Request::AnnouncementShow { id: id(&storm) });
        assert_eq!((&shown["title"], &shown["place"]), (&"Sanfin".into(), &Value::Null));
        assert_eq!(shown["superseded_by"], cancel.as_str());
        assert_eq!(shown["cap"]["imported"], true);
        assert_eq!(shown["cap"]["infos"][0]["headline"], "Orage violent");
        let xml = device.ask(Request::AlertExport { id: id(&storm) });
        let (back, was) = (xml["xml"].as_str().unwrap().as_bytes(), STORM.as_bytes());
        assert_eq!(crate::cap::read(back), crate::cap::read(was));
    }
    let quiet = STORM.replace("Public", "Private");
    assert!(village.awa.refused(None, import(quiet)).contains("not public"));
    let ack = STORM.replace("<msgType>Alert", "<msgType>Ack");
    assert!(village.awa.refused(None, import(ack)).contains("between machines"));
    assert!(!village.awa.refused(None, import("<alert/>".into())).is_empty());
    let refused = village.awa.refused(Some("Bintou"), import(STORM.replace("ML-1", "ML-9")));
    assert!(refused.contains("no official"), "{refused}");
}
