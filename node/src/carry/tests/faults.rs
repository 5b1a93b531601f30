//! Sticks that are pulled out, damaged and copied, and bearers that know nothing of it.

use proptest::prelude::*;

use super::*;

/// What happens to a stick between two visits.
#[derive(Clone, Debug)]
enum Fault {
    /// A file ends here.
    Torn { file: usize, length: usize },
    /// A byte is another.
    Flipped { file: usize, at: usize },
    /// A file never got its name.
    Unnamed { file: usize },
    /// A file is gone.
    Gone { file: usize },
    /// A file is full of zeros, as some file systems leave it.
    Zeroed { file: usize },
}

#[derive(Clone, Debug)]
enum Step {
    Visit { node: usize },
    Say { node: usize, names: u32 },
    Fault(Fault),
}

const NODES: usize = 4;

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let (file, at) = (0_usize..16, 0_usize..20_000);
    let fault = prop_oneof![
        (file.clone(), at.clone()).prop_map(|(file, length)| Fault::Torn { file, length }),
        (file.clone(), at).prop_map(|(file, at)| Fault::Flipped { file, at }),
        file.clone().prop_map(|file| Fault::Unnamed { file }),
        file.clone().prop_map(|file| Fault::Gone { file }),
        file.prop_map(|file| Fault::Zeroed { file }),
    ];
    let step = prop_oneof![
        4 => (0..NODES).prop_map(|node| Step::Visit { node }),
        2 => (0..NODES, 1_u32..60).prop_map(|(node, names)| Step::Say { node, names }),
        2 => fault.prop_map(Step::Fault),
    ];
    proptest::collection::vec(step, 1..30)
}

fn happen(stick: &Path, fault: &Fault) {
    let all = files(stick, "");
    let (Fault::Torn { file, .. }
    | Fault::Flipped { file, .. }
    | Fault::Unnamed { file }
    | Fault::Gone { file }
    | Fault::Zeroed { file }) = fault;
    let Some(path) = all.get(file % all.len().max(1)) else { return };
    let mut bytes = fs::read(path).unwrap();
    match fault {
        Fault::Torn { length, .. } => bytes.truncate(length % bytes.len().max(1)),
        Fault::Flipped { at, .. } => {
            let at = at % bytes.len().max(1);
            bytes.get_mut(at).into_iter().for_each(|byte| *byte ^= 0x40);
        }
        Fault::Zeroed { .. } => bytes.fill(0),
        Fault::Gone { .. } => return fs::remove_file(path).unwrap(),
        Fault::Unnamed { .. } => {
            return fs::rename(path, path.with_file_name(format!(".{}.part", "ab".repeat(16))))
                .unwrap();
        }
    }
    // As the device would, without its file system noticing: the time stays.
    let modified = fs::metadata(path).unwrap().modified().unwrap();
    fs::write(path, &bytes).unwrap();
    fs::File::options().append(true).open(path).unwrap().set_modified(modified).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// Two communities, nodes of one, the other and both, a stick that suffers: after the last
    /// fault two rounds of visits make all equal, and no node ever holds what nobody said.
    #[test]
    fn whatever_happens_to_a_stick_nothing_is_lost(steps in steps()) {
        let villages = [Village::new(1, 8), Village::new(2, 8)];
        let stick = tempfile::tempdir().unwrap();
        let member = [&[0][..], &[0], &[1], &[0, 1]];
        let mut nodes: Vec<Visitor> = (0..NODES).map(|n| {
            let mut node = Visitor::new(MemoryStore::new(), n as u8);
            for village in member[n] {
                villages[*village].join(&mut node.store);
                node.take_in(vec![Item::Record(villages[*village].grant.clone())]);
            }
            node
        }).collect();
        let mut logs: Vec<_> = (0..NODES).map(|n| villages[member[n][0]].log(n, n as u8)).collect();
        for step in &steps {
            match step {
                Step::Visit { node } => {
                    nodes[*node].visit(stick.path());
                }
                Step::Say { node, names } => {
                    let from = logs[*node].length();
                    for name in 0..*names {
                        logs[*node].name(&format!("Awa {name}"));
                    }
                    let item = logs[*node].item(from);
                    nodes[*node].take_in(vec![item]);
                }
                Step::Fault(fault) => happen(stick.path(), fault),
            }
        }
        // Nobody can see that a bundle read before was damaged since; whoever reads it does, and
        // makes it known.
        let mut reader = Visitor::new(MemoryStore::new(), 99);
        villages.iter().for_each(|village| village.join(&mut reader.store));
        reader.visit(stick.path());
        for _ in 0..2 {
            nodes.iter_mut().for_each(|node| { node.visit(stick.path()); });
        }
        reader.visit(stick.path());
        for (n, village) in villages.iter().enumerate() {
            let expected = digest_of(&reader.store, village);
            for (node, member) in nodes.iter().zip(member) {
                if member.contains(&n) {
                    prop_assert_eq!(&digest_of(&node.store, village), &expected, "community {}, node {}", n, node.nonce >> 32);
                }
            }
            for (log, member) in logs.iter().zip(member) {
                if member[0] == n {
                    let held = reader.store.log(&log.log()).unwrap().map_or(0, |row| row.cursor.length);
                    prop_assert_eq!(held, log.length(), "of log of {:?}", member);
                }
            }
        }
    }
}

#[test]
fn only_old_leftovers_of_ours_are_removed() {
    let village = Village::new(1, 2);
    let stick = tempfile::tempdir().unwrap();
    let mut one = Visitor::new(village.debating(3, 1), 1);
    one.visit(stick.path());
    let folder = stick.path().join(FOLDER);
    let name = "0123456789abcdef0123456789abcdef";
    let (part, index) =
        (folder.join(format!(".{name}.part")), folder.join(format!("{name}.index")));
    for path in [&part, &index] {
        fs::write(path, b"half").unwrap();
    }
    assert_eq!(one.visit(stick.path()).leftovers, 0);
    age(&part, Duration::from_secs(2 * 3_600));
    assert_eq!(one.visit(stick.path()).leftovers, 1);
    assert!(!part.exists() && index.exists());
    age(&index, Duration::from_secs(2 * 3_600));
    assert_eq!(one.visit(stick.path()).leftovers, 1);
    assert_eq!((files(stick.path(), ".index").len(), files(stick.path(), ".baro").len()), (1, 1));
}

#[test]
fn no_stick_is_said() {
    let village = Village::new(1, 1);
    let mut one = Visitor::new(village.joined(), 1);
    let refused = visit(Path::new("/nowhere/at/all"), &mut one, &mut |_| {}).unwrap_err();
    assert!(refused.to_string().contains("is the stick in"), "{refused}");
}
