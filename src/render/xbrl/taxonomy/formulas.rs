//! Formulas that a processor checks of the facts: a figure is the quotient that it says, in the unit that it says.

use super::super::names::{NAMESPACE, Unit, figure_name, in_all};
use crate::domain::fact::Concept;
use askama::Template;

#[derive(Template)]
#[template(path = "xbrl/formula.xml")]
struct Formulas {
    namespace: &'static str,
    quotients: Vec<Quotient>,
    units: Vec<UnitRule>,
}

/// `mean × tasks = total`, within what the decimals of the mean and of the total leave open.
struct Quotient {
    mean: String,
    /// Its variables with their items.
    variables: [(&'static str, String); 3],
    /// The same in words, by language.
    messages: [(&'static str, String); 2],
}

/// All facts of some elements are in one unit.
struct UnitRule {
    name: &'static str,
    measure: &'static str,
    items: Vec<String>,
}

pub(super) fn render() -> Result<String, askama::Error> {
    let quotients = Concept::ALL.iter().filter_map(|concept| match concept.made_of() {
        [total, tasks] => Some(Quotient {
            mean: figure_name(*concept),
            // Tasks come first: of all variables they are told by the most axes, and Arelle matches only the axes that
            // facts of earlier variables have.
            variables: [("tasks", *tasks), ("mean", *concept), ("total", *total)]
                .map(|(variable, concept)| (variable, figure_name(concept))),
            messages: messages(*concept, *total, *tasks),
        }),
        _ => None,
    });
    let units = Unit::ALL.map(|unit| UnitRule {
        name: unit.measure().rsplit(':').next().unwrap_or_default(),
        measure: unit.measure(),
        items: Concept::ALL
            .iter()
            .filter(|concept| Unit::of(**concept) == unit)
            .map(|concept| figure_name(*concept))
            .collect(),
    });
    Formulas { namespace: NAMESPACE, quotients: quotients.collect(), units: units.into() }.render()
}

fn messages(mean: Concept, total: Concept, tasks: Concept) -> [(&'static str, String); 2] {
    let names = [mean, total, tasks].map(|concept| in_all(|labels| (labels.concept)(concept).to_owned()));
    let said = |at: usize, times: &str, is_not: &str| {
        let [mean, total, tasks] = names.each_ref().map(|name| name[at].as_str());
        format!("{mean} {{$mean}} {times} {tasks} {{$tasks}} {is_not} {total} {{$total}}.")
    };
    [("en", said(0, "times", "is not")), ("de", said(1, "mal", "ist nicht"))]
}
