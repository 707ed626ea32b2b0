//! The report as a table for a pull request's comment. Whatever a state may hold stands in code, where neither GitHub nor Azure
//! DevOps or GitLab read mentions, links, HTML or marks into it.

use super::model::{Change, Report, Tenant, Workspace};
use super::text::{after, count, short, shown, value};

/// As much as a comment takes: GitHub's limit is 65,536.
const MOST: usize = 65_000;

/// Differences that are shown of a change.
const MOST_DIFFERENCES: usize = 5;

/// The whole comment, in at most `MOST` bytes.
pub fn markdown(report: &Report) -> String {
    let mut out = head(report);
    let mut rows: Vec<_> = report.workspaces().collect();
    // What somebody has to look at is not what is left out.
    rows.sort_by_key(|(_, workspace)| !workspace.needs_attention());
    if !rows.is_empty() {
        out += "\n| Tenant | Workspace | Connected | Tables | Drift | Planned | Silent | Twice |\n|---|---|---|--:|--:|--:|--:|--:|\n";
        let lines = rows.iter().map(|(tenant, workspace)| row(tenant, workspace));
        // Half of the room, so that some of what changes has its place too.
        let left_out = fill(&mut out, lines, MOST / 2);
        left_out_line(&mut out, left_out, "workspace");
    }
    let mut details = Vec::new();
    for (_, workspace) in &rows {
        details.extend(workspace.drift.iter().map(|change| line("drift", workspace, change)));
        details.extend(workspace.planned.iter().map(|change| line("planned", workspace, change)));
        details.extend(workspace.incidents_twice.iter().map(|twice| {
            let (product, rule) = (code(&twice.product), code(&twice.rule));
            format!("- {}: **twice** incidents of {product}, by Defender XDR and by {rule}\n", code(&workspace.name))
        }));
        details.extend(workspace.silent().map(|source| {
            let reason = source.reason.as_deref().map(|reason| format!(": {}", code(reason))).unwrap_or_default();
            format!("- {}: **{}** {}{reason}\n", code(&workspace.name), source.state.name(), code(&source.name))
        }));
    }
    details.extend(
        report.unread.iter().map(|unread| format!("- **unread** {}: {}\n", code(&unread.file), code(&unread.why))),
    );
    if !details.is_empty() {
        out += "\n<details><summary>What to look at</summary>\n\n";
        let left_out = fill(&mut out, details.into_iter(), MOST - 200);
        left_out_line(&mut out, left_out, "line");
        out += "\n</details>\n";
    }
    out
}

fn head(report: &Report) -> String {
    let summary = &report.summary;
    let of = |number: usize, what: &str| (number > 0).then(|| format!("**{number}** {what}"));
    let parts = [
        of(summary.drifted, "drifted"),
        of(summary.planned, "to be changed"),
        of(summary.silent, "with silent sources"),
        of(summary.doubled, "with incidents that arrive twice"),
        of(summary.unplanned, "that no plan tells of"),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    let parts = if parts.is_empty() { "nothing to look at".to_owned() } else { parts.join(", ") };
    let unread = match summary.unread {
        0 => String::new(),
        number => format!(" {} could not be read.", count(number, "file")),
    };
    let (tenants, workspaces) = (count(summary.tenants, "tenant"), count(summary.workspaces, "workspace"));
    format!("### Microsoft Defender in Microsoft Sentinel\n\n{workspaces} in {tenants}: {parts}.{unread}\n")
}

/// Adds lines while there is room; how many there was none for.
fn fill(out: &mut String, mut lines: impl ExactSizeIterator<Item = String>, most: usize) -> usize {
    while let Some(line) = lines.next() {
        if out.len() + line.len() > most {
            return lines.len() + 1;
        }
        *out += &line;
    }
    0
}

fn left_out_line(out: &mut String, left_out: usize, what: &str) {
    if left_out > 0 {
        *out += &format!(
            "\n{} left out for want of room; `--format html` or `json` has all.\n",
            count(left_out, &format!("more {what}"))
        );
    }
}

fn row(tenant: &Tenant, workspace: &Workspace) -> String {
    let is_on = |types: &std::collections::BTreeMap<&str, bool>| types.values().any(|is_on| *is_on);
    let connected = workspace.connectors.iter().filter(|connector| is_on(&connector.data_types));
    let connected: Vec<_> = connected.map(|connector| short(connector.product)).collect();
    let tables: usize = workspace.hunting_tables.iter().map(|setting| setting.tables.len()).sum();
    let number = |number: usize| if number == 0 { "–".to_owned() } else { format!("**{number}**") };
    let planned = |changes: &[Change]| if workspace.has_plan { number(changes.len()) } else { "no plan".to_owned() };
    let silent =
        if workspace.ingestion.is_empty() { "not asked".to_owned() } else { number(workspace.silent().count()) };
    format!(
        "| {} | {} | {} | {} | {} | {} | {silent} | {} |\n",
        tenant.tenant_id.as_deref().map_or("–".to_owned(), code),
        code(&workspace.name),
        if connected.is_empty() { "–".to_owned() } else { connected.join(", ") },
        number_or_dash(tables),
        planned(&workspace.drift),
        planned(&workspace.planned),
        number(workspace.incidents_twice.len()),
    )
}

fn number_or_dash(number: usize) -> String {
    if number == 0 { "–".to_owned() } else { number.to_string() }
}

fn line(what: &str, workspace: &Workspace, change: &Change) -> String {
    let differences = change.differences.iter().take(MOST_DIFFERENCES).map(|difference| {
        let [before, after] = [value(&difference.before), after(difference)].map(|side| code(&side));
        format!("{}: {before} → {after}", code(&difference.attribute))
    });
    let mut differences: Vec<_> = differences.collect();
    if change.differences.len() > MOST_DIFFERENCES {
        differences.push(format!("{} more", change.differences.len() - MOST_DIFFERENCES));
    }
    let differences = if differences.is_empty() { String::new() } else { format!(" ({})", differences.join(", ")) };
    let (name, address) = (code(&workspace.name), code(&change.address));
    format!("- {name}: **{what}** {} {address}{differences}\n", code(&change.action))
}

/// A text as code: in backticks where that is enough, which it is not for what ends them or a cell.
fn code(text: &str) -> String {
    let text = shown(text);
    if !text.contains(['`', '|', '\\']) {
        // A space at either end would be stripped.
        return format!("`{}`", text.trim());
    }
    let is_plain = |letter: char| letter.is_alphanumeric() || letter == ' ' || letter == '-' || letter == '/';
    let escaped = text.chars().map(|letter| match letter {
        letter if is_plain(letter) || !letter.is_ascii() => letter.to_string(),
        // A space without width keeps an address of mail from being made of it.
        '@' => "&#64;&#8203;".to_owned(),
        letter => format!("&#{};", u32::from(letter)),
    });
    format!("<code>{}</code>", escaped.collect::<String>())
}
