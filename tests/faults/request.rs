//! One request: which records it holds, and how they are written and packed.

use crate::journal::{Composition, Journal};
use crate::records::{self, Draft};
use flate2::Compression;
use flate2::write::GzEncoder;
use rand::RngExt;
use rand::seq::{IndexedRandom, SliceRandom};
use rand_chacha::ChaCha8Rng;
use std::collections::HashSet;
use std::io::Write;
use std::sync::Arc;
use taskwatt::domain::names::Slug;
use taskwatt::domain::record::KeySpace;
use uuid::Uuid;

pub struct Request {
    pub composition: Composition,
    /// The valid records, each once.
    pub drafts: Vec<Arc<Draft>>,
    pub media_type: &'static str,
    pub encoding: Option<&'static str>,
    pub body: Vec<u8>,
}

/// What a request is made from.
pub struct Source<'a> {
    /// Starts every id of this request, and of no other.
    pub name: String,
    /// Records that several lanes send.
    pub shared: &'a [Arc<Draft>],
    pub max_records: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Array,
    Envelope,
    Lines,
}

impl Request {
    /// Draws a request and notes its records as sent.
    pub fn compose(source: &Source<'_>, journal: &mut Journal, random: &mut ChaCha8Rng) -> Request {
        let format = *[Format::Array, Format::Array, Format::Envelope, Format::Lines].choose(random).unwrap();
        let mut batch = Batch::default();
        let size = match random.random_range(0..10) {
            0..3 => 1,
            3..8 => random.random_range(2..=40.min(source.max_records)),
            _ => random.random_range(2..=source.max_records),
        };
        for index in 0..size {
            match random.random_range(0..20) {
                0 => batch.repeat(journal.an_acknowledged(random), journal),
                1 => batch.repeat(journal.an_unsure(random), journal),
                2 | 3 => batch.repeat(source.shared.choose(random).cloned(), journal),
                4 => batch.repeat(batch.drafts.choose(random).cloned(), journal),
                _ => batch.add(Draft::new(&id_of(source, index, random), random)),
            }
        }
        if batch.texts.is_empty() {
            // There was nothing to repeat yet, and a body must hold a record.
            batch.add(Draft::new(&id_of(source, 0, random), random));
        }
        if random.random_range(0..5) == 0 {
            for index in 0..random.random_range(1..=3) {
                let id = format!("{}-invalid-{index}", source.name);
                let text = records::invalid(&id, format == Format::Lines, random);
                let key = KeySpace::of(&Slug::parse(records::PROVIDER).unwrap()).key(&id);
                journal.invalid.insert(key, text.clone());
                batch.texts.push(text);
                batch.composition.invalid += 1;
            }
        }
        if random.random_range(0..5) == 0
            && let Some(stored) = journal.an_acknowledged(random)
        {
            batch.texts.push(stored.conflicting(random));
            batch.composition.conflicts += 1;
        }
        batch.texts.shuffle(random);
        journal.note_sent(&batch.drafts);
        let (encoding, body) = pack(write(&batch.texts, format), random);
        let media_type =
            if format == Format::Lines { "application/x-ndjson" } else { "application/json; charset=utf-8" };
        Request { composition: batch.composition, drafts: batch.drafts, media_type, encoding, body }
    }
}

/// Half of the ids are UUIDs, which are keys by themselves.
fn id_of(source: &Source<'_>, index: usize, random: &mut ChaCha8Rng) -> String {
    match random.random_range(0..2) {
        0 => uuid::Builder::from_random_bytes(random.random()).into_uuid().to_string(),
        _ => format!("{}-{index}", source.name),
    }
}

#[derive(Default)]
struct Batch {
    composition: Composition,
    texts: Vec<String>,
    drafts: Vec<Arc<Draft>>,
    keys: HashSet<Uuid>,
}

impl Batch {
    fn add(&mut self, draft: Draft) {
        self.composition.new += 1;
        self.take(Arc::new(draft));
    }

    /// Adds a record that is known to somebody, if there is one.
    fn repeat(&mut self, draft: Option<Arc<Draft>>, journal: &Journal) {
        let Some(draft) = draft else { return };
        if self.keys.contains(&draft.key) || journal.is_acknowledged(&draft.key) {
            self.composition.stored += 1;
        } else {
            self.composition.unsure += 1;
        }
        self.take(draft);
    }

    fn take(&mut self, draft: Arc<Draft>) {
        self.texts.push(draft.json.clone());
        if self.keys.insert(draft.key) {
            self.drafts.push(draft);
        }
    }
}

fn write(texts: &[String], format: Format) -> String {
    match format {
        Format::Array => format!("[{}]", texts.join(",")),
        Format::Envelope => format!("{{\"records\": [{}]}}", texts.join(",\n")),
        Format::Lines => texts.join("\n") + "\n",
    }
}

fn pack(body: String, random: &mut ChaCha8Rng) -> (Option<&'static str>, Vec<u8>) {
    match random.random_range(0..6) {
        0 | 1 => (Some("gzip"), gzip(body.as_bytes())),
        2 => (Some("zstd"), zstd::encode_all(body.as_bytes(), 1).unwrap()),
        _ => (None, body.into_bytes()),
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
