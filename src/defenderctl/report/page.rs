//! The report as one page of HTML, which needs nothing else: its style and script stand in it, and a policy lets nothing but
//! those two run. What is not text is markup of the template alone, which escapes every text.

mod cells;
mod charts;

use askama::Template;
use aws_lc_rs::digest::{SHA256, digest};
use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::model::{Change, Report, Tenant, Workspace};
use super::text::{after, count, line, short, shown, value};
use crate::provider::examination::{Finding, Verdict};
use cells::{Cell, Columns, Group};
use charts::Chart;

const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");

#[derive(Template)]
#[template(path = "defenderctl/report/page/page.html")]
struct Page {
    style: &'static str,
    script: &'static str,
    style_hash: String,
    script_hash: String,
    summary: Vec<(usize, String, &'static str)>,
    products: Vec<(usize, String)>,
    groups: Vec<Group>,
    charts: Vec<Chart>,
    rows: Vec<Row>,
    /// Whether somebody looked at what an apply would meet.
    is_examined: bool,
    files: Vec<[String; 4]>,
    unread: Vec<[String; 2]>,
}

/// A workspace: its line of the matrix, and what is behind it.
struct Row {
    name: String,
    tenant: String,
    /// What a filter finds it by.
    flags: String,
    cells: Vec<Cell>,
    id: String,
    is_blocked: bool,
    findings: Vec<Told>,
    facts: Vec<(&'static str, Vec<String>)>,
    changes: Vec<[String; 4]>,
    sources: Vec<[String; 4]>,
    charts: Vec<Chart>,
    /// The figures of the charts: heads, and a line for each day.
    heads: Vec<&'static str>,
    days: Vec<(String, Vec<String>)>,
}

/// A finding of an examination.
struct Told {
    is_alarm: bool,
    word: &'static str,
    check: &'static str,
    summary: String,
    detail: String,
}

/// The whole page.
pub fn page(report: &Report) -> String {
    let columns = Columns::of(report);
    let summary = &report.summary;
    let mut figures = vec![
        (summary.tenants, name(summary.tenants, "tenant"), ""),
        (summary.workspaces, name(summary.workspaces, "workspace"), ""),
        (summary.drifted, "drifted".to_owned(), "drift"),
        (summary.planned, "to be changed".to_owned(), "plan"),
        (summary.silent, "with silent sources".to_owned(), "silent"),
        (summary.doubled, "with incidents twice".to_owned(), "twice"),
        (summary.unplanned, "without a plan".to_owned(), "noplan"),
        (summary.unread, "unread".to_owned(), "unread"),
    ];
    figures.extend(summary.blocked.map(|count| (count, "blocked".to_owned(), "block")));
    figures.extend(summary.noticed.map(|count| (count, "with a notice".to_owned(), "notice")));
    let page = Page {
        style: STYLE,
        script: SCRIPT,
        style_hash: hash(STYLE),
        script_hash: hash(SCRIPT),
        summary: figures,
        products: columns.products(),
        groups: columns.groups(),
        charts: charts::of_fleet(report),
        rows: report.workspaces().map(|(tenant, workspace)| row(&columns, tenant, workspace)).collect(),
        is_examined: summary.blocked.is_some(),
        files: report.files.iter().map(file).collect(),
        unread: report.unread.iter().map(|unread| [shown(&unread.file), shown(&unread.why)]).collect(),
    };
    // Writing into a text fails only where a value refuses to be shown, and all of these are texts and numbers.
    page.render().unwrap_or_default()
}

fn name(number: usize, what: &str) -> String {
    count(number, what).split_once(' ').map_or_else(String::new, |(_, name)| name.to_owned())
}

/// What a policy knows a style or script by.
fn hash(text: &str) -> String {
    BASE64_STANDARD.encode(digest(&SHA256, text.as_bytes()))
}

fn file(file: &super::model::ReadFile) -> [String; 4] {
    let time = file.time.as_deref().map_or_else(|| "–".to_owned(), shown);
    [shown(&file.file), file.form.to_owned(), time, file.objects.to_string()]
}

fn row(columns: &Columns, tenant: &Tenant, workspace: &Workspace) -> Row {
    let flags = [
        ("drift", !workspace.drift.is_empty()),
        ("plan", !workspace.planned.is_empty()),
        ("silent", workspace.silent().next().is_some()),
        ("twice", !workspace.incidents_twice.is_empty()),
        ("noplan", !workspace.has_plan),
        ("block", workspace.has(Verdict::Problem)),
        ("notice", workspace.has(Verdict::Notice)),
    ];
    let flags: Vec<_> = flags.into_iter().filter(|(_, is_so)| *is_so).map(|(flag, _)| flag).collect();
    let figures = charts::Figures::of([workspace].into_iter());
    Row {
        name: shown(&workspace.name),
        tenant: tenant.tenant_id.as_deref().map_or_else(|| "tenant not told".to_owned(), shown),
        flags: flags.join(" "),
        cells: columns.cells(workspace),
        id: workspace.workspace_id.as_deref().map_or_else(|| "known after apply".to_owned(), shown),
        is_blocked: workspace.has(Verdict::Problem),
        findings: workspace.findings.iter().map(finding).collect(),
        facts: facts(workspace),
        changes: changes(workspace),
        sources: workspace.silent().map(source).collect(),
        charts: figures.charts(),
        heads: figures.heads(),
        days: figures.days(),
    }
}

fn finding(finding: &Finding) -> Told {
    let concerns = match finding.concerns.as_slice() {
        [] => String::new(),
        concerns => format!(" ({})", line(&concerns.join(", "))),
    };
    Told {
        is_alarm: finding.verdict == Verdict::Problem,
        word: match finding.verdict {
            Verdict::Problem => "problem",
            Verdict::Notice => "notice",
            Verdict::Unknown => "not known",
            Verdict::Well => "well",
        },
        check: finding.check.title(),
        summary: format!("{}{concerns}", shown(&finding.summary)),
        detail: finding.detail.lines().map(|text| line(text) + "\n").collect(),
    }
}

fn changes(workspace: &Workspace) -> Vec<[String; 4]> {
    let told = |what: &str, change: &Change| {
        let differences = change.differences.iter();
        let differences: Vec<_> =
            differences.map(|it| format!("{}: {} → {}", shown(&it.attribute), value(&it.before), after(it))).collect();
        let differences = match (differences.is_empty(), change.action.as_str()) {
            (true, "update") => "an attribute that the report does not read".to_owned(),
            _ => differences.join("; "),
        };
        let action = if change.import && change.action != "import" { "import, " } else { "" };
        [what.to_owned(), format!("{action}{}", shown(&change.action)), shown(&change.address), differences]
    };
    let drift = workspace.drift.iter().map(|change| told("drift", change));
    drift.chain(workspace.planned.iter().map(|change| told("planned", change))).collect()
}

fn source(source: &super::model::Source) -> [String; 4] {
    let last = source.last_record_time.as_deref().map_or_else(|| "–".to_owned(), shown);
    let reason = source.reason.as_deref().map_or_else(String::new, shown);
    [shown(&source.name), source.state.name().to_owned(), last, reason]
}

/// What the matrix has no room for, a line of words under each head.
fn facts(workspace: &Workspace) -> Vec<(&'static str, Vec<String>)> {
    let mut facts = Vec::new();
    // Of connectors, what is all on says nothing that the matrix does not.
    let partly =
        workspace.connectors.iter().filter(|of| of.data_types.values().any(|is_on| !is_on) || of.managed_by_portal);
    let connectors = partly.map(|connector| {
        let types = connector.data_types.iter();
        let types =
            types.map(|(name, is_on)| format!("{} {}", name.replace('_', " "), if *is_on { "on" } else { "off" }));
        let portal = connector.managed_by_portal.then(|| "managed by the Defender portal".to_owned());
        let words: Vec<_> = types.chain(portal).collect();
        format!("{}: {}", short(connector.product), words.join(", "))
    });
    facts.push(("Connectors partly on", connectors.collect()));
    let rules = workspace.incident_rules.iter().map(|rule| {
        let state = if rule.enabled { "on" } else { "off" };
        // Most have the name that follows from the product.
        match rule.display_name == format!("Create incidents based on {} alerts", rule.product) {
            true => format!("{}: {state}", shown(short(&rule.product))),
            false => format!("{} ({}): {state}", shown(&rule.display_name), shown(short(&rule.product))),
        }
    });
    facts.push(("Incident rules", rules.collect()));
    let suppressions = workspace.suppressions.iter().map(|suppression| {
        let products: Vec<_> = suppression.products.iter().map(|product| shown(short(product))).collect();
        let counts = [(&suppression.suppressed_rules, "switched off"), (&suppression.enabled_rules, "on all the same")];
        let counts = counts.into_iter().filter(|(rules, _)| !rules.is_empty());
        let counts: Vec<_> = counts.map(|(rules, what)| format!("{} {what}", count(rules.len(), "rule"))).collect();
        let counts = if counts.is_empty() { String::new() } else { format!(" ({})", counts.join(", ")) };
        format!("{}{counts}", products.join(", "))
    });
    facts.push(("Incident rules kept off", suppressions.collect()));
    let twice = workspace.incidents_twice.iter();
    let twice = twice.map(|twice| format!("{}: by Defender XDR and by {}", shown(&twice.product), shown(&twice.rule)));
    facts.push(("Incidents that arrive twice", twice.collect()));
    let preserved = workspace.hunting_tables.iter().filter(|setting| !setting.preserved.is_empty());
    let preserved = preserved.map(|setting| shown(&setting.preserved.join(", ")));
    facts.push(("Tables that others stream", preserved.collect()));
    let retentions = workspace.retentions.iter().map(|retention| {
        let days = |days: Option<i64>| {
            days.filter(|days| *days >= 0).map_or("the default".to_owned(), |days| format!("{days} days"))
        };
        let plan = retention.plan.as_deref().filter(|plan| *plan != "Analytics");
        let plan = plan.map(|plan| format!(", plan {}", shown(plan))).unwrap_or_default();
        let (queried, total) = (days(retention.retention_in_days), days(retention.total_retention_in_days));
        format!("{}: {queried}, {total} in all{plan}", shown(&retention.table))
    });
    facts.push(("Retention", retentions.collect()));
    let settings = workspace.settings.iter().map(|setting| {
        let chosen = (!setting.chosen.is_empty()).then(|| setting.chosen.join(", "));
        let preserved = (!setting.preserved.is_empty()).then(|| format!("by others {}", setting.preserved.join(", ")));
        let words: Vec<_> = chosen.into_iter().chain(preserved).collect();
        let words = if words.is_empty() { "on".to_owned() } else { format!("on, {}", shown(&words.join("; "))) };
        format!("{}: {words}", setting.kind)
    });
    facts.push(("Settings of Sentinel", settings.collect()));
    let solutions = workspace.solutions.iter().map(|solution| {
        let name = if solution.title.is_empty() { &solution.content_id } else { &solution.title };
        let version = solution.version.as_deref().map_or_else(|| "version not told".to_owned(), shown);
        let newer = solution.update_available.as_deref().map(|newer| format!(", newer: {}", shown(newer)));
        format!("{}: {version}{}", shown(name), newer.unwrap_or_default())
    });
    facts.push(("Solutions of the Content hub", solutions.collect()));
    let workbooks = workspace.workbooks.iter().map(|workbook| {
        let tables = match workbook.tables.len() {
            0 => "incidents and alerts".to_owned(),
            tables => format!("incidents, alerts and {}", count(tables, "table")),
        };
        format!("{}: {tables}", shown(&workbook.title))
    });
    facts.push(("Workbooks", workbooks.collect()));
    facts.push(("Managed besides", workspace.others.iter().map(|other| shown(&other.address)).collect()));
    facts.retain(|(_, lines): &(_, Vec<String>)| !lines.is_empty());
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_lets_run_what_stands_in_the_page() {
        let gathered = crate::defenderctl::report::gathered::Gathered::default();
        let page = page(&Report::of(gathered));
        for (element, what) in [("style", "style-src"), ("script", "script-src")] {
            let text =
                page.split_once(&format!("<{element}>")).unwrap().1.split_once(&format!("</{element}>")).unwrap().0;
            assert!(page.contains(&format!("{what} 'sha256-{}'", hash(text))), "{element}");
        }
        // What a page might be tricked into by markup alone.
        for nothing in ["http:", "https:", " style=", " onclick", "<img", "<link", "<iframe", "<base"] {
            assert!(!page.contains(nothing), "{nothing}");
        }
    }
}
