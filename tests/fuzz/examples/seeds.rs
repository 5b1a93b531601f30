//! Writes the seeds of all targets into `corpus/`, each under the hash of its bytes.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for (target, seeds) in baro_fuzz::all_seeds() {
        let folder = corpus.join(target);
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        for seed in &seeds {
            let name = blake3::hash(seed).to_hex();
            std::fs::write(folder.join(&name[..16]), seed)?;
        }
        println!("{target}: {} seeds", seeds.len());
    }
    Ok(())
}
