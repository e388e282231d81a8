//! `taskwatt render`: anybody with the document of a disclosure makes the same files, wherever and whenever.

use crate::formats::rich::rich;
use crate::send::dir::Dir;
use crate::support::PROGRAM;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Output;
use taskwatt::publish::worker::{Renderer, WorkerError};
use taskwatt::render::files::{Format, download_name, files};
use taskwatt::render::json;
use tokio::process::Command;

async fn render(arguments: &[&str], dir: &Path, surroundings: &[(&str, &str)]) -> Output {
    let mut command = Command::new(PROGRAM);
    command.arg("render").args(arguments).current_dir(dir);
    command.envs(surroundings.iter().copied()).output().await.unwrap()
}

/// The files of a directory by name.
fn contents(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    files
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(&path).unwrap()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn another_process_time_zone_locale_home_and_directory_make_the_same_bytes() {
    let document = rich(20);
    let dir = Dir::new();
    dir.write("document.json", json::render(&document));
    let elsewhere = dir.0.join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    let path = dir.0.join("document.json");
    let path = path.to_str().unwrap();
    let (first, second) = ([path, "--out", "first"], ["../document.json", "--out", "../second"]);
    let one = render(
        &first,
        &dir.0,
        &[
            ("TZ", "Pacific/Auckland"),
            ("LC_ALL", "de_DE.UTF-8"),
            ("LANG", "de_DE.UTF-8"),
            ("HOME", "/nonexistent"),
        ],
    );
    let other = render(
        &second,
        &elsewhere,
        &[
            ("TZ", "America/St_Johns"),
            ("LC_ALL", "C"),
            ("HOME", "/"),
            ("SOURCE_DATE_EPOCH", "1"),
            ("TMPDIR", "/"),
        ],
    );
    let (one, other) = tokio::join!(one, other);
    assert!(one.status.success(), "{one:?}");
    assert_eq!((&other.status, &other.stdout), (&one.status, &one.stdout), "{other:?}");
    let made = contents(&dir.0.join("first"));
    assert_eq!(contents(&dir.0.join("second")), made);
    // And in this process, which is the third.
    let here: BTreeMap<String, Vec<u8>> = files(&document, |_| ())
        .unwrap()
        .into_iter()
        .map(|file| (download_name(document.reference, file.format.as_str()), file.bytes))
        .collect();
    assert_eq!(made.keys().collect::<Vec<_>>(), here.keys().collect::<Vec<_>>());
    for (name, bytes) in &made {
        assert!(here[name] == *bytes, "{name} differs");
    }
    // What it prints is what sha256sum reads.
    let printed = String::from_utf8(one.stdout).unwrap();
    let digests: BTreeMap<&str, &str> = printed
        .lines()
        .map(|line| line.split_once("  ").unwrap())
        .map(|(digest, name)| (name, digest))
        .collect();
    assert_eq!(digests.len(), Format::ALL.len());
    for (name, bytes) in &made {
        assert_eq!(digests[name.as_str()], hex::encode(Sha256::digest(bytes)), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn formats_can_be_chosen() {
    let dir = Dir::new();
    dir.write("document.json", json::render(&rich(1)));
    let chosen = ["document.json", "--out", "out", "--format", "csv", "--format", "json"];
    assert!(render(&chosen, &dir.0, &[]).await.status.success());
    let reference = rich(1).reference;
    let names: Vec<String> = contents(&dir.0.join("out")).into_keys().collect();
    assert_eq!(names, [download_name(reference, "csv"), download_name(reference, "json")]);
    let unknown = render(&["document.json", "--out", "out", "--format", "docx"], &dir.0, &[]).await;
    assert_eq!(unknown.status.code(), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_canonical_document_is_refused_in_plain_words() {
    let dir = Dir::new();
    let document = json::render(&rich(1));
    dir.write("blanks.json", [document.as_slice(), b"\n"].concat());
    dir.write("broken.json", &document[..document.len() / 2]);
    for (file, why) in [
        ("blanks.json", "is not as this version of the program writes it"),
        ("broken.json", "is not the document of a disclosure"),
        ("missing.json", "cannot read missing.json"),
    ] {
        let refused = render(&[file, "--out", "out"], &dir.0, &[]).await;
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(1), "{file}: {said}");
        assert!(said.contains(why) && !said.contains("panicked"), "{file}: {said}");
    }
    assert!(!dir.0.join("out").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worker_makes_what_the_program_makes_and_tells_each_format() {
    let document = rich(3);
    let mut renderer = Renderer::new(1);
    renderer.program = PROGRAM.into();
    let mut begun = Vec::new();
    let made = renderer.render(&json::render(&document), document.reference, |place| begun.push(place)).await;
    let made = made.unwrap();
    assert_eq!(begun, (0..Format::ALL.len()).collect::<Vec<_>>());
    let here = files(&document, |_| ()).unwrap();
    for (made, here) in made.iter().zip(&here) {
        assert_eq!((made.format, made.sha256), (here.format, Sha256::digest(&here.bytes).into()));
        assert!(made.bytes == here.bytes, "{:?}", made.format);
    }
    assert_eq!(made.len(), here.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_limit_of_memory_fits_a_large_document_and_ends_one_that_is_too_large() {
    let document = rich(40);
    let mut renderer = Renderer::new(1);
    renderer.program = PROGRAM.into();
    let bytes = json::render(&document);
    assert!(renderer.render(&bytes, document.reference, |_| ()).await.is_ok());
    renderer.memory_bytes = 4 * 1024 * 1024;
    let refused = renderer.render(&bytes, document.reference, |_| ()).await;
    assert!(matches!(refused, Err(WorkerError::TooLarge(_))), "{refused:?}");
}
