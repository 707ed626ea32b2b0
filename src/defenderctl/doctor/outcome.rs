//! What came of it, as its JSON has it. `docs/guides/doctor.md` describes the shape, which keeps what it has.

use serde::Serialize;

use crate::defenderctl::report;
use crate::defenderctl::report::gathered::Gathered;
use crate::defenderctl::report::model::Unread;
use crate::provider::examination::{Check, ExaminedTenant, Finding, Verdict};

/// Under a name that no form of Terraform's has.
const DOCTOR_VERSION: u32 = 1;

/// What was found in all tenants.
#[derive(Debug, Serialize)]
pub struct Outcome {
    pub doctor_version: u32,
    pub summary: Summary,
    pub tenants: Vec<ExaminedTenant>,
    pub unread: Vec<Unread>,
}

/// How many there are.
#[derive(Debug, Default, Serialize)]
pub struct Summary {
    pub tenants: usize,
    pub workspaces: usize,
    pub problems: usize,
    pub notices: usize,
    pub unknown: usize,
    pub well: usize,
}

impl Outcome {
    pub fn of(tenants: Vec<ExaminedTenant>, gathered: &Gathered) -> Self {
        let summary = Summary {
            tenants: tenants.len(),
            workspaces: tenants.iter().map(|of| of.workspaces.len()).sum(),
            ..Summary::default()
        };
        let mut outcome = Self { doctor_version: DOCTOR_VERSION, summary, tenants, unread: gathered.unread.clone() };
        let [problems, notices, unknown, well] = outcome.count(|_| true);
        outcome.summary = Summary { problems, notices, unknown, well, ..outcome.summary };
        outcome
    }

    fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.tenants.iter().flat_map(|tenant| {
            tenant.findings.iter().chain(tenant.workspaces.iter().flat_map(|workspace| &workspace.findings))
        })
    }

    fn count(&self, is_it: impl Fn(&Finding) -> bool) -> [usize; 4] {
        let verdicts = [Verdict::Problem, Verdict::Notice, Verdict::Unknown, Verdict::Well];
        verdicts.map(|verdict| self.findings().filter(|of| of.verdict == verdict && is_it(of)).count())
    }

    /// The number of each verdict, for each check that was made.
    pub fn counts(&self) -> impl Iterator<Item = (Check, [usize; 4])> {
        let counts = Check::ALL.into_iter().map(|check| (check, self.count(|of| of.check == check)));
        counts.filter(|(_, counts)| counts.iter().sum::<usize>() > 0)
    }

    /// The page of the report, with what was found.
    pub fn page(&self, gathered: Gathered) -> String {
        report::page_with(gathered, &self.tenants)
    }
}
