//! What a person sees: findings as Terraform words them, tables, progress, and the code a command ends with.

use std::fmt::Write as _;
use std::io::Write;
use std::process::ExitCode;

use crate::terraform::{Diagnostic, Severity};

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Everything was read.
    Done,
    /// Nothing could be done.
    Failed,
    /// It is done but for what could not be read.
    Partly,
    /// Everything was read, and not all is as it should be.
    Differs,
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        match code {
            Code::Done => Self::SUCCESS,
            Code::Failed => Self::FAILURE,
            // Two is what a wrong command line ends with.
            Code::Partly => 3.into(),
            Code::Differs => 4.into(),
        }
    }
}

/// Where a person reads along. What cannot be written there is lost: there is nowhere left to tell of it.
pub struct Terminal {
    out: Box<dyn Write + Send>,
    shows_progress: bool,
}

/// Back to the begin of the line, and away with what stands there.
const CLEAR_LINE: &str = "\r\u{1b}[K";

impl Terminal {
    pub fn new(out: Box<dyn Write + Send>, shows_progress: bool) -> Self {
        Self { out, shows_progress }
    }

    /// One line that the next one takes the place of.
    pub fn progress(&mut self, line: &str) {
        if self.shows_progress {
            drop(write!(self.out, "{CLEAR_LINE}{}", escaped(line)));
            drop(self.out.flush());
        }
    }

    pub fn say(&mut self, text: &str) {
        let clear = if self.shows_progress { CLEAR_LINE } else { "" };
        drop(writeln!(self.out, "{clear}{}", escaped(text.trim_end())));
    }

    /// Findings as Terraform words them; those that differ in nothing but what failed share their text.
    pub fn tell(&mut self, findings: &[Diagnostic]) {
        let mut groups: Vec<Vec<&Diagnostic>> = Vec::new();
        for finding in findings {
            let is_same = |other: &Diagnostic| other.detail == finding.detail && other.path == finding.path;
            match groups.iter_mut().find(|group| group.first().is_some_and(|other| is_same(other))) {
                Some(group) => group.push(finding),
                None => groups.push(vec![finding]),
            }
        }
        for group in groups {
            let heads: String = group.iter().map(|finding| format!("{}\n", head(finding))).collect();
            let Some(Diagnostic { path, detail, .. }) = group.first() else { continue };
            let place = if path.0.is_empty() { String::new() } else { format!("  at {path}\n\n") };
            self.say(&format!("{heads}\n{place}{detail}"));
            self.say("");
        }
    }
}

fn head(finding: &Diagnostic) -> String {
    let kind = match finding.severity {
        Severity::Error => "Error",
        Severity::Warning => "Warning",
    };
    format!("{kind}: {}", finding.summary)
}

/// Columns under their names: texts to the left, numbers to the right.
pub fn table<const N: usize>(names: [&str; N], rows: &[[String; N]]) -> String {
    let rows: Vec<_> = rows.iter().map(|row| row.each_ref().map(|cell| escaped(cell).replace('\n', " "))).collect();
    let is_number = |cell: &str| cell.bytes().all(|byte| byte.is_ascii_digit());
    let columns: [(usize, bool); N] = std::array::from_fn(|at| {
        let cells = rows.iter().map(|row| row[at].as_str());
        let width = cells.clone().chain([names[at]]).map(|cell| cell.chars().count()).max().unwrap_or_default();
        (width, cells.into_iter().all(is_number))
    });
    let mut text = String::new();
    for row in [names.map(str::to_owned)].iter().chain(&rows) {
        let mut line = String::new();
        for (cell, (width, is_right)) in row.iter().zip(columns) {
            // Writing to a text cannot fail.
            let _ = if is_right { write!(line, "{cell:>width$}  ") } else { write!(line, "{cell:<width$}  ") };
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}

/// A text without what a terminal would obey or hide: control characters but for the end of a line, and what turns the
/// direction of text.
pub fn escaped(text: &str) -> String {
    let shown = |letter: char| match letter {
        '\n' => "\n".to_owned(),
        letter if is_invisible(letter) => letter.escape_unicode().to_string(),
        letter => letter.to_string(),
    };
    text.chars().map(shown).collect()
}

/// What is not seen as it stands: control characters, other ends of lines, marks without width or of direction.
pub fn is_invisible(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(letter, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn a_table_stands_in_columns() {
        let row = |name: &str, count: usize| [name.to_owned(), count.to_string(), "-".to_owned()];
        let text = table(["workspace", "found", "why"], &[row("law-demo", 12), row("l\u{1b}[31m\nx", 3)]);
        expect![[r#"
            workspace      found  why
            law-demo          12  -
            l\u{1b}[31m x      3  -
        "#]]
        .assert_eq(&text);
    }

    #[test]
    fn a_terminal_obeys_nothing_of_a_name() {
        let text = escaped("a\u{1b}]0;x\u{7}\r\nb\u{202e}c\u{9b}31m\u{2028}\u{200b}é😀");
        expect![[r#"
            a\u{1b}]0;x\u{7}\u{d}
            b\u{202e}c\u{9b}31m\u{2028}\u{200b}é😀"#]]
        .assert_eq(&text);
    }
}
