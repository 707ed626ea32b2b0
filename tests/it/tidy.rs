//! The house rules that a compiler does not hold: which room may use which, and how a module begins.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms, and what each may use. `main.rs` and `src/bin/` stand above all rooms.
const MAY_USE: &[(&str, &[&str])] = &[
    ("terraform", &[]),
    ("catalog", &[]),
    ("arm", &[]),
    ("emulator", &[]),
    ("plugin", &["terraform"]),
    ("docgen", &["terraform"]),
    ("provider", &["terraform", "catalog", "arm"]),
];

/// Names that say nothing of what lives behind them.
const EMPTY_NAMES: [&str; 6] = ["core", "common", "shared", "utils", "helpers", "types"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn sources() -> Vec<(String, String)> {
    let mut files = Vec::new();
    rust_files(&root().join("src"), &mut files);
    files.sort();
    let relative = |path: &PathBuf| path.strip_prefix(root().join("src")).unwrap().to_string_lossy().replace('\\', "/");
    files.iter().map(|path| (relative(path), fs::read_to_string(path).unwrap())).collect()
}

/// The rooms that a file names after `crate::`, in braces too.
fn rooms_used(code: &str) -> BTreeSet<String> {
    let word =
        |text: &str| text.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect::<String>();
    let mut used = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => used.extend(group.split('}').next().unwrap().split(',').map(|item| word(item.trim()))),
            None => drop(used.insert(word(rest))),
        }
    }
    used
}

#[test]
fn every_arrow_points_down() {
    let mut wrong = Vec::new();
    for (path, code) in sources() {
        let Some((room, _)) = path.split_once('/').filter(|(room, _)| *room != "bin") else { continue };
        let (_, may_use) =
            MAY_USE.iter().find(|(name, _)| *name == room).unwrap_or_else(|| panic!("{room} is not in MAY_USE"));
        for used in rooms_used(&code) {
            let is_room = MAY_USE.iter().any(|(name, _)| *name == used);
            if is_room && used != room && !may_use.contains(&used.as_str()) {
                wrong.push(format!("src/{path} uses {used}, but {room} may use only {may_use:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_wrong_arrow_would_be_seen() {
    let code = "use crate::{arm, plugin::proto};\nuse crate::catalog::CONNECTORS;\nlet x = crate::emulator::run;";
    let seen: Vec<_> = rooms_used(code).into_iter().collect();
    assert_eq!(seen, ["arm", "catalog", "emulator", "plugin"]);
}

#[test]
fn every_module_says_what_lives_in_it() {
    let silent: Vec<_> =
        sources().into_iter().filter(|(_, code)| !code.starts_with("//! ")).map(|(path, _)| path).collect();
    assert!(silent.is_empty(), "these do not begin with a //! paragraph: {silent:?}");
}

#[test]
fn no_room_is_named_after_nothing() {
    let empty = |path: &str| path.trim_end_matches(".rs").split('/').any(|name| EMPTY_NAMES.contains(&name));
    let found: Vec<_> = sources().into_iter().map(|(path, _)| path).filter(|path| empty(path)).collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn every_file_stays_in_the_readable_range() {
    let long: Vec<_> = sources()
        .into_iter()
        .map(|(path, code)| (path, code.lines().take_while(|line| *line != "#[cfg(test)]").count()))
        .filter(|(_, lines)| *lines > 500)
        .collect();
    assert!(long.is_empty(), "past 500 lines without tests, time to split: {long:?}");
}
