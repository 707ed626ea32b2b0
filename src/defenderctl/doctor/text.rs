//! What was found as text for a terminal: what stands in the way with the way out, the rest in a line each.

use super::outcome::Outcome;
use crate::defenderctl::report::text::line;
use crate::provider::examination::{Finding, Verdict};

/// What a terminal shows. What is well is a number unless `all` of it is asked for.
pub fn text(outcome: &Outcome, all: bool) -> String {
    let mut text = String::new();
    for tenant in &outcome.tenants {
        let id = tenant.tenant_id.as_deref().unwrap_or("of the provider block");
        text += &format!("Tenant {}\n", line(id));
        tell(&mut text, &tenant.findings, all);
        for workspace in &tenant.workspaces {
            text += &format!("\n  Workspace {}\n", line(&workspace.workspace_id));
            if workspace.findings.is_empty() {
                text += "    was not looked at\n";
            }
            tell(&mut text, &workspace.findings, all);
        }
        text.push('\n');
    }
    text
}

fn tell(text: &mut String, findings: &[Finding], all: bool) {
    let is_shown = |of: &&Finding| all || of.verdict != Verdict::Well;
    for finding in findings.iter().filter(is_shown) {
        let Finding { check, verdict, summary, detail, concerns } = finding;
        let word = match verdict {
            Verdict::Problem => "PROBLEM",
            Verdict::Notice => "notice",
            Verdict::Unknown => "not known",
            Verdict::Well => "well",
        };
        // The word itself says the first of it already.
        let summary = summary.strip_prefix("Not known, ").unwrap_or(summary);
        *text += &format!("    {word}: {}: {}\n", check.title(), line(summary));
        if !concerns.is_empty() && !detail.is_empty() {
            *text += &format!("      for {}\n", line(&concerns.join(", ")));
        }
        for paragraph in detail.lines() {
            *text += format!("      {}", line(paragraph)).trim_end();
            text.push('\n');
        }
    }
    let well = findings.iter().filter(|of| of.verdict == Verdict::Well).count();
    if !all && well > 0 {
        *text += &format!("    {well} well\n");
    }
}
