//! Findings: what is odd about the data of a provider, and what to do about it.

use super::ids::ModelId;
use super::names::{Name, Slug};
use super::terms::TaskType;
use chrono::{DateTime, Utc};
use uuid::Uuid;

super::terms::terms! {
    /// What was found.
    FindingKind {
        /// One record key at different starts: probably one task counted twice.
        SameIdTwice = "same_id_twice",
        /// Completed tasks without any energy: missing is never zero.
        ZeroEnergy = "zero_energy",
        ImplausibleEnergyPerToken = "implausible_energy_per_token",
        /// Hours without tasks of a service that otherwise has them.
        Gap = "gap",
        /// A day on which tasks used far more or less than on the days before, by task or by output token.
        Jump = "jump",
        /// Energy so far from the group's own history that only a slip of units explains it.
        UnitSlip = "unit_slip",
        /// Energy per output token far from what is registered of the model.
        UnlikeModel = "unlike_model",
        /// Tasks that were received long after they started.
        Late = "late",
        /// Tasks that started after they were received.
        Future = "future",
        /// Bodies that broke off.
        BrokenBatch = "broken_batch",
        /// Bodies that began more than an hour ago and did not come to their end.
        OpenBatch = "open_batch",
        RefusedRecords = "refused_records",
        /// Something could not be looked at, so that nothing is known of it.
        NotChecked = "not_checked",
    }
}

super::terms::terms! {
    /// How much a finding weighs.
    Severity {
        /// The figures are wrong, or very probably so: nothing should be published.
        Blocks = "blocks",
        /// Somebody should look; there may be a good reason.
        Look = "look",
    }
}

impl FindingKind {
    /// What is certainly wrong blocks. What somebody may have set right by sending again, or what may be as it
    /// was, is to be looked at: it stays in the data for ever.
    pub fn severity(self) -> Severity {
        match self {
            FindingKind::SameIdTwice | FindingKind::ZeroEnergy | FindingKind::UnitSlip => Severity::Blocks,
            _ => Severity::Look,
        }
    }

    pub fn what_to_do(self) -> &'static str {
        match self {
            FindingKind::SameIdTwice => {
                "Find out whether the client sent tasks again with another start, and give each task one id and \
                 one start. Stored records cannot be taken back: do not publish this period before it is clear."
            }
            FindingKind::ZeroEnergy => {
                "Find out why the energy was not measured; leave out what is not known instead of sending zero."
            }
            FindingKind::ImplausibleEnergyPerToken => {
                "Compare with the meter: slips of 1,000 (Wh as kWh) and of 3,600 (J as Wh), and the energy of a \
                 batch given to one task, are the most common reasons."
            }
            FindingKind::Gap => {
                "If tasks were served in these hours, send them; if not, keep a note of the outage."
            }
            FindingKind::Jump => {
                "Find out what changed that day: the model, the hardware, the boundary, or how energy is measured."
            }
            FindingKind::UnitSlip => {
                "Find the unit that the client reads and the field that it sends: Wh sent as kWh are 1,000 times too \
                 little in energy_wh and 1,000 times too much the other way, J as Wh 3,600 times. Stored records \
                 cannot be taken back: do not publish this period before it is clear."
            }
            FindingKind::UnlikeModel => {
                "Compare with the meter, and with the source of the coefficient: one of the two is in another unit, \
                 or the energy of a batch was given to one task, or of one token to a task."
            }
            FindingKind::Late => "If the period is published already, build a corrected version.",
            FindingKind::Future => "Set the clocks of the clients right.",
            FindingKind::BrokenBatch => {
                "Send the whole body again; what is stored already is recognised and counted once."
            }
            FindingKind::OpenBatch => {
                "If the client does not send any more, send the whole body again; what is stored already is \
                 recognised and counted once."
            }
            FindingKind::RefusedRecords => {
                "Fetch the faults of the batches at /v1/batches/{batch}/faults, correct the records and send them \
                 again."
            }
            FindingKind::NotChecked => "Ask again for a shorter period, or for one service.",
        }
    }
}

/// Whose data a finding is about; nothing where it is of the whole provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct FindingScope {
    pub service: Option<Slug>,
    pub model: Option<Name>,
    pub site: Option<Name>,
    pub task_type: Option<TaskType>,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub kind: FindingKind,
    pub scope: FindingScope,
    /// The time that it is about.
    pub from: DateTime<Utc>,
    /// The first instant that is no longer inside.
    pub to: DateTime<Utc>,
    /// Tasks, ids, hours or batches, as `what` says.
    pub count: u64,
    /// A plain sentence.
    pub what: String,
    /// Of ids that come twice.
    pub examples: Vec<RepeatedKey>,
}

/// A record key that stands in several records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RepeatedKey {
    pub record_key: Uuid,
    pub records: i64,
    pub first_started_at: DateTime<Utc>,
    pub last_started_at: DateTime<Utc>,
}

/// What was counted of one service, model, site and task type on one UTC day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupDay {
    pub scope: FindingScope,
    pub model: ModelId,
    pub day: chrono::NaiveDate,
    pub tasks: i64,
    pub completed: i64,
    pub energy_uj: i128,
    pub input_tokens: i128,
    pub output_tokens: i128,
    /// Energy of the records that state their output tokens.
    pub output_tokens_energy_uj: i128,
}
