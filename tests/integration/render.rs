//! `taskwatt render`: anybody with the document of a disclosure makes the same files, wherever and whenever.

use crate::formats::rich::rich;
use crate::formats::rich_pack::rich_pack;
use crate::send::dir::Dir;
use crate::support::PROGRAM;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Output;
use taskwatt::domain::disclosure::Reference;
use taskwatt::publish::worker::{Renderer, WorkerError};
use taskwatt::render::files::{File, FileFormat, Format, download_name, files};
use taskwatt::render::json;
use taskwatt::render::pack::{self, PackFormat};
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

/// The files that were made in this process, by the names that the program gives them.
fn by_name<F: FileFormat>(files: Vec<File<F>>, reference: Reference) -> BTreeMap<String, Vec<u8>> {
    files.into_iter().map(|file| (file.format.file_name(reference), file.bytes)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn another_process_time_zone_locale_home_and_directory_make_the_same_bytes() {
    let document = rich(20);
    let here = by_name(files(&document, |_| ()).unwrap(), document.reference);
    assert_eq!(here.len(), Format::ALL.len());
    same_everywhere(&json::render(&document), &here).await;
    let document = rich_pack(4);
    let here = by_name(pack::files(&document, |_| ()).unwrap(), document.reference);
    assert_eq!(here.len(), PackFormat::ALL.len());
    same_everywhere(&pack::canonical(&document), &here).await;
}

/// Two processes in other surroundings make what this one, the third, made.
async fn same_everywhere(document: &[u8], here: &BTreeMap<String, Vec<u8>>) {
    let dir = Dir::new();
    dir.write("document.json", document);
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
    assert_eq!(digests.len(), here.len());
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
    dir.write("pack.json", pack::canonical(&rich_pack(1)));
    assert!(
        render(&["pack.json", "--out", "of-pack", "--format", "pdf"], &dir.0, &[]).await.status.success()
    );
    let names: Vec<String> = contents(&dir.0.join("of-pack")).into_keys().collect();
    assert_eq!(names, ["taskwatt-authority-pack-7-v3.pdf"]);
    let missing = render(&["pack.json", "--out", "out", "--format", "xbri"], &dir.0, &[]).await;
    assert_eq!(missing.status.code(), Some(1));
    assert!(String::from_utf8(missing.stderr).unwrap().contains("an authority pack has no file 'xbri'"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_canonical_document_is_refused_in_plain_words() {
    let dir = Dir::new();
    let document = json::render(&rich(1));
    dir.write("blanks.json", [document.as_slice(), b"\n"].concat());
    dir.write("broken.json", &document[..document.len() / 2]);
    let of_pack = String::from_utf8(pack::canonical(&rich_pack(1))).unwrap();
    dir.write("wide.json", of_pack.replacen(":", ": ", 1));
    dir.write("word.json", of_pack.replace("training_compute\"", "emissions\""));
    for (file, why) in [
        ("blanks.json", "is not as this version of the program writes it"),
        ("broken.json", "is not the document of a disclosure"),
        ("missing.json", "cannot read missing.json"),
        ("wide.json", "is not as this version of the program writes it"),
        ("word.json", "is not an authority pack"),
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
    let canonical = json::render(&document);
    let made = renderer.render::<Format>(&canonical, document.reference, |place| begun.push(place)).await;
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
    assert!(renderer.render::<Format>(&bytes, document.reference, |_| ()).await.is_ok());
    renderer.memory_bytes = 4 * 1024 * 1024;
    let refused = renderer.render::<Format>(&bytes, document.reference, |_| ()).await;
    assert!(matches!(refused, Err(WorkerError::TooLarge(_))), "{refused:?}");
}
