//! Holds a JSON value against a schema of the description, more strictly than JSON Schema: a
//! property that is not declared is a mismatch, so that the description cannot fall behind.

use serde_json::Value;

/// The first mismatch, with its place.
pub fn mismatch(api: &Value, schema: &Value, value: &Value, place: &str) -> Option<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = api.pointer(reference.trim_start_matches('#'));
        return match target {
            Some(target) => mismatch(api, target, value, place),
            None => Some(format!("{place}: {reference} leads nowhere")),
        };
    }
    if let Some(parts) = schema["allOf"].as_array() {
        return all_of(api, parts, value, place);
    }
    for key in ["oneOf", "anyOf"] {
        if let Some(choices) = schema[key].as_array() {
            let fitting = choices
                .iter()
                .filter(|choice| mismatch(api, choice, value, place).is_none())
                .count();
            let fits = if key == "oneOf" { fitting == 1 } else { fitting > 0 };
            return (!fits).then(|| format!("{place}: {value} fits {fitting} of {key}"));
        }
    }
    if let Some(allowed) = schema["enum"].as_array()
        && !allowed.contains(value)
    {
        return Some(format!("{place}: {value} is not one of {allowed:?}"));
    }
    if !has_type(&schema["type"], value) {
        return Some(format!("{place}: {value} is not of type {}", schema["type"]));
    }
    match value {
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(n, item)| mismatch(api, &schema["items"], item, &format!("{place}[{n}]"))),
        Value::Object(_) => {
            let (mut declared, mut rest) = (Vec::new(), None);
            collect(api, schema, &mut declared, &mut rest);
            object(api, schema, &declared, rest, value, place)
        }
        _ => None,
    }
}

fn all_of(api: &Value, parts: &[Value], value: &Value, place: &str) -> Option<String> {
    let (mut declared, mut rest) = (Vec::new(), None);
    for part in parts {
        collect(api, part, &mut declared, &mut rest);
    }
    parts.iter().find_map(|part| {
        let part = resolved(api, part);
        object(api, part, &declared, rest, value, place)
    })
}

fn resolved<'a>(api: &'a Value, schema: &'a Value) -> &'a Value {
    schema["$ref"]
        .as_str()
        .and_then(|reference| api.pointer(reference.trim_start_matches('#')))
        .unwrap_or(schema)
}

fn collect<'a>(
    api: &'a Value,
    schema: &'a Value,
    declared: &mut Vec<(&'a str, &'a Value)>,
    rest: &mut Option<&'a Value>,
) {
    let schema = resolved(api, schema);
    for part in schema["allOf"].as_array().into_iter().flatten() {
        collect(api, part, declared, rest);
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        declared.push((name, property));
    }
    if schema["additionalProperties"].is_object() {
        *rest = Some(&schema["additionalProperties"]);
    }
}

fn object(
    api: &Value,
    schema: &Value,
    declared: &[(&str, &Value)],
    rest: Option<&Value>,
    value: &Value,
    place: &str,
) -> Option<String> {
    let Some(fields) = value.as_object() else {
        return Some(format!("{place}: {value} is no object"));
    };
    for name in schema["required"].as_array().into_iter().flatten() {
        if !fields.contains_key(name.as_str().unwrap_or_default()) {
            return Some(format!("{place}: {name} is missing"));
        }
    }
    fields.iter().find_map(|(name, field)| {
        let inside = format!("{place}.{name}");
        match declared.iter().find(|(known, _)| known == name).map(|(_, schema)| *schema).or(rest) {
            Some(schema) => mismatch(api, schema, field, &inside),
            None => Some(format!("{inside} is not declared")),
        }
    })
}

fn has_type(types: &Value, value: &Value) -> bool {
    let fits = |name: &Value| match name.as_str().unwrap_or_default() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    };
    match types {
        Value::Null => true,
        Value::Array(types) => types.iter().any(fits),
        one => fits(one),
    }
}
