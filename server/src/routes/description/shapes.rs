//! Shapes as programs read them: data by its name, and what is always there as required.

use std::collections::BTreeSet;

use serde::Serialize;
use utoipa::openapi::schema::{ArrayItems, Schema, SchemaType, Type};
use utoipa::openapi::{OpenApi, Ref, RefOr};

/// What the names of frames begin with; the name of their data follows.
const FRAMES: [&str; 3] = ["Success_Vec_", "Success_", "CountedSuccess_"];

/// Completes the shapes that the types declare.
pub fn settle(api: &mut OpenApi) {
    let asked = schemas_of_bodies(api);
    let Some(components) = &mut api.components else { return };
    let names: BTreeSet<String> = components.schemas.keys().cloned().collect();
    for (name, schema) in &mut components.schemas {
        let held = FRAMES.iter().find_map(|frame| name.strip_prefix(frame));
        match held.filter(|held| names.contains(*held)) {
            Some(held) => refer_to(held, schema),
            None if asked.contains(name) => {}
            None => require_nullable(schema),
        }
    }
}

/// Replaces the copy of a schema that a frame holds as its data.
fn refer_to(held: &str, frame: &mut RefOr<Schema>) {
    let RefOr::T(Schema::Object(frame)) = frame else { return };
    let Some(data) = frame.properties.get_mut("data") else { return };
    let named = RefOr::Ref(Ref::from_schema_name(held));
    match data {
        RefOr::T(Schema::Array(list)) => list.items = ArrayItems::RefOrSchema(Box::new(named)),
        data => *data = named,
    }
}

/// Answers write null for what is missing: only a field that is never null may be absent.
fn require_nullable(schema: &mut RefOr<Schema>) {
    match schema {
        RefOr::T(Schema::Object(object)) => {
            let nullable = object.properties.iter().filter(|(_, field)| is_nullable(field));
            let absent = nullable.filter(|(name, _)| !object.required.contains(name));
            let names: Vec<String> = absent.map(|(name, _)| name.clone()).collect();
            object.required.extend(names);
        }
        RefOr::T(Schema::AllOf(parts)) => parts.items.iter_mut().for_each(require_nullable),
        RefOr::T(Schema::OneOf(choices)) => choices.items.iter_mut().for_each(require_nullable),
        _ => {}
    }
}

fn is_nullable(schema: &RefOr<Schema>) -> bool {
    let RefOr::T(schema) = schema else { return false };
    let types = match schema {
        Schema::Object(object) => &object.schema_type,
        Schema::Array(list) => &list.schema_type,
        Schema::OneOf(choices) => return choices.items.iter().any(is_nullable),
        _ => return false,
    };
    match types {
        SchemaType::Type(one) => *one == Type::Null,
        SchemaType::Array(several) => several.contains(&Type::Null),
        SchemaType::AnyValue => false,
    }
}

/// Names of the schemas that bodies of requests are made of: what may be null may be absent there.
fn schemas_of_bodies(api: &OpenApi) -> BTreeSet<String> {
    let items = api.paths.paths.values();
    let operations = items.flat_map(|item| [&item.post, &item.put]).flatten();
    let mut open: Vec<String> =
        operations.flat_map(|operation| names_in(&operation.request_body)).collect();
    let mut found = BTreeSet::new();
    while let Some(name) = open.pop() {
        let schema = api.components.as_ref().and_then(|all| all.schemas.get(&name));
        if found.insert(name) {
            open.extend(names_in(&schema));
        }
    }
    found
}

/// Names of the schemas that a part of the description refers to.
fn names_in(part: &impl Serialize) -> Vec<String> {
    let text = serde_json::to_string(part).unwrap_or_default();
    let references = text.split("\"#/components/schemas/").skip(1);
    references.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}
