//! The files that a report is made of: found in folders, read one after the other, and each let go before the next.

use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::gathered::Gathered;
use crate::defenderctl::Terminal;
use crate::defenderctl::forms::{self, Document, Unread};
use crate::provider::messages;
use crate::terraform::Diagnostic;

/// What stands for stdin.
const STDIN: &str = "-";

/// How a file in a folder has to end to be read.
const ENDS: [&str; 2] = ["json", "tfstate"];

/// Reads everything that is asked for, and tells on the terminal what could not be.
pub fn read(paths: &[PathBuf], gathered: &mut Gathered, terminal: &mut Terminal) {
    let mut passed_over = Vec::new();
    for path in paths {
        if path.as_os_str() == STDIN {
            let mut bytes = Vec::new();
            match std::io::stdin().lock().read_to_end(&mut bytes) {
                Ok(_) => take("stdin", forms::documents(&bytes), gathered, terminal),
                Err(error) => unread("stdin", &error.to_string(), gathered, terminal),
            }
        } else if path.is_dir() {
            read_folder(path, gathered, terminal, &mut passed_over);
        } else {
            let name = path.display().to_string();
            match std::fs::read(path) {
                Ok(bytes) => take(&name, forms::documents(&bytes), gathered, terminal),
                Err(error) => unread(&name, &error.to_string(), gathered, terminal),
            }
        }
    }
    if !passed_over.is_empty() {
        terminal.tell(&[messages::report_passed_over(&passed_over)]);
    }
}

fn read_folder(folder: &Path, gathered: &mut Gathered, terminal: &mut Terminal, passed_over: &mut Vec<String>) {
    let (mut files, mut broken) = (Vec::new(), Vec::new());
    find(folder, &mut files, &mut broken);
    for (path, why) in &broken {
        unread(&path.display().to_string(), why, gathered, terminal);
    }
    if files.is_empty() && broken.is_empty() {
        terminal.tell(&[messages::report_empty_folder(&folder.display().to_string())]);
    }
    files.sort();
    for (at, file) in files.iter().enumerate() {
        terminal.progress(&format!("reading {} of {}: {}", at + 1, files.len(), file.display()));
        let name = file.display().to_string();
        match std::fs::read(file) {
            Ok(bytes) => match forms::documents(&bytes) {
                // Beside states lies much that is JSON.
                parts if matches!(parts.as_slice(), [Err(Unread::Other)]) => passed_over.push(name),
                parts => take(&name, parts, gathered, terminal),
            },
            Err(error) => unread(&name, &error.to_string(), gathered, terminal),
        }
    }
    terminal.progress("");
}

/// The files below a folder; neither what a dot hides, such as Terraform's own `.terraform`, nor what a link to a folder leads
/// to, which might be the folder itself.
fn find(folder: &Path, files: &mut Vec<PathBuf>, broken: &mut Vec<(PathBuf, String)>) {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return broken.push((folder.to_owned(), error.to_string())),
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        let is_folder = entry.file_type().is_ok_and(|of| of.is_dir());
        let ends_so = path.extension().and_then(OsStr::to_str).is_some_and(|end| ENDS.contains(&end));
        if is_folder && !is_hidden {
            find(&path, files, broken);
        } else if ends_so && !is_hidden && path.is_file() {
            files.push(path);
        }
    }
}

/// Takes in what a file holds, which may be several states and plans one after the other.
fn take(file: &str, parts: Vec<Result<Document, Unread>>, gathered: &mut Gathered, terminal: &mut Terminal) {
    for (at, part) in parts.into_iter().enumerate() {
        let name = if at == 0 { file.to_owned() } else { format!("{file}, part {}", at + 1) };
        match part {
            Ok(document) => terminal.tell(&gathered.take(&name, document)),
            Err(why) => {
                gathered.misses(&name, &why.why());
                terminal.tell(&[message(&name, &why)]);
            }
        }
    }
}

fn unread(file: &str, why: &str, gathered: &mut Gathered, terminal: &mut Terminal) {
    gathered.misses(file, why);
    terminal.tell(&[messages::report_unread(file, why)]);
}

fn message(file: &str, why: &Unread) -> Diagnostic {
    match why {
        Unread::Encrypted => messages::report_encrypted(file),
        Unread::SavedPlan => messages::report_saved_plan(file),
        other => messages::report_unread(file, &other.why()),
    }
}
