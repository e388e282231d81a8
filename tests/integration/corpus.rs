//! Every file of the fuzzing corpus goes through the same checks as under the fuzzer (`scripts/fuzz`).

#[path = "../../fuzz/lib.rs"]
mod checks;

use std::fs;
use std::path::Path;

#[test]
fn the_checks_hold_for_every_file_of_the_corpus() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for (name, check) in checks::CHECKS {
        let files: Vec<_> =
            fs::read_dir(corpus.join(name)).unwrap().map(|file| file.unwrap().path()).collect();
        assert!(files.len() >= 3, "{name} has a corpus");
        for file in files {
            let bytes = fs::read(&file).unwrap();
            let checked = std::panic::catch_unwind(|| check(&bytes));
            assert!(checked.is_ok(), "{} breaks what must hold", file.display());
        }
    }
    let names: Vec<&str> = checks::CHECKS.iter().map(|(name, _)| *name).collect();
    let manifest = include_str!("../../fuzz/Cargo.toml");
    let targets: Vec<&str> = manifest
        .split("[[bin]]\nname = \"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap_or_default())
        .collect();
    assert_eq!(names, targets, "every check is a target and every target a check");
}
