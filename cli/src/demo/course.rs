//! A small course, written to a folder as a facilitator would write it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

const OUTLINE: &str = "---\nid: eau-potable\nlanguage: fr\n---\n\n# L'eau potable\n\n\
    Pour les familles qui tirent leur eau d'un puits, et pour qui répare la pompe.\n\n\
    ## Le puits\n\n- [D'où vient l'eau](01-le-puits.md)\n- [La pompe](02-la-pompe.md)\n\n\
    ## Chez soi\n\n- [Ce que j'ai retenu](quiz.gift)\n";

const WELL: &str = "# D'où vient l'eau\n\nL'eau du puits vient de la pluie, par le sable. Un puits \
    ouvert se salit : couvrez-le.\n\n<audio src=\"media/le-puits.opus\"></audio>\n";

const PUMP: &str = "# La pompe\n\nGraissez la tige chaque mois. Quand la pompe grince, le joint est \
    usé.\n";

const QUIZ: &str = "::Couvrir:: Un puits se couvre. {TRUE}\n\n\
    ::Graisser:: La tige se graisse {=chaque mois ~chaque année ~jamais}.\n";

/// Writes it into a folder under `root`, with `recording` in it.
pub(super) fn write(root: &Path, recording: &[u8]) -> Result<PathBuf> {
    let folder = root.join("eau-potable");
    let put = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.join(name), bytes).with_context(|| format!("writing {name}"))
    };
    std::fs::create_dir_all(folder.join("media")).context("making the course's folder")?;
    put("course.md", OUTLINE.as_bytes())?;
    put("01-le-puits.md", WELL.as_bytes())?;
    put("02-la-pompe.md", PUMP.as_bytes())?;
    put("quiz.gift", QUIZ.as_bytes())?;
    put("media/le-puits.opus", recording)?;
    Ok(folder)
}
