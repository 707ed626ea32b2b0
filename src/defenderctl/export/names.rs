//! Names in Terraform's configuration and on disk, made of names that somebody gave in the portal: letters, digits and
//! underscores, and the same in every run.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

/// How much of a name is kept.
const LONGEST: usize = 48;

/// Whether a text may stand as a name in a configuration; Terraform takes letters of other scripts too.
pub fn is_identifier(text: &str) -> bool {
    let is_inner = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
    text.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_') && text.chars().all(is_inner)
}

/// What is left of a name: "Law Demo (West)" becomes "law_demo_west".
pub fn slug(name: &str) -> String {
    let mut slug = String::new();
    for letter in name.chars() {
        if slug.len() >= LONGEST {
            break;
        }
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('_') {
            slug.push('_');
        }
    }
    slug.trim_end_matches('_').to_owned()
}

/// A short text that stands for an id in any casing.
fn mark(id: &str) -> String {
    let mark = Uuid::new_v5(&Uuid::NAMESPACE_URL, id.to_lowercase().as_bytes());
    mark.simple().to_string()[..8].to_owned()
}

/// A name for each place, which is a workspace's ARM id or a tenant's: the workspace's own name; where others have the same,
/// with its resource group, or with the begin of its subscription; and with a mark where even those do not tell it apart.
pub fn of_places<'a>(places: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, String> {
    let places: BTreeSet<_> = places.into_iter().map(str::to_lowercase).collect();
    let candidates = |place: &String| {
        let mut segments = place.trim_end_matches('/').rsplit('/');
        let name = slug(segments.next().unwrap_or_default());
        let group = slug(segments.nth(3).unwrap_or_default());
        let subscription = slug(segments.nth(1).and_then(|id| id.split('-').next()).unwrap_or_default());
        let by_subscription = joined([&name, &subscription]);
        vec![name.clone(), joined([&group, &name]), by_subscription, joined([&name, &mark(place)])]
    };
    apart(places.into_iter().map(|place| (candidates(&place), place)))
}

/// A name for each object of one type, by its id: its place's, with what the object goes by where it has that, and with a mark
/// where that does not tell it from others.
pub fn of_objects<'a>(objects: impl IntoIterator<Item = (&'a str, &'a str, &'a str)>) -> BTreeMap<String, String> {
    let objects = objects.into_iter().map(|(id, place, goes_by)| {
        let name = joined([place, &slug(goes_by)]);
        let marked = joined([&name, &mark(id)]);
        (vec![name, marked], id.to_lowercase())
    });
    apart(objects)
}

fn joined(parts: [&str; 2]) -> String {
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("_")
}

/// To each the first of its candidates that is nobody else's candidate, whatever their order; else the last, which has a mark
/// of its own.
fn apart(all: impl Iterator<Item = (Vec<String>, String)>) -> BTreeMap<String, String> {
    let all: Vec<_> = all.collect();
    let mut counts = BTreeMap::<&str, usize>::new();
    for (candidates, _) in &all {
        for name in candidates.iter().collect::<BTreeSet<_>>() {
            *counts.entry(name).or_default() += 1;
        }
    }
    let is_its_own = |name: &&String| !name.is_empty() && counts.get(name.as_str()) == Some(&1);
    let named = all.iter().map(|(candidates, of)| {
        let name = candidates.iter().find(is_its_own).or(candidates.last()).map(String::as_str).unwrap_or_default();
        // A name begins with a letter or with this.
        let begin = if name.starts_with(|letter: char| letter.is_ascii_digit()) { "_" } else { "" };
        (of.clone(), format!("{begin}{name}"))
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use proptest::prelude::*;

    use super::*;

    fn workspace(subscription: &str, group: &str, name: &str) -> String {
        format!(
            "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.OperationalInsights/workspaces/{name}"
        )
    }

    fn shown(names: BTreeMap<String, String>) -> String {
        names.into_values().map(|name| name + "\n").collect()
    }

    #[test]
    fn names_are_letters_digits_and_underscores() {
        let seen =
            ["Law-Demo (West)", "  ${file(\"x\")}", "名前", "../..\\CON.", "a\u{202e}b\nc", "", "9x", &"ab".repeat(40)];
        expect![[r#"
            law_demo_west
            file_x

            con
            a_b_c

            9x
            abababababababababababababababababababababababab"#]]
        .assert_eq(&seen.map(slug).join("\n"));
        assert_eq!(["a", "_a-1", "1a", "", "a b", "a.b"].map(is_identifier), [true, true, false, false, false, false]);
    }

    #[test]
    fn places_are_told_apart() {
        let places = [
            workspace("1", "rg-a", "law-demo"),
            workspace("1", "RG-A", "LAW-DEMO"),
            workspace("1", "rg-a", "law"),
            workspace("1", "rg-b", "law"),
            workspace("2", "rg-b", "law"),
            workspace("1", "rg", "名前"),
            workspace("1", "rg", "1"),
            "11111111-1111-4111-8111-111111111111".to_owned(),
            String::new(),
        ];
        expect![[r#"
            _1b4db7eb
            rg_a_law
            law_demo
            law_1bf149e1
            rg_1
            rg
            law_2
            _11111111_1111_4111_8111_111111111111
        "#]]
        .assert_eq(&shown(of_places(places.iter().map(String::as_str))));
    }

    #[test]
    fn objects_are_told_apart() {
        let objects = [
            ("/1", "law", ""),
            ("/2", "law", "Rule"),
            ("/3", "law", "rule!"),
            ("/4", "law", "${x}"),
            ("/5", "law", "名前"),
        ];
        expect![[r#"
            law_592af690
            law_rule_3a22e573
            law_rule_76c72fe8
            law_x
            law_a5c04dc7
        "#]]
        .assert_eq(&shown(of_objects(objects)));
    }

    proptest! {
        #[test]
        fn every_object_has_a_name_of_its_own(objects in proptest::collection::vec(("[a-c]{1,3}", "[ab名_ ]{0,3}"), 0..30)) {
            let all: Vec<_> = objects.iter().map(|(id, goes_by)| (id.as_str(), "law", goes_by.as_str())).collect();
            let ids: BTreeSet<_> = all.iter().map(|(id, ..)| *id).collect();
            let unique: Vec<_> = ids.iter().filter_map(|id| all.iter().find(|(other, ..)| other == id)).copied().collect();
            let names = of_objects(unique);
            let different: BTreeSet<_> = names.values().collect();
            prop_assert_eq!(different.len(), ids.len());
            prop_assert!(names.values().all(|name| is_identifier(name)));
        }
    }
}
