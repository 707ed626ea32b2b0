//! Whether data comes in: the data source against the emulator's records, what it cannot know, and the checks made of it.

use expect_test::expect;
use serde_json::{Value, json};

use crate::emulator_process::{CLIENT, SECRET, SUBSCRIPTION, TENANT, WORKSPACE};
use crate::terraform::{Bench, findings};

/// The provider block with the emulator's query API, and more in it.
fn provider(more: &str) -> String {
    format!(
        "provider \"defender\" {{\n  endpoints {{\n    resource_manager = var.url\n    active_directory = var.url\n    defender = var.url\n    \
         log_analytics = var.url\n  }}\n  {more}\n}}\n"
    )
}

/// A data source that looks at what is asked for.
fn looking_at(asked: &str) -> String {
    format!("data \"defender_ingestion\" \"it\" {{\n  workspace_id = var.workspace_id\n  {asked}\n}}\n")
}

const ALL: &str = "incidents = true\n  alerts = [\"Microsoft Defender for Identity\", \"Office 365 Advanced Threat Protection\"]\n  \
                   tables = [\"AdvancedHunting-DeviceEvents\", \"deviceevents\", \"EmailEvents\", \"UrlClickEvents\", \"My_CL\"]";

/// A workspace whose tables hold this.
fn holding(logs: &Value) -> Bench {
    Bench::with(&json!({
        "tenants": [{ "tenant_id": TENANT, "clients": [{ "client_id": CLIENT, "client_secret": SECRET }] }],
        "workspaces": [{ "subscription_id": SUBSCRIPTION, "resource_group": "rg-sentinel", "name": "law-demo", "tenant_id": TENANT, "logs": logs }],
    }))
}

fn some_records() -> Value {
    json!({
        "SecurityIncident": [
            { "ago": "2h", "times": 3, "days": 4, "columns": { "ProviderName": "Microsoft XDR" } },
            { "ago": "5d", "times": 2, "days": 2, "columns": { "ProviderName": "Microsoft 365 Defender" } },
            { "ago": "1h", "times": 50, "columns": { "ProviderName": "Azure Sentinel" } },
        ],
        "SecurityAlert": [
            { "ago": "3d", "times": 7, "columns": { "ProviderName": "OATP", "ProductName": "whatever" } },
            { "ago": "1h", "times": 50, "columns": { "ProviderName": "ASC", "ProductName": "Azure Security Center" } },
        ],
        "DeviceEvents": [{ "ago": "10m", "times": 120_000, "days": 5 }],
        "EmailEvents": [{ "ago": "29d", "times": 9 }],
        "Usage": [{ "ago": "5h", "days": 3, "columns": { "DataType": "DeviceEvents", "Quantity": 12.5 } },
                  { "ago": "5h", "columns": { "DataType": "Heartbeat", "Quantity": 1 } }],
    })
}

/// What the data source found, a line for each source and one for all.
fn found(bench: &Bench, body: &str) -> String {
    bench.configure_all(&format!("{body}output \"found\" {{\n  value = data.defender_ingestion.it\n}}\n"));
    bench.apply();
    let found: Value = serde_json::from_str(&bench.ok(&["output", "-json", "found"])).unwrap();
    let mut lines: Vec<_> = found["sources"].as_array().unwrap().iter().map(line).collect();
    lines.push(format!("all flowing: {}", found["all_flowing"]));
    lines.join("\n") + "\n"
}

fn line(source: &Value) -> String {
    let text = |name: &str| source[name].as_str().unwrap_or("-").to_owned();
    let counts = source["daily_counts"].as_object().map_or("not counted".to_owned(), |counts| {
        format!("{} on {} days", counts.values().filter_map(Value::as_i64).sum::<i64>(), counts.len())
    });
    let times = [&source["first_record_time"], &source["last_record_time"]];
    let times = times.map(|time| if time.is_null() { "-" } else { "time" }).join(" to ");
    format!(
        "{} {}: {}, {counts}, {times}, {} MB{}",
        text("kind"),
        text("name"),
        text("state"),
        source["volume_mb"],
        source["reason"].as_str().map(|reason| format!("\n    {reason}")).unwrap_or_default()
    )
}

#[test]
fn one_query_tells_of_incidents_alerts_and_tables() {
    let bench = holding(&some_records());
    let already = bench.requests(0).len();
    let seen = found(&bench, &format!("{}{}", provider(""), looking_at(ALL)));
    expect![[r#"
        incidents Microsoft Defender XDR: flowing, 16 on 14 days, time to time, null MB
        alerts Microsoft Defender for Identity: never, 0 on 14 days, - to -, null MB
            no record in the last 30 days; the first alerts of Microsoft Defender for Identity can take a day
        alerts Microsoft Defender for Office 365: stale, 7 on 14 days, time to time, null MB
            no record in the last 24 hours
        table DeviceEvents: flowing, 600000 on 14 days, time to time, 37.5 MB
        table EmailEvents: stale, 0 on 14 days, time to time, null MB
            no record in the last 24 hours
        table My_CL: never, 0 on 14 days, - to -, null MB
            the workspace has no table My_CL yet, which the first record brings
        table UrlClickEvents: never, 0 on 14 days, - to -, null MB
            no record in the last 30 days
        all flowing: false
    "#]]
    .assert_eq(&seen);
    let mut asked = bench.requests(already);
    asked.sort();
    expect![[r#"
        GET /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-demo 200
        GET /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-demo/tables 200
        POST /11111111-1111-4111-8111-111111111111/oauth2/v2.0/token 200
        POST /11111111-1111-4111-8111-111111111111/oauth2/v2.0/token 200
        POST /v1/workspaces/b660dbe0-a904-5429-8aae-2db509d871ee/query 200
    "#]].assert_eq(&(asked.join("\n") + "\n"));
    // All of it is there: nothing more is asked for.
    let already = bench.requests(0).len();
    let flowing = "incidents = true\n  tables = [\"DeviceEvents\"]\n  fresh_within_hours = 3\n  days = 10";
    let seen = found(&bench, &format!("{}{}", provider(""), looking_at(flowing)));
    expect![[r#"
        incidents Microsoft Defender XDR: flowing, 16 on 10 days, time to time, null MB
        table DeviceEvents: flowing, 600000 on 10 days, time to time, 37.5 MB
        all flowing: true
    "#]]
    .assert_eq(&seen);
    expect![[r#"
        POST /11111111-1111-4111-8111-111111111111/oauth2/v2.0/token 200
        GET /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-demo 200
        POST /11111111-1111-4111-8111-111111111111/oauth2/v2.0/token 200
        POST /v1/workspaces/b660dbe0-a904-5429-8aae-2db509d871ee/query 200
    "#]].assert_eq(&(bench.requests(already).join("\n") + "\n"));
    // By way of Resource Manager.
    let already = bench.requests(0).len();
    let seen = found(&bench, &format!("{}{}", provider("query_api = \"resource_manager\""), looking_at(flowing)));
    expect![[r#"
        incidents Microsoft Defender XDR: flowing, 16 on 10 days, time to time, null MB
        table DeviceEvents: flowing, 600000 on 10 days, time to time, 37.5 MB
        all flowing: true
    "#]]
    .assert_eq(&seen);
    expect![[r#"
        POST /11111111-1111-4111-8111-111111111111/oauth2/v2.0/token 200
        POST /subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg-sentinel/providers/Microsoft.OperationalInsights/workspaces/law-demo/api/query 200
    "#]].assert_eq(&(bench.requests(already).join("\n") + "\n"));
}

#[test]
fn what_cannot_be_known_is_told_and_never_an_error() {
    let bench = holding(&some_records());
    let tables = "incidents = true\n  tables = [\"DeviceEvents\", \"EmailEvents\"]";
    let body = format!("{}{}", provider(""), looking_at(tables));
    let mut seen = String::new();
    let mut see = |bench: &Bench, what: &str, body: &str| {
        seen += &format!("== {what}\n{}", bench.clean(&found(bench, body)) + "\n");
    };
    let fault = |path: &str, action: Value| {
        bench.faults(&json!([{ "match": { "path": path, "times": 1000 }, "action": action }]));
    };
    let refusal = |code: &str, message: &str| json!({ "error": { "code": code, "message": message } });
    bench.admin("POST", "/behaviour", Some(&json!({ "partial_queries": true })));
    see(&bench, "a partial answer", &body);
    bench.admin("POST", "/behaviour", Some(&json!({ "partial_queries": false })));
    let faults = [
        ("a time-out", "/query", json!({ "status": 504, "body": refusal("GatewayTimeout", "Request timed out") })),
        (
            "no right to read",
            "/query",
            json!({ "status": 403, "body": refusal("InsufficientAccessError", "The provided credentials have insufficient access") }),
        ),
        (
            "a bad query",
            "/query",
            json!({ "status": 400, "body": { "error": { "code": "BadArgumentError", "message": "The request had some invalid properties",
            "innererror": { "code": "SemanticError", "message": "A semantic error occurred.", "innererror": { "code": "SEM0100", "message": "Failed to resolve" } } } } }),
        ),
        ("an empty answer", "/query", json!({ "status": 200 })),
        (
            "another answer",
            "/query",
            json!({ "status": 200, "body": { "tables": [{ "name": "PrimaryResult", "columns": [], "rows": [] }] } }),
        ),
        ("a page", "/query", json!({ "raw_body": "<html>sign in</html>" })),
        (
            "a workspace that nobody may read",
            "workspaces/law-demo?",
            json!({ "status": 403, "body": refusal("AuthorizationFailed", "The client may not") }),
        ),
        ("a workspace without an id", "workspaces/law-demo?", json!({ "strip": "/properties/customerId" })),
        (
            "tables that nobody may read",
            "/tables",
            json!({ "status": 403, "body": refusal("AuthorizationFailed", "The client may not") }),
        ),
    ];
    for (what, path, action) in faults {
        fault(path, action);
        see(&bench, what, &body.replace("\"EmailEvents\"", "\"AlertInfo\""));
        bench.admin("DELETE", "/faults", None);
    }
    for plan in ["Basic", "Auxiliary"] {
        let properties = json!({ "properties": { "plan": plan } });
        bench.portal("PATCH", &format!("{}/tables/EmailEvents", WORKSPACE), Some(&properties));
        see(&bench, &format!("a table of plan {plan}"), &body);
    }
    see(&bench, "nothing but that table", &body.replace("incidents = true", "").replace("\"DeviceEvents\", ", ""));
    let elsewhere = provider("").replace("log_analytics = var.url", "");
    see(&bench, "no query API", &format!("{elsewhere}{}", looking_at(tables)));
    see(&holding(&json!({})), "a workspace without data", &body);
    expect![[r#"
        == a partial answer
        incidents Microsoft Defender XDR: flowing, not counted, - to time, null MB
            the answer is not whole, so that nothing can be counted: There were some errors when processing your query. Something went wrong processing your query on the server. The results of this query exceed the set limit.
        table DeviceEvents: flowing, not counted, - to time, null MB
            the answer is not whole, so that nothing can be counted: There were some errors when processing your query. Something went wrong processing your query on the server. The results of this query exceed the set limit.
        table EmailEvents: unknown, not counted, - to -, null MB
            the answer is not whole, so that nothing can be counted: There were some errors when processing your query. Something went wrong processing your query on the server. The results of this query exceed the set limit.
        all flowing: null
        == a time-out
        incidents Microsoft Defender XDR: unknown, not counted, - to -, null MB
            the workspace's logs could not be asked: POST https://EMULATOR/v1/workspaces/GUID/query: 504 GatewayTimeout: Request timed out (request id GUID); ask for fewer tables, or for a shorter look_back_days
        table AlertInfo: unknown, not counted, - to -, null MB
            the workspace's logs could not be asked: POST https://EMULATOR/v1/workspaces/GUID/query: 504 GatewayTimeout: Request timed out (request id GUID); ask for fewer tables, or for a shorter look_back_days
        table DeviceEvents: unknown, not counted, - to -, null MB
            the workspace's logs could not be asked: POST https://EMULATOR/v1/workspaces/GUID/query: 504 GatewayTimeout: Request timed out (request id GUID); ask for fewer tables, or for a shorter look_back_days
        all flowing: null
        == no right to read
        incidents Microsoft Defender XDR: unknown, not counted, - to -, null MB
            the workspace's logs could not be asked: POST https://EMULATOR/v1/workspaces/GUID/query: 403 InsufficientAccessError: The provided credentials have insufficient access (request id GUID); the caller needs to read the workspace's logs (Log Analytics Reader or Microsoft Sentinel Reader, which can take an hour to count), and an application besides the permission Data.Read of the Log Analytics API, or query_api = "resource_manager" in the provider block
        table AlertInfo: unknown, not counted, - to -, null MB
            the workspace's logs could not be asked: POST https://EMULATOR/v1/workspaces/GUID/query: 403 InsufficientAccessError: The provided credentials have insufficient access (request id GUID); the caller needs to read the workspace's logs (Log Analytics Reader or Microsoft Sentinel Reader, which can take an hour to count), and an application besides the permission Data.Read of the Log Analytics API, or query_api = "resource_manager" in the provider block
        table DeviceEvents: unknown, not counted, - to -, null MB
            the workspace's logs could not be asked: POST https://EMULATOR/v1/workspaces/GUID/query: 403 InsufficientAccessError: The provided credentials have insufficient access (request id GUID); the caller needs to read the workspace's logs (Log Analytics Reader or Microsoft Sentinel Reader, which can take an hour to count), and an application besides the permission Data.Read of the Log Analytics API, or query_api = "resource_manager" in the provider block
        all flowing: null
        == a bad query
        incidents Microsoft Defender XDR: unknown, not counted, - to -, null MB
            the workspace's logs could not be asked: POST https://EMULATOR/v1/workspaces/GUID/query: 400 BadArgumentError: The request had some invalid properties A semantic error occurred. Failed to resolve (request id GUID)
        table AlertInfo: unknown, not counted, - to -, null MB
            the workspace's logs could not be asked: POST https://EMULATOR/v1/workspaces/GUID/query: 400 BadArgumentError: The request had some invalid properties A semantic error occurred. Failed to resolve (request id GUID)
        table DeviceEvents: unknown, not counted, - to -, null MB
            the workspace's logs could not be asked: POST https://EMULATOR/v1/workspaces/GUID/query: 400 BadArgumentError: The request had some invalid properties A semantic error occurred. Failed to resolve (request id GUID)
        all flowing: null
        == an empty answer
        incidents Microsoft Defender XDR: unknown, not counted, - to -, null MB
            the workspace's logs could not be read: the answer holds no tables
        table AlertInfo: unknown, not counted, - to -, null MB
            the workspace's logs could not be read: the answer holds no tables
        table DeviceEvents: unknown, not counted, - to -, null MB
            the workspace's logs could not be read: the answer holds no tables
        all flowing: null
        == another answer
        incidents Microsoft Defender XDR: unknown, not counted, - to -, null MB
            the workspace's logs could not be read: the answer is not one to the query that was sent: the row of the service's clock is not in it
        table AlertInfo: unknown, not counted, - to -, null MB
            the workspace's logs could not be read: the answer is not one to the query that was sent: the row of the service's clock is not in it
        table DeviceEvents: unknown, not counted, - to -, null MB
            the workspace's logs could not be read: the answer is not one to the query that was sent: the row of the service's clock is not in it
        all flowing: null
        == a page
        incidents Microsoft Defender XDR: unknown, not counted, - to -, null MB
            the workspace's logs could not be asked: POST https://EMULATOR/v1/workspaces/GUID/query: the answer is not JSON: expected value at line 1 column 1 (request id GUID)
        table AlertInfo: unknown, not counted, - to -, null MB
            the workspace's logs could not be asked: POST https://EMULATOR/v1/workspaces/GUID/query: the answer is not JSON: expected value at line 1 column 1 (request id GUID)
        table DeviceEvents: unknown, not counted, - to -, null MB
            the workspace's logs could not be asked: POST https://EMULATOR/v1/workspaces/GUID/query: the answer is not JSON: expected value at line 1 column 1 (request id GUID)
        all flowing: null
        == a workspace that nobody may read
        incidents Microsoft Defender XDR: unknown, not counted, - to -, null MB
            the workspace could not be read: GET https://EMULATORWORKSPACE: 403 AuthorizationFailed: The client may not (request id GUID)
        table AlertInfo: unknown, not counted, - to -, null MB
            the workspace could not be read: GET https://EMULATORWORKSPACE: 403 AuthorizationFailed: The client may not (request id GUID)
        table DeviceEvents: unknown, not counted, - to -, null MB
            the workspace could not be read: GET https://EMULATORWORKSPACE: 403 AuthorizationFailed: The client may not (request id GUID)
        all flowing: null
        == a workspace without an id
        incidents Microsoft Defender XDR: unknown, not counted, - to -, null MB
            the workspace's logs could not be read: the workspace's description has no customerId
        table AlertInfo: unknown, not counted, - to -, null MB
            the workspace's logs could not be read: the workspace's description has no customerId
        table DeviceEvents: unknown, not counted, - to -, null MB
            the workspace's logs could not be read: the workspace's description has no customerId
        all flowing: null
        == tables that nobody may read
        incidents Microsoft Defender XDR: flowing, 16 on 14 days, time to time, null MB
        table AlertInfo: unknown, not counted, - to -, null MB
            no record was found, and whether this query can read AlertInfo at all could not be seen: GET https://EMULATORWORKSPACE/tables: 403 AuthorizationFailed: The client may not (request id GUID)
        table DeviceEvents: flowing, 600000 on 14 days, time to time, 37.5 MB
        all flowing: null
        == a table of plan Basic
        incidents Microsoft Defender XDR: flowing, 16 on 14 days, time to time, null MB
        table DeviceEvents: flowing, 600000 on 14 days, time to time, 37.5 MB
        table EmailEvents: unknown, not counted, - to -, null MB
            EmailEvents is a table of the Basic plan, and this query reads tables of the Analytics plan alone
        all flowing: null
        == a table of plan Auxiliary
        incidents Microsoft Defender XDR: flowing, 16 on 14 days, time to time, null MB
        table DeviceEvents: flowing, 600000 on 14 days, time to time, 37.5 MB
        table EmailEvents: unknown, not counted, - to -, null MB
            EmailEvents is a table of the Auxiliary plan, which lives in the data lake, and this query reads tables of the Analytics plan alone
        all flowing: null
        == nothing but that table
        table EmailEvents: unknown, not counted, - to -, null MB
            EmailEvents is a table of the Auxiliary plan, which lives in the data lake, and this query reads tables of the Analytics plan alone
        all flowing: null
        == no query API
        incidents Microsoft Defender XDR: unknown, not counted, - to -, null MB
            the workspace's logs could not be asked: no query API of Log Analytics is known that goes with endpoints.resource_manager, so there is nowhere to ask; nothing was sent. Name it as endpoints.log_analytics in the provider block
        table DeviceEvents: unknown, not counted, - to -, null MB
            the workspace's logs could not be asked: no query API of Log Analytics is known that goes with endpoints.resource_manager, so there is nowhere to ask; nothing was sent. Name it as endpoints.log_analytics in the provider block
        table EmailEvents: unknown, not counted, - to -, null MB
            the workspace's logs could not be asked: no query API of Log Analytics is known that goes with endpoints.resource_manager, so there is nowhere to ask; nothing was sent. Name it as endpoints.log_analytics in the provider block
        all flowing: null
        == a workspace without data
        incidents Microsoft Defender XDR: never, not counted, - to -, null MB
            the workspace has never held any data
        table DeviceEvents: never, not counted, - to -, null MB
            the workspace has never held any data
        table EmailEvents: never, not counted, - to -, null MB
            the workspace has never held any data
        all flowing: false
    "#]].assert_eq(&seen);
}

#[test]
fn an_application_that_may_not_ask_is_told_what_it_lacks() {
    let bench = Bench::with(&json!({
        "tenants": [{ "tenant_id": TENANT, "clients": [{ "client_id": CLIENT, "client_secret": SECRET, "deny": ["Data.Read"] }] }],
        "workspaces": [{ "subscription_id": SUBSCRIPTION, "resource_group": "rg-sentinel", "name": "law-demo", "tenant_id": TENANT, "logs": some_records() }],
    }));
    let asked = looking_at("tables = [\"DeviceEvents\"]");
    let seen = bench.clean(&found(&bench, &format!("{}{asked}", provider(""))))
        + &found(&bench, &format!("{}{asked}", provider("query_api = \"resource_manager\"")));
    expect![[r#"
        table DeviceEvents: unknown, not counted, - to -, null MB
            the workspace's logs could not be asked: POST https://EMULATOR/v1/workspaces/GUID/query: 403 InsufficientAccessError: The provided credentials of GUID have insufficient access to perform the requested operation (request id GUID); the caller needs to read the workspace's logs (Log Analytics Reader or Microsoft Sentinel Reader, which can take an hour to count), and an application besides the permission Data.Read of the Log Analytics API, or query_api = "resource_manager" in the provider block
        all flowing: nulltable DeviceEvents: flowing, 600000 on 14 days, time to time, 37.5 MB
        all flowing: true
    "#]].assert_eq(&seen);
}

#[test]
fn what_is_asked_for_is_checked_before_anything_is_sent() {
    let bench = Bench::new();
    let mut seen = String::new();
    for (more, asked) in [
        ("", ""),
        ("", "incidents = false\n  tables = []"),
        ("", "tables = [\"DeviceEvents | take 1\", \"a b\", \"\"]"),
        ("", "alerts = [\"Defender for Identity\", \"Nothing\"]"),
        ("", "incidents = true\n  days = 0\n  look_back_days = 1.5\n  fresh_within_hours = 99999"),
        ("query_api = \"arm\"", "incidents = true"),
    ] {
        bench.configure_all(&format!("{}{}", provider(more), looking_at(asked)));
        seen += &bench.errors(&["validate", "-no-color"]);
    }
    expect![[r#"
        Error: Nothing to look for

          with data.defender_ingestion.it,
          on main.tf line 10, in data "defender_ingestion" "it":
          10: data "defender_ingestion" "it" {

        Neither tables nor alerts are named, and incidents is not true.

        Name at least one table, such as tables = ["DeviceEvents"], or set incidents
        = true.
        Error: Nothing to look for

          with data.defender_ingestion.it,
          on main.tf line 10, in data "defender_ingestion" "it":
          10: data "defender_ingestion" "it" {

        Neither tables nor alerts are named, and incidents is not true.

        Name at least one table, such as tables = ["DeviceEvents"], or set incidents
        = true.
        Error: Not the name of a table

          with data.defender_ingestion.it,
          on main.tf line 12, in data "defender_ingestion" "it":
          12:   tables = ["DeviceEvents | take 1", "a b", ""]

        Found ""; a table's name is letters, digits and underscores, such as
        "DeviceEvents".

        Error: Not the name of a table

          with data.defender_ingestion.it,
          on main.tf line 12, in data "defender_ingestion" "it":
          12:   tables = ["DeviceEvents | take 1", "a b", ""]

        Found "DeviceEvents | take 1"; a table's name is letters, digits and
        underscores, such as "DeviceEvents".

        Error: Not the name of a table

          with data.defender_ingestion.it,
          on main.tf line 12, in data "defender_ingestion" "it":
          12:   tables = ["DeviceEvents | take 1", "a b", ""]

        Found "a b"; a table's name is letters, digits and underscores, such as
        "DeviceEvents".
        Error: Not a product with alerts

          with data.defender_ingestion.it,
          on main.tf line 12, in data "defender_ingestion" "it":
          12:   alerts = ["Defender for Identity", "Nothing"]

        Found "Defender for Identity"; known are:
          - Microsoft Defender for Identity
          - Microsoft Defender for Endpoint
          - Microsoft Defender for Office 365
          - Microsoft Defender for Cloud Apps
          - Microsoft Defender for Cloud
          - Microsoft Entra ID Protection
          - Microsoft Defender for IoT

        Did you mean "Microsoft Defender for Identity"?

        Error: Not a product with alerts

          with data.defender_ingestion.it,
          on main.tf line 12, in data "defender_ingestion" "it":
          12:   alerts = ["Defender for Identity", "Nothing"]

        Found "Nothing"; known are:
          - Microsoft Defender for Identity
          - Microsoft Defender for Endpoint
          - Microsoft Defender for Office 365
          - Microsoft Defender for Cloud Apps
          - Microsoft Defender for Cloud
          - Microsoft Entra ID Protection
          - Microsoft Defender for IoT
        Error: Out of range

          with data.defender_ingestion.it,
          on main.tf line 13, in data "defender_ingestion" "it":
          13:   days = 0

        Write a whole number of days from 1 to 90.

        Error: Out of range

          with data.defender_ingestion.it,
          on main.tf line 14, in data "defender_ingestion" "it":
          14:   look_back_days = 1.5

        Write a whole number of days from 1 to 730.

        Error: Out of range

          with data.defender_ingestion.it,
          on main.tf line 15, in data "defender_ingestion" "it":
          15:   fresh_within_hours = 99999

        Write a whole number of hours from 1 to 17520.
        Error: Not an API for queries

          with provider["registry.terraform.io/sentinel-iac/defender"],
          on main.tf line 8, in provider "defender":
           8:   query_api = "arm"

        Found "arm"; write "log_analytics" or "resource_manager", or leave the
        attribute out for "log_analytics".
    "#]]
    .assert_eq(&seen);
    assert_eq!(bench.requests(0), Vec::<String>::new());
}

/// A check with two assertions: that it is known, and that it flows. Its data source stands outside of it: Terraform would plan
/// to read one inside of it once more at apply, and so find something to do each time.
const CHECK: &str = "data \"defender_ingestion\" \"it\" {\n  workspace_id = var.workspace_id\n  tables = [\"DeviceEvents\"]\n}\n\n\
    check \"defender_data_flows\" {\n  \
    assert {\n    condition = data.defender_ingestion.it.all_flowing != null\n    error_message = \"Not known: ${data.defender_ingestion.it.summary}\"\n  }\n  \
    assert {\n    condition = data.defender_ingestion.it.all_flowing != false\n    error_message = data.defender_ingestion.it.summary\n  }\n}\n";

#[test]
fn a_check_passes_fails_or_says_that_it_cannot_know() {
    let bench = holding(&json!({ "DeviceEvents": [{ "ago": "1h" }] }));
    bench.configure_all(&format!("{}{CHECK}", provider("")));
    let mut seen = String::new();
    let mut see = |what: &str| {
        let outcome = bench.run(&["plan", "-no-color", "-input=false", "-out=plan", "-detailed-exitcode"]);
        let plan: Value = serde_json::from_str(&bench.ok(&["show", "-json", "plan"])).unwrap();
        let checks: Vec<_> =
            plan["checks"].as_array().unwrap().iter().map(|check| check["status"].to_string()).collect();
        let at = outcome.text.find("Warning:").unwrap_or(outcome.text.len());
        let told = findings(&outcome.text[at..]);
        let told: Vec<_> =
            told.split("last record at").map(|part| part.split_once(" UTC").map_or(part, |(_, rest)| rest)).collect();
        seen += &format!(
            "== {what}: code {}, {}\n{}",
            outcome.code,
            checks.join(" "),
            told.join("last record at some time")
        );
    };
    see("flowing");
    bench.portal("PATCH", WORKSPACE, Some(&json!({ "logs": { "DeviceEvents": [{ "ago": "30h" }] } })));
    see("stale");
    bench.faults(&json!([{ "match": { "path": "/query", "times": 99 }, "action": { "status": 403, "body": {
        "error": { "code": "InsufficientAccessError", "message": "The provided credentials have insufficient access" } } } }]));
    see("not known");
    expect![[r#"
        == flowing: code 0, "pass"

        == stale: code 0, "fail"
        Warning: Check block assertion failed

          on main.tf line 21, in check "defender_data_flows":
          21:     condition = data.defender_ingestion.it.all_flowing != false
            ├────────────────
            │ data.defender_ingestion.it.all_flowing is false

        DeviceEvents is stale, last record at some time: no record in the
        last 24 hours
        == not known: code 0, "fail"
        Warning: Check block assertion failed

          on main.tf line 17, in check "defender_data_flows":
          17:     condition = data.defender_ingestion.it.all_flowing != null
            ├────────────────
            │ data.defender_ingestion.it.all_flowing is null

        Not known: DeviceEvents is unknown: the workspace's logs could not be asked:
        POST
        https://EMULATOR/v1/workspaces/b660dbe0-a904-5429-8aae-2db509d871ee/query:
        403 InsufficientAccessError: The provided credentials have insufficient
        access (request id GUID); the caller needs to
        read the workspace's logs (Log Analytics Reader or Microsoft Sentinel Reader,
        which can take an hour to count), and an application besides the permission
        Data.Read of the Log Analytics API, or query_api = "resource_manager" in the
        provider block
    "#]]
    .assert_eq(&seen);
}

#[test]
fn the_functions_give_charts_of_the_same_records() {
    let bench = holding(&json!({
        "SecurityIncident": [
            { "ago": "25h", "times": 3, "days": 2, "columns": { "ProviderName": "Microsoft XDR" } },
            { "ago": "26h", "times": 4, "columns": { "ProviderName": "Microsoft 365 Defender" } },
            { "ago": "25h", "times": 50, "columns": { "ProviderName": "Azure Sentinel" } },
        ],
        "SecurityAlert": [{ "ago": "73h", "times": 7, "columns": { "ProviderName": "OATP", "ProductName": "whatever" } }],
        "DeviceEvents": [{ "ago": "25h", "times": 120, "days": 30 }],
        "EmailEvents": [{ "ago": "49h", "times": 80 }],
    }));
    let queries = [
        "incident_query()",
        "alert_query(\"Microsoft Defender for Office 365\")",
        "ingestion_query(\"DeviceEvents\")",
        "ingestion_query(\"UrlClickEvents\")",
        "all_events_query([\"DeviceEvents\", \"EmailEvents\"])",
    ];
    let outputs = queries.map(|query| format!("provider::defender::{query}")).join(", ");
    bench.configure_all(&format!("{}output \"queries\" {{\n  value = [{outputs}]\n}}\n", provider("")));
    bench.apply();
    let given: Vec<String> = serde_json::from_str(&bench.ok(&["output", "-json", "queries"])).unwrap();
    let mut seen = String::new();
    for (name, query) in queries.iter().zip(given) {
        let path = format!("{WORKSPACE}/api/query?api-version=2017-01-01-preview");
        let answer = bench.asks("POST", &path, Some(&json!({ "query": query })));
        let rows = answer["tables"][0]["rows"].as_array().unwrap();
        // The latest day first, 14 of them; a day is 24 hours back from now.
        let values: Vec<_> = rows.iter().map(|row| row[0].to_string()).collect();
        seen += &format!("{name}: {} as {}\n", values.join(" "), rows[0][2]);
    }
    expect![[r#"
        incident_query(): 0 7 3 0 0 0 0 0 0 0 0 0 0 0 as "Events"
        alert_query("Microsoft Defender for Office 365"): 0 0 0 7 0 0 0 0 0 0 0 0 0 0 as "Alerts"
        ingestion_query("DeviceEvents"): 0 120 120 120 120 120 120 120 120 120 120 120 120 120 as "Events"
        ingestion_query("UrlClickEvents"): 0 0 0 0 0 0 0 0 0 0 0 0 0 0 as "Events"
        all_events_query(["DeviceEvents", "EmailEvents"]): 0 120 200 120 120 120 120 120 120 120 120 120 120 120 as "Events"
    "#]].assert_eq(&seen);
}

#[test]
fn a_workspace_takes_two_requests_however_many_there_are() {
    let workspace = |number: usize| {
        json!({ "subscription_id": SUBSCRIPTION, "resource_group": "rg-sentinel", "name": format!("law-{number}"), "tenant_id": TENANT,
                "logs": { "DeviceEvents": [{ "ago": "1h" }], "EmailEvents": [{ "ago": "1h" }] } })
    };
    let bench = Bench::with(&json!({
        "tenants": [{ "tenant_id": TENANT, "clients": [{ "client_id": CLIENT, "client_secret": SECRET }] }],
        "workspaces": (0..40).map(workspace).collect::<Vec<_>>(),
    }));
    bench.configure_all(&format!(
        "{}data \"defender_ingestion\" \"it\" {{\n  count = 40\n  workspace_id = replace(var.workspace_id, \"law-demo\", \"law-${{count.index}}\")\n  \
         tables = [\"DeviceEvents\", \"EmailEvents\"]\n}}\noutput \"all\" {{\n  value = alltrue(data.defender_ingestion.it[*].all_flowing)\n}}\n",
        provider("")
    ));
    bench.apply();
    assert_eq!(bench.ok(&["output", "-no-color", "all"]).trim(), "true");
    let (tokens, others): (Vec<_>, Vec<_>) = bench.requests(0).into_iter().partition(|line| line.contains("/token "));
    let (queries, workspaces): (Vec<_>, Vec<_>) = others.into_iter().partition(|line| line.contains("/query "));
    assert_eq!((tokens.len(), workspaces.len(), queries.len()), (2, 40, 40));
}

#[test]
fn the_workbook_shows_the_same_records() {
    let bench = holding(&json!({
        "SecurityIncident": [{ "ago": "25h", "times": 3, "columns": { "ProviderName": "Microsoft XDR" } }],
        "SecurityAlert": [{ "ago": "49h", "times": 5, "columns": { "ProviderName": "OATP" } }],
        "DeviceEvents": [{ "ago": "25h", "times": 7, "days": 20 }],
    }));
    let workbook: Value = serde_json::from_str(include_str!("../goldens/workbook.json")).unwrap();
    let mut seen = String::new();
    for item in workbook["items"].as_array().unwrap() {
        let Some(query) = item["content"]["query"].as_str() else { continue };
        let path = format!("{WORKSPACE}/api/query?api-version=2017-01-01-preview");
        let answer = bench.asks("POST", &path, Some(&json!({ "query": query })));
        let rows = answer["tables"][0]["rows"].as_array().unwrap();
        // A line for each legend, the latest day first.
        let mut lines = std::collections::BTreeMap::<&str, String>::new();
        for row in rows {
            *lines.entry(row[2].as_str().unwrap()).or_default() += &format!(" {}", row[0]);
        }
        for (legend, values) in lines {
            seen += &format!("{}, {legend}:{values}\n", item["name"].as_str().unwrap());
        }
    }
    expect![[r#"
        all, Alerts: 0 0 5 0 0 0 0 0 0 0 0 0 0 0
        all, Events: 0 7 7 7 7 7 7 7 7 7 7 7 7 7
        all, Incidents: 0 3 0 0 0 0 0 0 0 0 0 0 0 0
        events of DeviceEvents, Events: 0 7 7 7 7 7 7 7 7 7 7 7 7 7
        events of IdentityLogonEvents, Events: 0 0 0 0 0 0 0 0 0 0 0 0 0 0
    "#]]
    .assert_eq(&seen);
}
