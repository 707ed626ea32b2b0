//! Tests of the codec: every value there and back, and bytes that no Terraform would send.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use expect_test::expect;
use proptest::prelude::*;

use super::*;
use crate::terraform::{Number, Refinement, Type, Value};

fn fault(bytes: &[u8], ty: &Type) -> String {
    decode(bytes, ty).unwrap_err().to_string()
}

#[test]
fn unknowns_travel_with_what_is_known_of_them() {
    assert_eq!(encode(&Value::unknown(), &Type::String).bytes, [0xd4, 0, 0]);
    assert_eq!(decode(&[0xd4, 0, 0], &Type::Bool).unwrap(), Value::unknown());
    assert_eq!(decode(&[0xd4, 99, 0], &Type::Bool).unwrap(), Value::unknown());
    let known = Refinement { null: Some(false), string_prefix: Some("id-".to_owned()), ..Refinement::default() };
    let bytes = encode(&Value::Unknown(known.clone()), &Type::String).bytes;
    assert_eq!(bytes, b"\xd7\x0c\x82\x01\xc2\x02\xa3id-");
    assert_eq!(decode(&bytes, &Type::String).unwrap(), Value::Unknown(known));
    let null = Refinement { null: Some(true), ..Refinement::default() };
    assert_eq!(encode(&Value::Unknown(null), &Type::String).bytes, [0xc0]);
}

#[test]
fn a_long_prefix_is_cut_between_characters() {
    let known = Refinement { string_prefix: Some("é".repeat(200)), ..Refinement::default() };
    let bytes = encode(&Value::Unknown(known), &Type::String).bytes;
    let Value::Unknown(known) = decode(&bytes, &Type::String).unwrap() else { panic!() };
    assert_eq!(known.string_prefix.unwrap(), "é".repeat(127));
}

#[test]
fn numbers_keep_the_form_they_travelled_in() {
    for (bytes, number) in [
        (&b"\x07"[..], Number::Int(7)),
        (b"\xff", Number::Int(-1)),
        (b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff", Number::Uint(u64::MAX)),
        (b"\xcb\x3f\xe0\0\0\0\0\0\0", Number::Float(0.5)),
        (b"\xa31.1", Number::Decimal("1.1".to_owned())),
    ] {
        let value = Value::Number(number);
        assert_eq!(decode(bytes, &Type::Number).unwrap(), value);
        assert_eq!(encode(&value, &Type::Number).bytes, bytes);
    }
    assert_eq!(decode(b"\xcf\0\0\0\0\0\0\0\x05", &Type::Number).unwrap(), Value::from(5));
}

#[test]
fn strings_are_written_in_composed_form() {
    let value = Value::Object([("e\u{301}".to_owned(), Value::from("u\u{308}"))].into());
    assert_eq!(encode(&value, &Type::map(Type::String)).bytes, b"\x81\xa2\xc3\xa9\xa2\xc3\xbc");
}

#[test]
fn what_does_not_fit_is_null_and_told() {
    let ty = Type::object([("a", Type::Bool), ("b", Type::list(Type::Number)), ("c", Type::String)]);
    let list = Value::List(vec![Value::from(1), Value::from("x")]);
    let value = Value::Object([("a".into(), Value::from("no")), ("b".into(), list), ("z".into(), Value::Null)].into());
    let encoded = encode(&value, &ty);
    let told: Vec<String> = encoded.faults.iter().map(ToString::to_string).collect();
    expect![[r#"
        a: "bool" expected, found a string
        b[1]: "number" expected, found a string
        z: the schema has no such attribute"#]]
    .assert_eq(&told.join("\n"));
    let back = decode(&encoded.bytes, &ty).unwrap();
    assert_eq!(back.get("b"), &Value::List(vec![Value::from(1), Value::Null]));
    assert!(back.get("a").is_null() && back.get("c").is_null());
}

#[test]
fn an_open_attribute_takes_the_type_its_value_shows() {
    let value = Value::Object([("a".into(), Value::from(true)), ("b".into(), Value::strings(["x"]))].into());
    let encoded = encode(&value, &Type::Dynamic);
    assert_eq!(encoded.faults, []);
    let Value::Dynamic(back) = decode(&encoded.bytes, &Type::Dynamic).unwrap() else { panic!() };
    assert_eq!(back.1, value);
}

#[test]
fn malformed_values_are_told_with_their_place() {
    let object = Type::object([("a", Type::list(Type::String)), ("b", Type::Bool)]);
    let told = [
        fault(b"", &Type::Bool),
        fault(b"\xc2\xc2", &Type::Bool),
        fault(b"\xa1\xff", &Type::String),
        fault(b"\x82\xa1a\x92\xa1x\x05\xa1b\xc3", &object),
        fault(b"\x81\xa1a\x90", &object),
        fault(b"\x83\xa1a\x90\xa1b\xc3\xa1c\xc0", &object),
        fault(b"\x82\xa1b\xc3\xa1b\xc3", &object),
        fault(b"\xdd\xff\xff\xff\xff", &Type::list(Type::Bool)),
        fault(b"\xdf\xff\xff\xff\xff", &Type::map(Type::Bool)),
        fault(b"\xdb\xff\xff\xff\xffabc", &Type::String),
        fault(b"\xa4 1.1", &Type::Number),
        fault(b"\xcb\x7f\xf8\0\0\0\0\0\0", &Type::Number),
        fault(b"\x91\xc0", &Type::Tuple(vec![])),
        fault(b"\x92\xc4\x03\"x\"\xc0", &Type::Dynamic),
        fault(b"\xc7\x02\x0c\x81\xc0", &Type::Dynamic),
    ]
    .join("\n");
    expect![[r#"
        the value ends too early
        1 bytes follow the value
        the string is not UTF-8
        a[1]: a string expected, found a number
        b: missing
        c: the schema has no such attribute
        b: given twice
        [0]: the value ends too early
        the value ends too early
        the value ends too early
        " 1.1" is no decimal number
        a number expected, found NaN
        0 elements expected, found 1
        not a type that Terraform has
        a refinement has no number"#]]
    .assert_eq(&told);
}

#[test]
fn depth_is_bounded() {
    // Every level brings its own type, so the bytes alone decide how deep this goes.
    let bytes = b"\x92\xc4\x09\"dynamic\"".repeat(100_000);
    assert_eq!(fault(&bytes, &Type::Dynamic), "nested more than 128 levels deep");
    // An unknown whose nullness is such an unknown again, and so on.
    let levels = 100_000_u32;
    let bytes: Vec<u8> = (0..levels)
        .flat_map(|level| {
            let [a, b, c, d] = (2 + (levels - 1 - level) * 8).to_be_bytes();
            [0xc9, a, b, c, d, 12, 0x81, 1]
        })
        .collect();
    assert_eq!(fault(&bytes, &Type::Bool), "nested more than 128 levels deep");
    let mut ty = Type::Bool;
    let mut value = Value::Bool(true);
    for _ in 0..200 {
        ty = Type::list(ty);
        value = Value::List(vec![value]);
    }
    assert_eq!(encode(&value, &ty).faults.len(), 1);
}

fn types() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![Just(Type::Bool), Just(Type::Number), Just(Type::String), Just(Type::Dynamic)];
    nested(leaf, 4, 24)
}

/// What an open attribute may hold, short of another.
fn closed_types() -> impl Strategy<Value = Type> {
    nested(prop_oneof![Just(Type::Bool), Just(Type::Number), Just(Type::String)], 2, 6)
}

fn nested(leaf: impl Strategy<Value = Type> + 'static, depth: u32, size: u32) -> impl Strategy<Value = Type> {
    leaf.prop_recursive(depth, size, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(Type::list),
            inner.clone().prop_map(Type::set),
            inner.clone().prop_map(Type::map),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Type::Tuple),
            prop::collection::btree_map("[a-z]{1,6}", inner, 0..4).prop_map(Type::Object),
        ]
    })
}

fn numbers() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::Int),
        (i64::MAX as u64 + 1..).prop_map(Number::Uint),
        any::<f64>().prop_filter("cty has no NaN", |number| !number.is_nan()).prop_map(Number::Float),
        "-?[0-9]{25,40}(\\.[0-9]{1,9})?".prop_map(Number::Decimal),
    ]
}

fn refinements() -> impl Strategy<Value = Refinement> {
    let bound = || prop::option::of((numbers(), any::<bool>()));
    let length = || prop::option::of(0..1000_i64);
    (prop::option::of(Just(false)), prop::option::of("[a-z/é-]{0,40}"), bound(), bound(), length(), length()).prop_map(
        |(null, string_prefix, number_min, number_max, length_min, length_max)| Refinement {
            null,
            string_prefix,
            number_min,
            number_max,
            length_min,
            length_max,
        },
    )
}

fn values(ty: Type) -> BoxedStrategy<Value> {
    let known = match ty {
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Type::Number => numbers().prop_map(Value::Number).boxed(),
        Type::String => prop_oneof!["[ -~äß漢🎉]{0,40}", any::<String>()].prop_map(Value::String).boxed(),
        Type::List(element) | Type::Set(element) => {
            prop::collection::vec(values(*element), 0..4).prop_map(Value::List).boxed()
        }
        Type::Tuple(types) => types.into_iter().map(values).collect::<Vec<_>>().prop_map(Value::List).boxed(),
        Type::Map(element) => {
            prop::collection::btree_map("[ -~ü]{0,9}", values(*element), 0..4).prop_map(Value::Object).boxed()
        }
        Type::Object(types) => {
            let fields: Vec<_> =
                types.into_iter().map(|(name, ty)| values(ty).prop_map(move |value| (name.clone(), value))).collect();
            fields.prop_map(|fields| Value::Object(fields.into_iter().collect())).boxed()
        }
        Type::Dynamic => closed_types()
            .prop_flat_map(|ty| values(ty.clone()).prop_map(move |value| Value::Dynamic(Box::new((ty.clone(), value)))))
            .boxed(),
    };
    prop_oneof![8 => known, 1 => Just(Value::Null), 1 => refinements().prop_map(Value::Unknown)].boxed()
}

/// The value as Terraform holds it: texts in composed form, and null where that is all an unknown can be.
fn composed(value: Value) -> Value {
    use unicode_normalization::UnicodeNormalization;

    let text = |text: String| text.nfc().collect::<String>();
    match value {
        Value::String(string) => Value::String(text(string)),
        Value::Unknown(known) if known.null == Some(true) => Value::Null,
        Value::Unknown(known) => Value::Unknown(Refinement { string_prefix: known.string_prefix.map(text), ..known }),
        Value::List(items) => Value::List(items.into_iter().map(composed).collect()),
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(name, field)| (text(name), composed(field))).collect())
        }
        Value::Dynamic(inner) => Value::Dynamic(Box::new((inner.0, composed(inner.1)))),
        other => other,
    }
}

/// How a state file has the value, if it can: nothing unknown, no fraction that decimal digits only come near to.
fn stored(value: &Value) -> Option<String> {
    let joined = |items: Option<Vec<String>>| items.map(|items| items.join(","));
    Some(match value {
        Value::Unknown(_) | Value::Number(Number::Float(_)) => return None,
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(Number::Int(number)) => number.to_string(),
        Value::Number(Number::Uint(number)) => number.to_string(),
        // JSON has no leading zeros; Terraform writes such numbers as texts.
        Value::Number(Number::Decimal(digits)) => format!("\"{digits}\""),
        Value::String(text) => serde_json::Value::from(text.as_str()).to_string(),
        Value::List(items) => format!("[{}]", joined(items.iter().map(stored).collect())?),
        Value::Object(fields) => {
            let field = |(name, field): (&String, &Value)| {
                Some(format!("{}:{}", serde_json::Value::from(name.as_str()), stored(field)?))
            };
            format!("{{{}}}", joined(fields.iter().map(field).collect())?)
        }
        Value::Dynamic(inner) => {
            let ty = String::from_utf8(crate::plugin::json::type_to(&inner.0)).unwrap();
            format!("{{\"value\":{},\"type\":{ty}}}", stored(&inner.1)?)
        }
    })
}

proptest! {
    #[test]
    fn every_stored_value_is_read((ty, value) in types().prop_flat_map(|ty| (Just(ty.clone()), values(ty)))) {
        if let Some(json) = stored(&value) {
            prop_assert_eq!(crate::plugin::json::decode(json.as_bytes(), &ty).unwrap(), value);
        }
    }

    #[test]
    fn every_type_comes_back(ty in types()) {
        prop_assert_eq!(crate::plugin::json::type_from(&crate::plugin::json::type_to(&ty)).unwrap(), ty);
    }

    #[test]
    fn every_value_comes_back((ty, value) in types().prop_flat_map(|ty| (Just(ty.clone()), values(ty)))) {
        let encoded = encode(&value, &ty);
        prop_assert_eq!(&encoded.faults, &[]);
        prop_assert_eq!(decode(&encoded.bytes, &ty).unwrap(), composed(value));
    }

    #[test]
    fn any_bytes_decode_or_fail_cleanly(ty in types(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(value) = decode(&bytes, &ty) {
            let encoded = encode(&value, &ty);
            prop_assert_eq!(&encoded.faults, &[]);
            prop_assert_eq!(decode(&encoded.bytes, &ty).unwrap(), composed(value));
        }
        let _ = crate::plugin::json::decode(&bytes, &ty);
    }

    #[test]
    fn a_damaged_value_decodes_or_fails_cleanly(
        (ty, value) in types().prop_flat_map(|ty| (Just(ty.clone()), values(ty))),
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = encode(&value, &ty).bytes;
        let place = place.index(bytes.len());
        bytes[place] = byte;
        let _ = decode(&bytes, &ty);
        bytes.truncate(place);
        prop_assert!(decode(&bytes, &ty).is_err());
    }
}
