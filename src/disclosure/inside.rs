//! Which parts a service declares to be inside its energy, held against what its records show.

use crate::domain::disclosure::{BoundaryLine, Included};
use crate::domain::registry::DeclaredInside;
use crate::domain::terms::{Place, StepKind};
use crate::method::Figures;

/// The checklist, and what contradicts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Checklist {
    pub(super) lines: Vec<BoundaryLine>,
    /// One sentence for each declaration that the records contradict.
    pub(super) contradictions: Vec<String>,
}

/// The mean is of the whole facility, so its layers are inside, measured or by a factor. Whether retrieval and tool
/// calls are, and the device of the user, only the provider knows. A `no` that the records contradict is no answer.
pub(super) fn checklist(declared: DeclaredInside, figures: &Figures) -> Checklist {
    let has_step = |kind| figures.stage_shares.get(kind).is_some_and(|share| !share.is_zero());
    let retrieves = [StepKind::Retrieval, StepKind::Reranking, StepKind::Tool].iter().any(has_step);
    let on_device = figures.places.contains_key(&Some(Place::Device));
    let mut contradictions = Vec::new();
    let mut answer = |declared: Included, is_shown: bool, says: &str, shows: &str| {
        if declared == Included::No && is_shown {
            contradictions.push(format!(
                "The provider declares that {says} not in the energy, but records of the period tell {shows}: it is not \
                 known whether all of it is inside."
            ));
            return Included::Unknown;
        }
        declared
    };
    let retrieval = answer(
        declared.retrieval_and_tools,
        retrieves,
        "retrieval and tools are",
        "the energy of such steps",
    );
    let device =
        answer(declared.user_device, on_device, "the user\u{2019}s device is", "tasks that ran on it");
    let layers = BoundaryLine::ITEMS.len() - 2;
    let answers = std::iter::repeat_n(Included::Yes, layers).chain([retrieval, device]);
    let lines = BoundaryLine::ITEMS.into_iter().zip(answers);
    Checklist {
        lines: lines.map(|(item, included)| BoundaryLine { item, included }).collect(),
        contradictions,
    }
}
