//! Every fault at every request of a look at the ingestion: what it finds is so, or it is not known and says why; it never fails,
//! and the next look finds everything.

use serde_json::{Value as Json, json};
use terraform_provider_defender::plugin::proto::{DynamicValue, read_data_source};

use super::fault::{FAULTS, Fault};
use super::searches::{is_short, points_since};
use crate::emulator_process::{CLIENT, EmulatorProcess, SECRET, SUBSCRIPTION, TENANT, WORKSPACE};
use crate::run::{Provider, decode};

/// A workspace with records of every state.
fn world() -> Json {
    json!({
        "tenants": [{ "tenant_id": TENANT, "clients": [{ "client_id": CLIENT, "client_secret": SECRET }] }],
        "workspaces": [{
            "subscription_id": SUBSCRIPTION, "resource_group": "rg-sentinel", "name": "law-demo", "tenant_id": TENANT,
            "logs": {
                "SecurityIncident": [{ "ago": "2h", "times": 3, "columns": { "ProviderName": "Microsoft XDR" } }],
                "DeviceEvents": [{ "ago": "3d", "times": 9 }],
                "Usage": [{ "ago": "3d", "columns": { "DataType": "DeviceEvents", "Quantity": 2.5 } }],
            },
        }],
        "behaviour": { "throttle": false },
    })
}

/// What a look finds of each source. Times are left out, which go by the clock, and so are the days of what is counted.
async fn look(provider: &mut Provider) -> Result<Vec<Json>, String> {
    provider.configure().await.map_err(|why| format!("{why:?}"))?;
    let config = json!({
        "workspace_id": WORKSPACE, "incidents": true, "tables": ["DeviceEvents", "EmailEvents", "My_CL"], "days": 5,
        "tenant_id": null, "alerts": null, "fresh_within_hours": null, "look_back_days": null,
        "id": null, "sources": null, "all_flowing": null, "summary": null,
    });
    let config = Some(DynamicValue { msgpack: Vec::new(), json: config.to_string().into_bytes() });
    let request =
        read_data_source::Request { type_name: "defender_ingestion".to_owned(), config, ..Default::default() };
    let answer = provider.client.read_data_source(request).await.map_err(|status| status.to_string())?.into_inner();
    if !answer.diagnostics.is_empty() {
        return Err(format!("it tells {:?}", answer.diagnostics));
    }
    let found = decode(&answer.state.ok_or("there is no state")?);
    let sources = found["sources"].as_array().cloned().unwrap_or_default().into_iter().map(|mut source| {
        for time in ["first_record_time", "last_record_time"] {
            source[time] = source[time].is_string().into();
        }
        let counts = source["daily_counts"].as_object();
        let sum = counts.map(|counts| counts.values().filter_map(Json::as_i64).sum::<i64>());
        source["daily_counts"] = sum.into();
        source
    });
    Ok(sources.collect())
}

/// Whether what is found of a source is so, or less than that and told.
fn is_true(found: &Json, all: &Json) -> bool {
    let unknown = found["state"] == "unknown" && found["reason"].is_string() && found["daily_counts"].is_null();
    found["name"] == all["name"] && (unknown || found == all)
}

#[test]
fn a_look_at_the_ingestion_is_true_or_says_that_it_does_not_know() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let emulator = EmulatorProcess::start_with(&world());
        let url = emulator.url().to_owned();
        let mut provider = Provider::start(&emulator, &url).await;
        let already = emulator.exchanges().len();
        let all = look(&mut provider).await.unwrap();
        let states: Vec<_> = all.iter().map(|source| source["state"].as_str().unwrap()).collect();
        assert_eq!(states, ["flowing", "stale", "never", "never"], "{all:?}");
        let points = points_since(&emulator, already);
        assert_eq!(points.len(), 5, "two tokens, the workspace, the query and the tables: {points:?}");
        let (mut count, mut unknown, mut wrong) = (0, 0, Vec::new());
        for point in &points {
            for (name, fault) in FAULTS.into_iter().filter(|(name, fault)| is_short(name) && !fault.interrupts()) {
                let Some((action, times)) = fault.at(point).filter(|_| !matches!(fault, Fault::Stale)) else {
                    continue;
                };
                let pattern = json!({ "method": point.method, "path": point.path, "skip": point.skip, "times": times });
                emulator.admin("POST", "/faults", Some(&json!([{ "match": pattern, "action": action }]))).await;
                let found = look(&mut provider).await;
                let played = emulator.admin("GET", "/state", None).await["faults"][0]["match"]["times"] != times;
                emulator.admin("DELETE", "/faults", None).await;
                let again = look(&mut provider).await;
                count += 1;
                let why = match &found {
                    Err(why) => Some(why.clone()),
                    Ok(_) if !played => Some("the fault was not played".to_owned()),
                    Ok(found) if found.len() != all.len() => Some(format!("it found {found:?}")),
                    Ok(found) => {
                        unknown += usize::from(found.iter().any(|source| source["state"] == "unknown"));
                        let mut pairs = found.iter().zip(&all);
                        pairs.find(|(found, all)| !is_true(found, all)).map(|(found, _)| format!("not so: {found}"))
                    }
                };
                let why =
                    why.or_else(|| (again.as_ref() != Ok(&all)).then(|| format!("the next look found {again:?}")));
                wrong.extend(why.map(|why| format!("{name} at {} {}: {why}", point.method, point.path)));
            }
        }
        println!("{count} looks, of which {unknown} did not know something and said so");
        assert!(count > 100 && unknown > 20, "only {count} looks, of which {unknown} did not know anything");
        assert!(wrong.is_empty(), "{} of {count} looks:\n{}", wrong.len(), wrong.join("\n"));
    });
}
