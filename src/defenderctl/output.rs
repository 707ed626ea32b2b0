//! What a subcommand leaves behind: stdout, or files. No file is overwritten unless that was asked for, and none is ever half
//! written.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::provider::messages;
use crate::terraform::Diagnostic;

/// Refuses what is there already, if it may not be replaced.
pub fn refuse_existing(path: &Path, is_forced: bool) -> Result<(), Diagnostic> {
    // A link is in the way even where it leads nowhere.
    let is_there = path.symlink_metadata().is_ok();
    if is_there && !is_forced { Err(messages::is_there_already(&path.display().to_string())) } else { Ok(()) }
}

/// What the name of a file ends with, in lower case; "" without one.
pub fn ending(path: Option<&Path>) -> String {
    path.and_then(Path::extension).and_then(|end| end.to_str()).unwrap_or_default().to_ascii_lowercase()
}

/// Prints a text.
pub fn print(text: &str, stdout: &mut dyn Write) -> Result<(), Diagnostic> {
    let done = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    done.map_err(|error| messages::not_written("stdout", &error.to_string()))
}

/// Writes all of the files, or nothing where something is in the way from the start.
pub fn replace(files: &BTreeMap<PathBuf, String>, is_forced: bool) -> Result<(), Diagnostic> {
    for path in files.keys() {
        refuse_existing(path, is_forced)?;
    }
    let beside = files.iter().map(|(path, text)| {
        let failed = |error: std::io::Error| messages::not_written(&path.display().to_string(), &error.to_string());
        Ok((path, beside(path, text).map_err(failed)?))
    });
    // All are written before the first is put in its place.
    for (path, file) in beside.collect::<Result<Vec<_>, Diagnostic>>()? {
        let put = if is_forced { file.persist(path) } else { file.persist_noclobber(path) };
        put.map_err(|error| messages::not_written(&path.display().to_string(), &error.error.to_string()))?;
    }
    Ok(())
}

/// The text in a file beside the one it is for.
fn beside(path: &Path, text: &str) -> std::io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    // As any other program leaves its files; temporary ones are the owner's alone else.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.prefix(".defenderctl-").tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}
