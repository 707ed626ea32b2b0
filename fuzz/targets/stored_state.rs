//! Any text as the stored state of any type or resource, of any version: it is read or refused, and what is read can be
//! written to the wire.
#![no_main]

use std::sync::LazyLock;

use defender_fuzz::{Feed, Offered};
use libfuzzer_sys::fuzz_target;
use terraform_provider_defender::plugin::fuzz::{decode, decode_stored, encode, service};
use terraform_provider_defender::plugin::proto::provider_server::Provider;
use terraform_provider_defender::plugin::proto::{RawState, upgrade_resource_state};
use tokio::runtime::{Builder, Runtime};

static OFFERED: LazyLock<Offered> = LazyLock::new(Offered::new);

thread_local! {
    static RUNTIME: Runtime = Builder::new_current_thread().build().expect("a runtime");
}

fuzz_target!(|bytes: &[u8]| {
    let mut feed = Feed::new(bytes);
    if feed.byte().is_multiple_of(2) {
        let ty = OFFERED.ty(&mut feed);
        if let Ok(value) = decode_stored(feed.rest(), &ty) {
            let (written, faults) = encode(&value, &ty);
            assert_eq!(faults, [] as [String; 0], "{value:?} as {ty:?}");
            // A map's two keys may be one Unicode text; nothing else keeps what was read from being read again.
            if let Err(fault) = decode(&written, &ty) {
                assert!(fault.ends_with("given twice"), "{fault}: {value:?} as {ty:?}");
            }
        }
        return;
    }
    let (type_name, ty) = &OFFERED.resources[feed.below(OFFERED.resources.len())];
    let version = i64::from(feed.byte()) - 2;
    let raw_state = Some(RawState { json: feed.rest().to_vec(), ..RawState::default() });
    let request = upgrade_resource_state::Request { type_name: type_name.clone(), version, raw_state };
    let service = service(OFFERED.provider.clone());
    let answer = RUNTIME.with(|runtime| runtime.block_on(service.upgrade_resource_state(tonic::Request::new(request))));
    let answer = answer.expect("no transport error").into_inner();
    match answer.upgraded_state {
        Some(state) => drop(decode(&state.msgpack, ty).expect("state that can be read")),
        None => assert!(!answer.diagnostics.is_empty(), "neither state nor a reason"),
    }
});
