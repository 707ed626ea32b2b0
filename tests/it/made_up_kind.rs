//! What adding a connector kind costs: one row. A kind that this provider has no resource for is served from a row made up
//! here, to the real Terraform, and gets its page of the docs.

use std::path::Path;
use std::sync::Arc;

use expect_test::expect;
use serde_json::json;
use terraform_provider_defender::catalog::{Connector, DataType, Line, Portal, Scope, XdrPart};
use terraform_provider_defender::docgen::{self, Names};
use terraform_provider_defender::plugin::{self, About};
use terraform_provider_defender::provider::DefenderProvider;

use crate::served::Served;
use crate::terraform::Bench;

const fn logs(attribute: &'static str, arm: &'static str, default: bool) -> DataType {
    DataType { attribute, arm, default, description: "Streams the activity logs of the service." }
}

/// The row. The service has this kind; the provider's own catalogue has not.
const ROWS: &[Connector] = &[Connector {
    resource: "defender_made_up_connector",
    product: "Made-Up Product",
    kind: "Office365",
    content_ids: &["Office365"],
    solution: None,
    line: Line::Stable,
    scope: Scope::Tenant,
    data_types: &[
        logs("exchange", "exchange", true),
        logs("share_point", "sharePoint", false),
        logs("teams", "teams", false),
    ],
    lookback: None,
    filters_alert_providers: false,
    has_check: false,
    xdr: XdrPart::Apart,
    portal: Portal::Leaves,
    formerly: "",
    needs_known: "**Not verified**",
    licence: "a made-up licence",
    role: "a made-up role",
    remarks: "**Not verified**: that it exists.",
}];

const ABOUT: About =
    About { name: "made-up", version: "0.0.0", address: "registry.terraform.io/sentinel-iac/defender" };

/// Set where this test program serves the provider instead of testing it.
const SERVES: &str = "SERVE_A_MADE_UP_KIND";

#[test]
fn a_row_is_all_that_a_kind_costs() {
    if std::env::var_os(SERVES).is_some() {
        plugin::serve_debug(&ABOUT, Arc::new(DefenderProvider::new(ROWS)));
        return;
    }
    let mut bench = Bench::new();
    let served = Served::by("made_up_kind::a_row_is_all_that_a_kind_costs", SERVES, &bench);
    bench.set("TF_REATTACH_PROVIDERS", &served.reattach);

    let resource =
        "resource \"defender_made_up_connector\" \"it\" {\n  workspace_id = var.workspace_id\n  teams = true\n}\n";
    bench.configure(resource);
    bench.apply();
    expect![[r#"
        PUT {
          "kind": "Office365",
          "properties": {
            "dataTypes": {
              "exchange": {
                "state": "Enabled"
              },
              "sharePoint": {
                "state": "Disabled"
              },
              "teams": {
                "state": "Enabled"
              }
            },
            "tenantId": "TENANT"
          }
        }"#]]
    .assert_eq(&bench.bodies(0));
    assert_eq!(bench.plan(), [""; 0]);
    let id = bench.state("defender_made_up_connector.it")["id"].as_str().unwrap().to_owned();
    bench.portal(
        "PATCH",
        &id,
        Some(&json!({ "properties": { "dataTypes": { "sharePoint": { "state": "Enabled" } } } })),
    );
    assert_eq!(bench.plan(), ["defender_made_up_connector.it update", "  share_point: true -> false"]);
    bench.ok(&["apply", "-no-color", "plan"]);
    bench.ok(&["state", "rm", "defender_made_up_connector.it"]);
    bench.ok(&["import", "-no-color", "defender_made_up_connector.it", &id]);
    assert_eq!(bench.plan(), [""; 0]);
    // A Terraform that can search finds it.
    bench.on_terraform("1.15.5");
    let list = "list \"defender_made_up_connector\" \"all\" {\n  provider = defender\n  config {}\n}\n";
    std::fs::write(bench.path("main.tfquery.hcl"), list).unwrap();
    let found = bench.ok(&["query", "-no-color"]);
    assert!(found.contains("list.defender_made_up_connector.all") && found.contains(&bench.clean(&id)), "{found}");
    bench.destroy();
    assert_eq!(bench.left(), [""; 0]);
    drop(served);

    // Its pages need examples, as every page does.
    let examples = tempfile::tempdir().unwrap();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples"), examples.path());
    let folder = examples.path().join("resources/defender_made_up_connector");
    copy(&examples.path().join("resources/defender_identity_connector"), &folder);
    std::fs::write(folder.join("resource.tf"), resource).unwrap();
    let folder = examples.path().join("list-resources/defender_made_up_connector");
    copy(&examples.path().join("list-resources/defender_identity_connector"), &folder);
    let pages = docgen::pages(&DefenderProvider::new(ROWS), Names { provider: "defender" }, examples.path()).unwrap();
    assert!(pages.contains_key(Path::new("list-resources/made_up_connector.md")));
    let page = &pages[Path::new("resources/made_up_connector.md")];
    expect![[r#"
        ---
        page_title: "defender_made_up_connector Resource - defender"
        subcategory: ""
        description: |-
          Connects Made-Up Product to a Microsoft Sentinel workspace (ARM kind `Office365`, api-version `2025-09-01`). A workspace holds one such connector for each tenant, whatever its name, so `create_before_destroy` has no use: the new one is written over the old one where the name stays and nothing else changes or `adopt_existing` is set, and is refused otherwise, with the old one as it was.
        ---

        # defender_made_up_connector (Resource)

        Connects Made-Up Product to a Microsoft Sentinel workspace (ARM kind `Office365`, api-version `2025-09-01`). A workspace holds one such connector for each tenant, whatever its name, so `create_before_destroy` has no use: the new one is written over the old one where the name stays and nothing else changes or `adopt_existing` is set, and is refused otherwise, with the old one as it was.

        **Prerequisites**, **Not verified**: the tenant needs a made-up licence. The caller needs Microsoft Sentinel Contributor on the workspace and a made-up role.

        **Not verified**: that it exists.

        **The move to the Defender portal.** Nothing is known to change for this connector; should the portal refuse a write of it all the same, see `managed_by_portal`.

        ## Example Usage

        ```terraform
        resource "defender_made_up_connector" "it" {
          workspace_id = var.workspace_id
          teams = true
        }
        ```

        ## Schema

        ### Required

        - `workspace_id` (String) ARM id of the Log Analytics workspace, in any casing. Changing it makes a new resource.

        ### Optional

        - `adopt_existing` (Boolean) Takes over an object that is in the workspace already and in no other block; the plan tells what it changes, and a destroy removes it. Without it the plan warns of such an object and the apply refuses, but for one that has the default name and is as planned, which an interrupted run left behind. Defaults to `false`.
        - `exchange` (Boolean) Streams the activity logs of the service. Defaults to `true`.
        - `managed_by_portal` (Boolean) Whether the Microsoft Defender portal manages the connector, as it does in a workspace that was moved there. While it is `true`, state keeps what is configured: what the portal changed or took away is told by every plan, and is no diff; a write that it refuses is a warning, and a destroy that it refuses leaves the connector to it. Left out, it becomes `true` once the portal refused a write, since no read tells it, and stays so until you set `false`, which makes every change drift again.
        - `name` (String) Name under which ARM keeps the connector. Defaults to a UUID made from workspace, kind and tenant, so that the same connector always gets the same name. Changing it makes a new resource.
        - `share_point` (Boolean) Streams the activity logs of the service. Defaults to `false`.
        - `teams` (Boolean) Streams the activity logs of the service. Defaults to `false`.
        - `tenant_id` (String) Tenant whose data the connector streams, and under whose credentials it is managed. Defaults to the tenant of the provider's token. The service takes the caller's own tenant only. Changing it makes a new resource."#]].assert_eq(page.split("\n- `timeouts`").next().unwrap());
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}
