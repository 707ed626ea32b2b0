//! The plugin process as any host meets it, whatever the provider offers.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use terraform_provider_defender::plugin::proto::host::Empty;
use terraform_provider_defender::plugin::proto::host::grpc_controller_client::GrpcControllerClient;
use terraform_provider_defender::plugin::proto::host::grpc_stdio_client::GrpcStdioClient;
use terraform_provider_defender::plugin::proto::provider_client::ProviderClient;
use terraform_provider_defender::plugin::proto::{
    DynamicValue, apply_resource_change, call_function, get_metadata, get_provider_schema,
    get_resource_identity_schemas, list_resource, move_resource_state, plan_resource_change, prepare_provider_config,
    read_data_source, read_resource, stop, upgrade_resource_identity, upgrade_resource_state, validate_action_config,
    validate_list_resource_config, validate_resource_type_config,
};

use crate::host::{Identity, Launch, Plugin, connect};

fn launch() -> Launch {
    Launch::new(env!("CARGO_BIN_EXE_terraform-provider-defender"))
}

fn msgpack(bytes: impl Into<Vec<u8>>) -> Option<DynamicValue> {
    Some(DynamicValue { msgpack: bytes.into(), json: Vec::new() })
}

/// Nothing is left in the directory where the socket was.
fn assert_tidy(plugin: &Plugin) {
    let left: Vec<_> = std::fs::read_dir(plugin.temporary()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn the_handshake_line_has_six_fields() {
    let plugin = launch().start().await;
    let fields = plugin.fields();
    assert_eq!(fields.len(), 6, "{fields:?}");
    assert_eq!((&fields[..3], fields[4]), (&["1", "5", "unix"][..], "grpc"));
    assert!(fields[3].starts_with(plugin.temporary().to_str().unwrap()), "{fields:?}");
    // Terraform takes a short field for something else than a certificate, and padding for an error.
    assert!(fields[5].len() > 50 && !fields[5].ends_with('='), "{fields:?}");
}

#[tokio::test]
async fn started_by_hand_it_says_what_it_is() {
    for launch in [launch().without("TF_PLUGIN_MAGIC_COOKIE"), launch().env("TF_PLUGIN_MAGIC_COOKIE", "x")] {
        let (code, stdout, stderr) = launch.run().await;
        assert_eq!((code, stdout.as_str()), (Some(1), ""));
        for text in [env!("CARGO_PKG_VERSION"), "Terraform provider", "dev_overrides", "-debug"] {
            assert!(stderr.contains(text), "{stderr}");
        }
    }
}

#[tokio::test]
async fn without_a_common_protocol_it_says_so() {
    let (code, stdout, stderr) = launch().env("PLUGIN_PROTOCOL_VERSIONS", "4,6").run().await;
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    assert!(stderr.contains("speaks Terraform plugin protocol 5") && stderr.contains("only offers 4,6"), "{stderr}");
}

#[tokio::test]
async fn a_malformed_certificate_never_ends_in_plain_text() {
    let cut = Identity::new().pem().replace("MII", "");
    for pem in ["x", &cut] {
        let (code, stdout, stderr) = launch().env("PLUGIN_CLIENT_CERT", pem).run().await;
        assert_eq!((code, stdout.as_str()), (Some(1), ""));
        assert!(stderr.contains("PLUGIN_CLIENT_CERT"), "{stderr}");
    }
}

#[tokio::test]
async fn only_the_host_that_started_it_gets_in() {
    let plugin = launch().start().await;
    let stranger = Identity::new();
    let strangers =
        [plugin.connect_as(None).await, plugin.connect_as(Some(&stranger)).await, plugin.connect_plain().await];
    // The refusal may come with the connection already, else with the first call.
    for channel in strangers.into_iter().flatten() {
        assert!(ProviderClient::new(channel).get_metadata(get_metadata::Request {}).await.is_err());
    }
    assert!(plugin.provider().await.get_metadata(get_metadata::Request {}).await.is_ok());
}

#[tokio::test]
async fn a_host_without_certificates_gets_plain_text() {
    let mut plugin = launch().plain_text().start().await;
    assert_eq!(plugin.fields()[5], "");
    assert!(plugin.provider().await.get_metadata(get_metadata::Request {}).await.is_ok());
    assert_eq!(plugin.shut_down().await.code(), Some(0));
}

#[tokio::test]
async fn the_schema_says_what_the_host_may_rely_on() {
    let plugin = launch().start().await;
    let mut provider = plugin.provider().await;
    let schema = provider.get_schema(get_provider_schema::Request {}).await.unwrap().into_inner();
    assert_eq!(schema.diagnostics, []);
    assert!(schema.provider.unwrap().block.is_some());
    let can = schema.server_capabilities.unwrap();
    assert!(can.plan_destroy && can.get_provider_schema_optional);
    assert!(can.move_resource_state && can.generate_resource_config);
    let metadata = provider.get_metadata(get_metadata::Request {}).await.unwrap().into_inner();
    let mut named: Vec<_> = metadata.resources.into_iter().map(|resource| resource.type_name).collect();
    let mut schemas: Vec<_> = schema.resource_schemas.into_keys().collect();
    named.sort();
    schemas.sort();
    assert_eq!(named, schemas);
    let identities = provider.get_resource_identity_schemas(get_resource_identity_schemas::Request {}).await.unwrap();
    let mut identified: Vec<_> = identities.into_inner().identity_schemas.into_keys().collect();
    identified.sort();
    assert_eq!(identified, schemas);
    // A list is of a resource that has an identity.
    let mut listed: Vec<_> = metadata.list_resources.into_iter().map(|list| list.type_name).collect();
    let mut lists: Vec<_> = schema.list_resource_schemas.into_keys().collect();
    listed.sort();
    lists.sort();
    assert_eq!(listed, lists);
    assert!(lists.iter().all(|list| identified.contains(list)), "{lists:?}");
}

#[tokio::test]
async fn malformed_values_are_findings() {
    let plugin = launch().start().await;
    let mut provider = plugin.provider().await;
    let long = [&b"\xdb\x00\x5b\x8d\x80"[..], &vec![b'x'; 6_000_000]].concat();
    let values: [&[u8]; 7] = [
        b"",
        b"\xc1",
        b"\x81",
        b"\x81\xa9no_such_a\xc0",
        b"\xdf\xff\xff\xff\xff",
        &b"\x91".repeat(1_000_000),
        // Longer than gRPC allows by default, and read to its end.
        &long,
    ];
    for value in values {
        let request = prepare_provider_config::Request { config: msgpack(value) };
        let answer = provider.prepare_provider_config(request).await.unwrap().into_inner();
        assert_eq!(answer.diagnostics.len(), 1, "{:?}", answer.diagnostics);
        assert_eq!(answer.diagnostics[0].summary, "Value not understood");
        assert!(answer.diagnostics[0].detail.contains("the provider block"), "{:?}", answer.diagnostics);
    }
}

#[tokio::test]
async fn a_type_that_is_not_there_is_a_finding_and_its_state_is_kept() {
    let plugin = launch().start().await;
    let mut provider = plugin.provider().await;
    let type_name = || "defender_no_such".to_owned();
    let state = || msgpack(*b"\x81\xa1a\x01");

    let request = read_resource::Request {
        type_name: type_name(),
        current_state: state(),
        private: b"p".to_vec(),
        ..read_resource::Request::default()
    };
    let read = provider.read_resource(request).await.unwrap().into_inner();
    assert_eq!((read.new_state, read.private, read.diagnostics.len()), (state(), b"p".to_vec(), 1));

    let request = apply_resource_change::Request {
        type_name: type_name(),
        prior_state: state(),
        planned_private: b"p".to_vec(),
        ..apply_resource_change::Request::default()
    };
    let applied = provider.apply_resource_change(request).await.unwrap().into_inner();
    assert_eq!((applied.new_state, applied.private, applied.diagnostics.len()), (state(), b"p".to_vec(), 1));

    let request = validate_resource_type_config::Request { type_name: type_name(), ..Default::default() };
    let validated = provider.validate_resource_type_config(request).await.unwrap().into_inner();
    assert!(validated.diagnostics[0].detail.contains("no resource \"defender_no_such\""), "{validated:?}");
    let request = plan_resource_change::Request { type_name: type_name(), ..Default::default() };
    assert_eq!(provider.plan_resource_change(request).await.unwrap().into_inner().diagnostics.len(), 1);
    let request = upgrade_resource_state::Request { type_name: type_name(), ..Default::default() };
    assert_eq!(provider.upgrade_resource_state(request).await.unwrap().into_inner().diagnostics.len(), 1);
    let request = read_data_source::Request { type_name: type_name(), ..Default::default() };
    assert_eq!(provider.read_data_source(request).await.unwrap().into_inner().diagnostics.len(), 1);
    let request = call_function::Request { name: type_name(), ..Default::default() };
    let called = provider.call_function(request).await.unwrap().into_inner();
    assert!(called.error.unwrap().text.contains("no function"));
}

#[tokio::test]
async fn what_is_not_offered_is_refused_as_the_protocol_asks() {
    let plugin = launch().start().await;
    let mut provider = plugin.provider().await;
    let moved = provider.move_resource_state(move_resource_state::Request::default()).await.unwrap().into_inner();
    assert_eq!(moved.diagnostics.len(), 1);
    let identity = upgrade_resource_identity::Request::default();
    assert_eq!(provider.upgrade_resource_identity(identity).await.unwrap().into_inner().diagnostics.len(), 1);
    let request = validate_list_resource_config::Request::default();
    assert_eq!(provider.validate_list_resource_config(request).await.unwrap().into_inner().diagnostics.len(), 1);
    let mut found = provider.list_resource(list_resource::Request::default()).await.unwrap().into_inner();
    assert_eq!(found.message().await.unwrap().unwrap().diagnostic.len(), 1);
    assert_eq!(found.message().await.unwrap(), None);
    let action = provider.validate_action_config(validate_action_config::Request::default()).await;
    assert_eq!(action.unwrap_err().code(), tonic::Code::Unimplemented);
}

#[tokio::test]
async fn shutdown_ends_it_without_a_trace() {
    let mut plugin = launch().start().await;
    let mut provider = plugin.provider().await;
    assert_eq!(provider.stop(stop::Request {}).await.unwrap().into_inner().error, "");
    provider.get_metadata(get_metadata::Request {}).await.unwrap();
    assert_eq!(plugin.shut_down().await.code(), Some(0));
    assert_eq!((plugin.output(), plugin.errors().await), (String::new(), String::new()));
    assert_tidy(&plugin);
}

#[tokio::test]
async fn shutdown_does_not_wait_for_streams_that_the_host_holds() {
    let mut plugin = launch().start().await;
    let channel = plugin.connect().await;
    let mut stdio = GrpcStdioClient::new(channel.clone()).stream_stdio(()).await.unwrap().into_inner();
    GrpcControllerClient::new(channel).shutdown(Empty {}).await.unwrap();
    assert!(stdio.message().await.is_ok_and(|message| message.is_none()));
    assert_eq!(plugin.wait().await.code(), Some(0));
}

#[tokio::test]
async fn it_ends_when_its_host_is_gone() {
    let mut plugin = launch().start().await;
    let channel = plugin.connect().await;
    let stdio = GrpcStdioClient::new(channel).stream_stdio(()).await.unwrap();
    drop(stdio);
    assert_eq!(plugin.wait().await.code(), Some(0));
    assert_tidy(&plugin);
}

#[tokio::test]
async fn an_interrupt_is_the_hosts_business_and_a_termination_is_not() {
    let mut plugin = launch().start().await;
    plugin.signal("INT");
    assert!(plugin.provider().await.get_metadata(get_metadata::Request {}).await.is_ok());
    plugin.signal("TERM");
    assert_eq!(plugin.wait().await.code(), Some(0));
    assert_tidy(&plugin);
}

#[tokio::test]
async fn logs_are_lines_that_terraform_reads() {
    for level in ["trace", "JSON", "debug"] {
        let mut plugin = launch().env("TF_LOG", level).start().await;
        plugin.provider().await.get_metadata(get_metadata::Request {}).await.unwrap();
        plugin.shut_down().await;
        assert_eq!(plugin.output(), "");
        let lines = plugin.errors().await;
        assert!(lines.contains("GetMetadata"), "{lines}");
        for line in lines.lines() {
            let object: serde_json::Value = serde_json::from_str(line).unwrap();
            for key in ["@level", "@message", "@module", "@timestamp"] {
                assert!(object[key].is_string(), "{line}");
            }
            let stamp = object["@timestamp"].as_str().unwrap();
            assert_eq!((stamp.len(), stamp.find('.')), ("2026-01-01T00:00:00.000000Z".len(), Some(19)), "{line}");
        }
    }
}

#[tokio::test]
async fn the_providers_own_log_level_comes_first() {
    for (all, own) in [("trace", "off"), ("off", "")] {
        let mut plugin = launch().env("TF_LOG", all).env("TF_LOG_PROVIDER", own).start().await;
        plugin.provider().await.get_metadata(get_metadata::Request {}).await.unwrap();
        plugin.shut_down().await;
        assert_eq!(plugin.errors().await, "");
    }
}

#[tokio::test]
async fn a_debugged_provider_serves_host_after_host() {
    let mut plugin = launch().without("TF_PLUGIN_MAGIC_COOKIE").plain_text().arg("-debug").spawn();
    let variable = "TF_REATTACH_PROVIDERS='";
    let json = loop {
        let line = plugin.next_line().await.expect("a line with TF_REATTACH_PROVIDERS");
        if let Some((_, json)) = line.split_once(variable) {
            break json.trim_end_matches('\'').to_owned();
        }
    };
    let providers: serde_json::Value = serde_json::from_str(&json).unwrap();
    let (_, reattach) = providers.as_object().unwrap().iter().next().unwrap();
    assert_eq!((&reattach["Protocol"], &reattach["ProtocolVersion"]), (&"grpc".into(), &5.into()));
    assert_eq!((&reattach["Pid"], &reattach["Test"]), (&plugin.pid().into(), &true.into()));
    let address = &reattach["Addr"];
    for _ in 0..2 {
        let channel =
            connect(address["Network"].as_str().unwrap(), address["String"].as_str().unwrap(), None).await.unwrap();
        let stdio = GrpcStdioClient::new(channel.clone()).stream_stdio(()).await.unwrap();
        assert!(ProviderClient::new(channel).get_metadata(get_metadata::Request {}).await.is_ok());
        drop(stdio);
    }
    plugin.signal("INT");
    assert_eq!(plugin.wait().await.code(), Some(0));
    assert_tidy(&plugin);
}
