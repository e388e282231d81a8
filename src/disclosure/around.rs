//! What stands around the figures of a document: what is declared of hardware, texts and verification, what amounts of
//! energy are as much as, budgets, and earlier versions.

use crate::domain::disclosure::{
    BudgetLine, EquivalentLine, HardwareLine, HistoryLine, ProviderText, Verification,
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Around {
    pub(super) hardware: Vec<HardwareLine>,
    pub(super) texts: Vec<ProviderText>,
    pub(super) equivalents: Vec<EquivalentLine>,
    pub(super) budgets: Vec<BudgetLine>,
    pub(super) verification: Verification,
    pub(super) history: Vec<HistoryLine>,
    pub(super) reason: Option<String>,
}

impl Around {
    pub(super) fn none() -> Around {
        Around {
            hardware: Vec::new(),
            texts: Vec::new(),
            equivalents: Vec::new(),
            budgets: Vec::new(),
            verification: Verification::NONE,
            history: Vec::new(),
            reason: None,
        }
    }
}
