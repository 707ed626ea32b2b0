//! Several export settings of one workspace under the real Terraform: what has one owner, and a setting that only the
//! portal can write.

use expect_test::expect;
use serde_json::{Value, json};

use crate::emulator_process::WORKSPACE;
use crate::hunting_tables::{path, setting, tables, tenant_with};
use crate::terraform::{Bench, warning};

const PORTALS: &str = "SentinelExportSettings-law-demo";
const MANAGED: &str = "SentinelExportSettings-law-demo-Managed";

/// A block under a name, with a setting of its own name if one is given.
fn block(name: &str, setting: &str, names: &[&str]) -> String {
    let body = tables(names).replace("\"it\"", &format!("\"{name}\""));
    if setting.is_empty() { body } else { with(&body, &format!("setting_id = \"{setting}\"")) }
}

fn with(body: &str, more: &str) -> String {
    body.replace("\n}", &format!("\n  {more}\n}}"))
}

/// A tenant with the portal's setting of the workspace.
fn portals(categories: &[&str]) -> Bench {
    Bench::with(&tenant_with(&json!([setting(PORTALS, WORKSPACE, categories)]), true))
}

fn world(bench: &Bench) -> Value {
    bench.admin("GET", "/state", None)["tenants"][0]["export_settings"].clone()
}

/// What a plan of one resource at a time tells.
fn told(bench: &Bench) -> String {
    bench.errors(&["plan", "-no-color", "-input=false", "-parallelism=1"])
}

const MAIL: [&str; 2] = ["AdvancedHunting-DeviceInfo", "AdvancedHunting-EmailEvents"];

#[test]
fn a_setting_and_a_table_have_one_owner() {
    let twice = [
        ("one setting", block("a", "", &["DeviceInfo"]), block("b", "", &["DeviceEvents"])),
        ("one table", block("a", "", &["DeviceInfo"]), block("b", MANAGED, &["AdvancedHunting-deviceinfo"])),
    ];
    for (what, first, second) in twice {
        let bench = Bench::new();
        bench.configure(&format!("{first}{second}"));
        assert!(told(&bench).contains("is planned twice"), "{what}");
        for (held, new, name) in [(&first, &second, "a"), (&second, &first, "b")] {
            let bench = Bench::new();
            bench.configure(held);
            bench.apply();
            bench.configure(&format!("{held}{new}"));
            assert!(told(&bench).contains("has an owner already"), "{what}");
            // Who is planned after the one that has it hears of that alone.
            let later = with(new, &format!("depends_on = [defender_hunting_tables.{name}]"));
            bench.configure(&format!("{held}{later}"));
            let told = told(&bench);
            assert!(told.contains("has an owner already") && told.matches("Error: ").count() == 1, "{what}: {told}");
        }
    }
    let bench = Bench::new();
    bench.configure(&format!("{}{}", block("a", "", &["DeviceInfo"]), block("b", MANAGED, &["DeviceEvents"])));
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    assert_eq!(bench.left().len(), 2);
    // Either is made again beside the other.
    bench.portal("DELETE", &path(PORTALS), None);
    bench.ok(&["apply", "-no-color", "-auto-approve", "-parallelism=10"]);
    assert_eq!(bench.plan(), [""; 0]);
    bench.destroy();
    assert_eq!(bench.left(), [""; 0]);
}

#[test]
fn a_second_setting_streams_what_the_first_does_not() {
    let bench = portals(&["AdvancedHunting-DeviceInfo", "CloudAppEvents"]);
    bench.configure(&block("it", MANAGED, &["DeviceEvents", "deviceinfo"]));
    expect![[r#"
        Warning: A hunting table streams to the workspace already

          with defender_hunting_tables.it,
          on main.tf line 10, in resource "defender_hunting_tables" "it":
          10:   tables = ["DeviceEvents", "deviceinfo"]

        The tenant's export setting "SentinelExportSettings-law-demo" streams to
        WORKSPACE
        too, and has on:
          - deviceinfo

        Through two settings each event might arrive twice (nobody here could try).
        Take these out of tables, or switch them off there first: in the portal, or
        in the block that manages it, in a run before this one.

        If all of it is to be destroyed: terraform destroy -refresh=false.

        Apply will refuse to make it as long as this is so; nothing is changed by
        then.
    "#]]
    .assert_eq(&bench.refused());
    bench.configure(&block("it", MANAGED, &["DeviceEvents"]));
    let before = world(&bench)[0].clone();
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    // A change meets the other one as a create does.
    bench.configure(&block("it", MANAGED, &["DeviceEvents", "CloudAppEvents"]));
    assert!(bench.plan_errors().contains("streams to the workspace already"));
    bench.configure(&block("it", MANAGED, &["DeviceEvents", "DeviceFileEvents"]));
    bench.plan();
    let logs = json!({ "logs": [{ "category": "AdvancedHunting-DeviceFileEvents", "enabled": true }] });
    bench.portal("PATCH", &path(PORTALS), Some(&logs));
    let already = bench.emulator.exchanges().len();
    assert!(bench.errors(&["apply", "-no-color", "plan"]).contains("streams to the workspace already"));
    assert_eq!(bench.bodies(already), "");
    bench.portal("PUT", &path(PORTALS), Some(&before));
    bench.destroy();
    assert_eq!(world(&bench).as_array().map(Vec::len), Some(1));
}

#[test]
fn a_setting_of_another_name_is_adopted_imported_or_left_beside_a_second_one() {
    let bench = Bench::with(&tenant_with(&json!([setting("mine", WORKSPACE, &["AdvancedHunting-DeviceInfo"])]), true));
    bench.configure(&block("it", "", &["DeviceEvents"]));
    let told = bench.refused();
    assert!(
        told.contains("|mine") && told.contains("adopt_existing") && told.contains("setting_id = \"mine-Managed\""),
        "{told}"
    );
    bench.configure(&with(&block("it", "", &["DeviceEvents"]), "adopt_existing = true"));
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    assert_eq!(bench.left(), ["export_settings/mine"]);
}

#[test]
fn what_only_the_portal_can_select_is_never_written_over() {
    let bench = portals(&MAIL);
    let before = world(&bench);
    bench.configure(&with(&block("it", "", &["DeviceInfo", "EmailEvents"]), "adopt_existing = true"));
    expect![[r#"
        Error: Could not plan the selection of hunting tables

          with defender_hunting_tables.it,
          on main.tf line 11, in resource "defender_hunting_tables" "it":
          11:   adopt_existing = true

        The export setting "SentinelExportSettings-law-demo" of
        WORKSPACE
        has on:
          - AdvancedHunting-EmailEvents

        The Defender API is reported to refuse these in a write, so that the portal
        alone can select them. A write replaces the setting whole: it would be
        refused, or switch them off for good. So the setting is never written here;
        nothing was changed.

        To leave it as it is and stream other tables, which it does not have on,
        through a second setting of the workspace, name that one:

          setting_id = "SentinelExportSettings-law-demo-Managed"

        A tenant holds five settings, whatever their targets.

        If "SentinelExportSettings-law-demo" is in state, let it go without touching
        it: take its block out and leave in its place

          removed {
            from = defender_hunting_tables.NAME
            lifecycle {
              destroy = false
            }
          }

        To keep it in state, write the configuration as the portal has it, these
        among its tables: the plan is empty then. Or switch these off in the portal.

        If all of it is to be destroyed: terraform destroy -refresh=false.
    "#]]
    .assert_eq(&bench.plan_errors());
    // An import holds as long as nothing changes.
    bench.configure(&block("it", "", &["DeviceInfo", "EmailEvents"]));
    bench.ok(&["import", "-no-color", "defender_hunting_tables.it", WORKSPACE]);
    assert_eq!(bench.plan(), [""; 0]);
    for (what, changed) in [
        ("fewer", block("it", "", &["EmailEvents"])),
        ("more", block("it", "", &["DeviceInfo", "EmailEvents", "DeviceEvents"])),
        ("under another name", block("it", MANAGED, &["DeviceEvents"])),
    ] {
        bench.configure(&changed);
        let told = bench.plan_errors();
        assert!(told.contains("- EmailEvents") && told.contains(MANAGED), "{what}: {told}");
    }
    // The way out.
    let left = "removed {\n  from = defender_hunting_tables.it\n  lifecycle {\n    destroy = false\n  }\n}\n";
    bench.configure(&format!("{left}{}", block("second", MANAGED, &["DeviceInfo"])));
    // Nobody can tell before that what is let go streams on.
    assert!(bench.apply_errors().contains("streams to the workspace already"));
    assert_eq!(world(&bench), before);
    bench.configure(&format!("{left}{}", block("second", MANAGED, &["DeviceEvents"])));
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    assert_eq!(world(&bench)[0], before[0]);
    bench.destroy();
    assert_eq!(world(&bench), before);
}

#[test]
fn mail_that_the_portal_selects_after_the_plan_keeps_a_setting_from_being_written() {
    let bench = Bench::new();
    bench.configure(&block("it", "", &["DeviceInfo"]));
    bench.apply();
    bench.configure(&block("it", "", &["DeviceInfo", "DeviceEvents"]));
    bench.plan();
    bench.portal("PATCH", &path(PORTALS), Some(&json!({ "logs": setting(PORTALS, WORKSPACE, &MAIL)["logs"] })));
    let (already, before) = (bench.emulator.exchanges().len(), world(&bench));
    assert!(bench.errors(&["apply", "-no-color", "plan"]).contains("- AdvancedHunting-EmailEvents"));
    // Nor does a destroy switch it off that knows nothing of it.
    let told = bench.errors(&["destroy", "-no-color", "-auto-approve", "-refresh=false"]);
    assert!(told.contains("- AdvancedHunting-EmailEvents"), "{told}");
    assert_eq!((bench.bodies(already).as_str(), world(&bench)), ("", before));
    assert!(bench.state("defender_hunting_tables.it").is_object());
}

#[test]
fn a_destroy_deletes_what_is_managed_whole_and_writes_nothing_that_is_refused() {
    let bench = portals(&["AdvancedHunting-DeviceInfo", "AdvancedHunting-EmailEvents", "Alert"]);
    let before = world(&bench);
    bench.configure(&block("it", "", &["DeviceInfo", "EmailEvents"]));
    bench.ok(&["import", "-no-color", "defender_hunting_tables.it", WORKSPACE]);
    let told = bench.errors(&["plan", "-destroy", "-no-color"]);
    assert!(told.contains("Could not delete") && told.contains("- EmailEvents"), "{told}");
    assert_eq!(world(&bench), before);
    bench.portal("PATCH", &path(PORTALS), Some(&json!({ "logs": setting(PORTALS, WORKSPACE, &MAIL)["logs"] })));
    let text = bench.destroy();
    expect![[r#"
        Tables stop streaming that only the portal can select again

          with defender_hunting_tables.it,
          on main.tf line 10, in resource "defender_hunting_tables" "it":
          10:   tables = ["DeviceInfo", "EmailEvents"]

        The export setting "SentinelExportSettings-law-demo" of
        WORKSPACE
        is deleted whole, and has on:
          - EmailEvents

        The Defender API is reported to refuse these in a write, so no later apply
        can bring them back. To keep the setting, let it go without touching it: take
        its block out and leave in its place

          removed {
            from = defender_hunting_tables.NAME
            lifecycle {
              destroy = false
            }
          }

        Destroy complete! Resources: 1 destroyed."#]]
    .assert_eq(warning(&text).split("\n\nPlan:").next().unwrap_or_default());
    assert_eq!(bench.left(), [""; 0]);
}

#[test]
fn where_the_api_takes_mail_after_all_it_is_managed_like_any_other_table() {
    let bench = Bench::new();
    bench.admin("POST", "/behaviour", Some(&json!({ "email_categories": "accepted" })));
    for names in [&["DeviceInfo", "EmailEvents"][..], &["DeviceEvents", "EmailEvents"], &["DeviceEvents"]] {
        bench.configure(&block("it", "", names));
        bench.apply();
        assert_eq!(bench.plan(), [""; 0]);
    }
    bench.configure(&block("it", "", &["DeviceEvents", "EmailEvents"]));
    bench.apply();
    bench.portal(
        "PATCH",
        &path(PORTALS),
        Some(&json!({ "logs": setting(PORTALS, WORKSPACE, &["AdvancedHunting-EmailEvents", "Alert"])["logs"] })),
    );
    bench.destroy();
    assert_eq!(world(&bench)[0]["logs"], setting(PORTALS, WORKSPACE, &["Alert"])["logs"]);
}

#[test]
fn a_replacement_before_the_destroy_is_refused_or_done_in_place() {
    let first = "lifecycle {\n    create_before_destroy = true\n  }";
    for adopt in [false, true] {
        for taint in [false, true] {
            let bench = Bench::new();
            let body = with(&block("it", "", &["DeviceInfo"]), first);
            bench.configure(&if adopt { with(&body, "adopt_existing = true") } else { body });
            bench.apply();
            let before = world(&bench);
            let mut words = vec!["apply", "-no-color", "-auto-approve"];
            if taint {
                bench.ok(&["taint", "-no-color", "defender_hunting_tables.it"]);
            } else {
                words.push("-replace=defender_hunting_tables.it");
            }
            let outcome = bench.run(&words);
            assert_eq!(outcome.code == 0, adopt, "adopt {adopt}, taint {taint}: {}", outcome.text);
            assert!(adopt || outcome.text.contains("exists already"), "{}", outcome.text);
            assert_eq!(world(&bench)[0]["logs"], before[0]["logs"], "adopt {adopt}, taint {taint}");
            assert!(bench.state("defender_hunting_tables.it").is_object());
            // Terraform gives up the old one for the new one, and takes that back where the new one is refused.
            if !adopt && taint {
                bench.ok(&["untaint", "-no-color", "defender_hunting_tables.it"]);
            }
            assert_eq!(bench.plan(), [""; 0], "adopt {adopt}, taint {taint}");
        }
    }
}

#[test]
fn what_a_replacement_leaves_of_the_old_one_stays_on_in_the_new_one() {
    let bench = Bench::new();
    let with_alert = |names: &[&str]| {
        let categories: Vec<_> = names.iter().copied().chain(["Alert"]).collect();
        json!({ "logs": setting(PORTALS, WORKSPACE, &categories)["logs"] })
    };
    for (adopt, taint) in [("false", false), ("true", false), ("false", true), ("true", true)] {
        bench.configure(&with(&block("it", "", &["DeviceInfo"]), "adopt_existing = true"));
        bench.apply();
        bench.configure(&with(&block("it", "", &["DeviceInfo"]), &format!("adopt_existing = {adopt}")));
        bench.portal("PATCH", &path(PORTALS), Some(&with_alert(&["AdvancedHunting-DeviceInfo"])));
        let mut words = vec!["apply", "-no-color", "-auto-approve"];
        if taint {
            bench.ok(&["taint", "-no-color", "defender_hunting_tables.it"]);
        } else {
            words.push("-replace=defender_hunting_tables.it");
        }
        bench.ok(&words);
        assert_eq!(bench.plan(), [""; 0], "adopt {adopt}, taint {taint}");
        assert_eq!(world(&bench)[0]["logs"], with_alert(&["AdvancedHunting-DeviceInfo"])["logs"], "{adopt}, {taint}");
    }
}

#[test]
fn a_table_moves_from_one_setting_to_the_other_once_the_first_gave_it_up() {
    let bench = Bench::new();
    let both = |first: &[&str], second: &[&str]| format!("{}{}", block("a", "", first), block("b", MANAGED, second));
    bench.configure(&both(&["DeviceInfo", "DeviceEvents"], &["CloudAppEvents"]));
    bench.apply();
    bench.configure(&both(&["DeviceInfo"], &["CloudAppEvents"]));
    bench.apply();
    bench.configure(&both(&["DeviceInfo"], &["CloudAppEvents", "DeviceEvents"]));
    bench.apply();
    assert_eq!(bench.plan(), [""; 0]);
    bench.configure(&both(&["DeviceInfo", "DeviceEvents"], &["CloudAppEvents", "DeviceEvents"]));
    let told = told(&bench);
    assert!(told.contains("has two owners") || told.contains("streams to the workspace already"), "{told}");
}
