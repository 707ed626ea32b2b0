//! Any bytes as any type: they decode or fail, and what decodes goes back the same. Any value of any type goes there
//! and back.
#![no_main]

use std::sync::LazyLock;

use defender_fuzz::{Feed, Offered};
use libfuzzer_sys::fuzz_target;
use terraform_provider_defender::plugin::fuzz::{decode, encode, read_type, write_type};
use terraform_provider_defender::terraform::{Type, Value};

static OFFERED: LazyLock<Offered> = LazyLock::new(Offered::new);

fn settles(value: &Value, ty: &Type) {
    let (bytes, faults) = encode(value, ty);
    assert_eq!(faults, [] as [String; 0], "{value:?} as {ty:?}");
    let back = decode(&bytes, ty).unwrap_or_else(|fault| panic!("{fault}: {value:?} as {ty:?}"));
    assert_eq!(encode(&back, ty).0, bytes, "{value:?} as {ty:?}");
}

fuzz_target!(|bytes: &[u8]| {
    let mut feed = Feed::new(bytes);
    let made = feed.byte().is_multiple_of(2);
    let ty = OFFERED.ty(&mut feed);
    assert_eq!(read_type(&write_type(&ty)), Some(ty.clone()));
    if made {
        settles(&feed.value(&ty, 0), &ty);
    } else if let Ok(value) = decode(feed.rest(), &ty) {
        settles(&value, &ty);
    } else if let Some(ty) = read_type(feed.rest()) {
        assert_eq!(read_type(&write_type(&ty)), Some(ty));
    }
});
