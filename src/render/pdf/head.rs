//! The first page: what it is, whose figures they are, and the one figure most readers came for.

use super::content::{Attachment, Content, Headline, Notice, Pair, Words};
use super::say::{Say, breakable};
use super::sections::sections;
use crate::domain::disclosure::Disclosure;
use crate::domain::fact::{Concept, FactValue, Member};
use crate::domain::terms::Evidence;
use crate::method::LOW_COVERAGE_PPM;
use crate::render::chart::Charts;
use crate::render::number::HEADLINE;
use crate::text::{Language, fill};

/// Everything that is set.
pub(super) fn content<'a>(
    say: &Say<'_>,
    charts: &Charts,
    attached: &'a [(Attachment, &[u8])],
    digest: String,
) -> Content<'a> {
    let (d, page) = (say.d, &say.at.words.page);
    let attachments: Vec<&Attachment> = attached.iter().map(|(attachment, _)| attachment).collect();
    let (before, after) = page.title.split_once("{}").unwrap_or(("", page.title));
    Content {
        lang: say.at.language.as_str(),
        title: vec![Words::new(before), Words::new(breakable(&d.service.name)), Words::new(after)],
        plain_title: fill(page.title, &[&d.service.name]),
        author: d.provider.legal_name.clone(),
        subject: page.subject,
        keywords: page.keywords,
        reference: number_and_version(say),
        mark: None,
        page: page.page,
        contents: page.contents,
        legal_status: page.legal_status,
        status: status(say),
        identity: identity(say),
        notices: notices(say),
        headline: Some(headline(say)),
        reading_title: page.reading_title,
        reading: page.reading,
        sections: sections(say, charts, &attachments, &digest),
        attachments,
        digest,
    }
}

pub(super) fn number_and_version(say: &Say<'_>) -> String {
    let reference = say.d.reference;
    fill(say.at.words.page.disclosure, &[&reference.number.to_string(), &reference.version.to_string()])
}

/// The status line of the template, and its translation where the report is not in English.
fn status(say: &Say<'_>) -> Vec<Words> {
    let template = &say.d.template;
    let mut status = vec![say.english(&template.status_line)];
    // The translation is of the public draft template; another says its own.
    let is_draft = template.id == "eu-draft-average-energy-per-task";
    if let Some(sentence) = say.at.words.page.status.filter(|_| is_draft) {
        status.push(Words::new(fill(sentence, &[&template.id, &template.version])));
    }
    status
}

fn identity(say: &Say<'_>) -> Vec<Pair> {
    let (d, words) = (say.d, &say.at.words.identity);
    vec![
        Pair::new(words.provider, breakable(&d.provider.legal_name)),
        Pair::new(words.period, say.at.words.dates.period(d.period)),
        Pair::new(words.number, number_and_version(say)),
        Pair::new(words.built_on, say.at.words.dates.day(d.built_on)),
    ]
}

/// What a reader must know before reading a figure.
fn notices(say: &Say<'_>) -> Vec<Notice> {
    let (d, words) = (say.d, &say.at.words.headline);
    let mut notices = Vec::new();
    if let Some([heading, text]) = (say.at.words.terms.provider_notice)(d.provider.kind) {
        notices.push(Notice { heading, text: text.to_owned() });
    }
    let modelled = d
        .shares(Concept::EvidenceShare)
        .find(|(member, share)| **member == Member::Evidence(Evidence::Modelled) && !share.is_zero());
    if let Some((_, share)) = modelled {
        let text = fill(words.modelled_note, &[&say.percent(share)]);
        notices.push(Notice { heading: words.modelled, text });
    }
    if let Some(note) = &d.provider.public_note {
        notices.push(Notice { heading: words.public_note, text: breakable(note) });
    }
    notices
}

fn headline(say: &Say<'_>) -> Headline {
    let (d, words) = (say.d, &say.at.words.headline);
    let value = |concept, unit| say.with_unit(say.of_all(concept), HEADLINE, unit);
    let mut facts = Vec::new();
    if d.interval.is_some() {
        let low = say.figure(say.of_all(Concept::EnergyPerTaskLow), HEADLINE);
        let high = value(Concept::EnergyPerTaskHigh, "Wh");
        facts.push(Pair::new(words.interval, fill(say.at.words.page.range, &[&low, &high])));
    }
    facts.push(Pair::new(words.median, value(Concept::EnergyPerTaskMedian, "Wh")));
    facts.push(Pair::new(words.it_mean, value(Concept::EnergyPerTaskItMean, "Wh")));
    facts.push(Pair::new(words.carbon, value(Concept::CarbonLocationPerTask, "g\u{a0}CO₂e")));
    facts.push(Pair::new(words.completed, say.count(say.of_all(Concept::TasksCompleted))));
    facts.push(Pair::new(words.coverage, say.share(say.of_all(Concept::Coverage))));
    facts.push(Pair::new(words.evidence, evidence(say)));
    Headline {
        name: words.mean,
        value: say.figure(say.of_all(Concept::EnergyPerTaskMean), HEADLINE),
        unit: "Wh",
        note: words.mean_note,
        warning: low_coverage(d).map(|share| fill(words.low_coverage, &[&say.percent(share)])),
        facts,
    }
}

fn low_coverage(d: &Disclosure) -> Option<crate::units::Decimal> {
    match d.value(Concept::Coverage, None) {
        FactValue::Known(share) if share.round_decimals(6).to_scaled(6).ok()? < LOW_COVERAGE_PPM => {
            Some(share)
        }
        _ => None,
    }
}

fn evidence(say: &Say<'_>) -> String {
    let shares = say.d.shares(Concept::EvidenceShare).filter(|(_, share)| !share.is_zero());
    let parts: Vec<String> = shares
        .map(|(member, share)| {
            let name = say.at.labels.member(member);
            // German nouns keep their capital letter.
            let name =
                if say.at.language == Language::German { name.to_owned() } else { name.to_lowercase() };
            format!("{name} {}", say.percent(share))
        })
        .collect();
    parts.join(", ")
}
