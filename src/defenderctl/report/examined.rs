//! What an examination found, laid to the workspaces of a report.

use super::model::{Report, Tenant, Workspace};
use crate::provider::examination::{ExaminedTenant, ExaminedWorkspace, Verdict};

impl Report {
    /// The report with what was found. A workspace that no file tells of is one more.
    pub fn with(mut self, examined: &[ExaminedTenant]) -> Self {
        for tenant in examined {
            for workspace in &tenant.workspaces {
                self.workspace(tenant, workspace).findings.extend_from_slice(&workspace.findings);
            }
            // What is of a tenant stands with each of its workspaces: nobody looks for it elsewhere.
            for workspace in &tenant.workspaces {
                let row = self.workspace(tenant, workspace);
                row.findings.splice(0..0, tenant.findings.iter().cloned());
            }
        }
        let has = |verdict| self.workspaces().filter(|(_, workspace)| workspace.has(verdict)).count();
        let (blocked, noticed) = (has(Verdict::Problem), has(Verdict::Notice));
        self.summary.blocked = Some(blocked);
        self.summary.noticed = Some(noticed);
        self.summary.tenants = self.tenants.len();
        self.summary.workspaces = self.workspaces().count();
        self
    }

    fn workspace(&mut self, tenant: &ExaminedTenant, examined: &ExaminedWorkspace) -> &mut Workspace {
        let is_id = |id: Option<&str>, wanted: &str| {
            id.is_some_and(|id| id.trim_end_matches('/').eq_ignore_ascii_case(wanted.trim_end_matches('/')))
        };
        let is_it = |of: &Workspace| is_id(of.workspace_id.as_deref(), &examined.workspace_id);
        let is_of = |of: &Tenant| {
            of.tenant_id.is_none() || is_id(of.tenant_id.as_deref(), tenant.tenant_id.as_deref().unwrap_or_default())
        };
        let found = self
            .tenants
            .iter()
            .enumerate()
            .filter(|(_, of)| is_of(of))
            .find_map(|(at, of)| Some((at, of.workspaces.iter().position(is_it)?)));
        let (at, place) = found.unwrap_or_else(|| {
            let at = self.tenants.iter().position(|of| of.tenant_id == tenant.tenant_id).unwrap_or_else(|| {
                self.tenants.push(Tenant { tenant_id: tenant.tenant_id.clone(), workspaces: Vec::new() });
                self.tenants.len() - 1
            });
            self.tenants[at].workspaces.push(Workspace::of(Some(&examined.workspace_id)));
            (at, self.tenants[at].workspaces.len() - 1)
        });
        &mut self.tenants[at].workspaces[place]
    }
}

impl Workspace {
    /// Whether something was found so.
    pub fn has(&self, verdict: Verdict) -> bool {
        self.findings.iter().any(|finding| finding.verdict == verdict)
    }
}
