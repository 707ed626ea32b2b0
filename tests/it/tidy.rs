//! The house rules that a compiler does not hold: which room may use which, that no files use each other in a
//! circle, and how a module begins.

use std::collections::{BTreeMap, BTreeSet};
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
    ("defenderctl", &["terraform", "catalog", "provider"]),
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

/// A file's module, as its path below `crate`.
fn module(path: &str) -> String {
    path.trim_end_matches(".rs").trim_end_matches("/mod").replace('/', "::")
}

/// The paths of a `use` tree, braces written out.
fn written_out(tree: &str) -> Vec<String> {
    let Some((before, group)) = tree.split_once('{') else { return vec![tree.trim().to_owned()] };
    let group = &group[..group.rfind('}').unwrap()];
    let (mut parts, mut depth) = (vec![String::new()], 0);
    for letter in group.chars() {
        match letter {
            ',' if depth == 0 => parts.push(String::new()),
            _ => parts.last_mut().unwrap().push(letter),
        }
        depth += i32::from(letter == '{') - i32::from(letter == '}');
    }
    let parts = parts.iter().filter(|part| !part.trim().is_empty());
    parts.flat_map(|part| written_out(&format!("{}{}", before.trim(), part.trim()))).collect()
}

/// The modules whose names a file imports; a module's own parents do not count, since it is a part of them.
fn imports(module: &str, code: &str, modules: &BTreeSet<String>) -> BTreeSet<String> {
    let code = code.split("#[cfg(test)]").next().unwrap();
    let trees = code.split('\n').enumerate().filter(|(_, line)| line.starts_with("use "));
    let trees = trees.map(|(number, _)| code.split('\n').skip(number).collect::<Vec<_>>().join("\n"));
    let paths = trees.flat_map(|rest| written_out(rest["use ".len()..].split(';').next().unwrap()));
    let absolute = |path: String| -> Vec<String> {
        let mut at: Vec<_> = module.split("::").map(str::to_owned).collect();
        for (place, step) in path.split("::").enumerate() {
            match (place, step) {
                (0, "crate") => at.clear(),
                (_, "super") => drop(at.pop()),
                (_, "self") => {}
                _ => at.push(step.to_owned()),
            }
        }
        at
    };
    let named =
        |at: Vec<String>| (1..=at.len()).rev().map(|end| at[..end].join("::")).find(|name| modules.contains(name));
    let others = paths.filter_map(|path| named(absolute(path)));
    others.filter(|other| other != module && !module.starts_with(&format!("{other}::"))).collect()
}

/// What is left when whatever uses nothing, or is used by nothing, is taken away: the circles.
fn circles(mut uses: BTreeMap<String, BTreeSet<String>>) -> BTreeMap<String, BTreeSet<String>> {
    loop {
        let used: BTreeSet<_> = uses.values().flatten().cloned().collect();
        let before = uses.len();
        uses.retain(|name, others| !others.is_empty() && used.contains(name));
        let left: BTreeSet<_> = uses.keys().cloned().collect();
        uses.values_mut().for_each(|others| others.retain(|other| left.contains(other)));
        if uses.len() == before {
            return uses;
        }
    }
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let sources = sources();
    let modules: BTreeSet<_> = sources.iter().map(|(path, _)| module(path)).collect();
    let uses = sources.iter().map(|(path, code)| (module(path), imports(&module(path), code, &modules))).collect();
    let circles = circles(uses);
    assert!(circles.is_empty(), "{circles:#?}");
}

#[test]
fn a_circle_would_be_seen() {
    let modules = BTreeSet::from(["a", "a::b", "a::c", "d"].map(str::to_owned));
    let uses = |module: &str, code: &str| (module.to_owned(), imports(module, code, &modules));
    let b = uses("a::b", "use super::c::{self, X as Y};\nuse std::fs;\nuse super::Z;");
    let c = uses("a::c", "use crate::{\n    a::{b::W},\n    d::V,\n};");
    assert_eq!(b.1, BTreeSet::from(["a::c".to_owned()]));
    assert_eq!(c.1, BTreeSet::from(["a::b".to_owned(), "d".to_owned()]));
    let found = circles(BTreeMap::from([b, c, uses("d", ""), uses("a", "use d::V;")]));
    assert_eq!(found.into_keys().collect::<Vec<_>>(), ["a::b", "a::c"]);
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
