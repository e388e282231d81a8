//! Schemas in words.

use super::{Run, runs};
use crate::render::number::group;
use utoipa::openapi::schema::{ArrayItems, KnownFormat, Object, Schema, SchemaFormat, SchemaType, Type};
use utoipa::openapi::{OpenApi, RefOr};

/// A piece of what a value is: a word, or the name of a schema.
pub(super) struct Piece {
    pub text: String,
    pub is_schema: bool,
}

/// What a value may be.
#[derive(Default)]
pub(super) struct Kind {
    pub pieces: Vec<Piece>,
    /// Its bounds; empty where it has none.
    pub bounds: String,
    pub meaning: String,
}

/// An object and its members, or a vocabulary and its words.
pub(super) struct Table {
    pub name: String,
    pub meaning: Vec<Run>,
    pub rows: Vec<Row>,
    pub words: Vec<String>,
    /// What else the schema says.
    pub kind: Kind,
}

/// A member of an object.
pub(super) struct Row {
    pub name: String,
    pub is_required: bool,
    pub kind: Kind,
    pub meaning: Vec<Run>,
}

fn word(text: impl Into<String>) -> Vec<Piece> {
    vec![Piece { text: text.into(), is_schema: false }]
}

fn name_of(location: &str) -> &str {
    location.rsplit('/').next().unwrap_or_default()
}

/// A schema in words.
pub(super) fn kind(schema: &RefOr<Schema>) -> Kind {
    match schema {
        RefOr::Ref(reference) => Kind {
            pieces: vec![Piece { text: name_of(&reference.ref_location).to_owned(), is_schema: true }],
            bounds: String::new(),
            meaning: reference.description.clone(),
        },
        RefOr::T(Schema::Object(object)) => of_object(object),
        RefOr::T(Schema::Array(array)) => {
            let mut pieces = word("list of ");
            if let ArrayItems::RefOrSchema(items) = &array.items {
                pieces.extend(kind(items).pieces);
            }
            let bounds = array.max_items.map(|most| format!("at most {}", group(&most.to_string())));
            Kind {
                pieces,
                bounds: bounds.unwrap_or_default(),
                meaning: array.description.clone().unwrap_or_default(),
            }
        }
        RefOr::T(Schema::OneOf(one)) => of_several(&one.items, " or ", one.description.as_deref()),
        RefOr::T(Schema::AnyOf(any)) => of_several(&any.items, " or ", any.description.as_deref()),
        RefOr::T(Schema::AllOf(all)) => of_several(&all.items, " with ", all.description.as_deref()),
        RefOr::T(_) => Kind::default(),
    }
}

fn is_null(schema: &RefOr<Schema>) -> bool {
    matches!(schema, RefOr::T(Schema::Object(object)) if object.schema_type == SchemaType::Type(Type::Null))
}

fn is_of(schema: &RefOr<Schema>, types: &[Type]) -> bool {
    match schema {
        RefOr::T(Schema::Object(object)) => {
            types.iter().any(|wanted| object.schema_type == SchemaType::Type(wanted.clone()))
        }
        _ => false,
    }
}

/// Several schemas. A number and the text of its digits are one thing to a reader, and so are a missing
/// field and `null`.
fn of_several(items: &[RefOr<Schema>], between: &str, meaning: Option<&str>) -> Kind {
    let number = items.iter().find(|item| is_of(item, &[Type::Integer, Type::Number]));
    let mut several = Kind::default();
    for item in items.iter().filter(|item| !is_null(item)) {
        if number.is_some() && is_of(item, &[Type::String]) {
            several.pieces.extend(word(", or its digits as text"));
            continue;
        }
        let one = kind(item);
        if one.pieces.is_empty() {
            continue;
        }
        if !several.pieces.is_empty() {
            several.pieces.extend(word(between));
        }
        several.pieces.extend(one.pieces);
        if several.bounds.is_empty() {
            several.bounds = one.bounds;
        }
    }
    several.meaning = meaning.unwrap_or_default().to_owned();
    several
}

fn of_object(object: &Object) -> Kind {
    let meaning = object.description.clone().unwrap_or_default();
    let types = match &object.schema_type {
        SchemaType::Type(one) => vec![one.clone()],
        SchemaType::Array(several) => several.clone(),
        SchemaType::AnyValue => vec![],
    };
    let Some(first) = types.into_iter().find(|one| *one != Type::Null) else { return Kind::default() };
    let pieces = match first {
        Type::Integer => word("whole number"),
        Type::Number => word("decimal"),
        Type::Boolean => word("true or false"),
        Type::String => match (&object.format, &object.enum_values) {
            (_, Some(words)) => {
                let words: Vec<&str> = words.iter().filter_map(|word| word.as_str()).collect();
                word(words.join(", "))
            }
            (Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)), _) => word("time"),
            (Some(SchemaFormat::KnownFormat(KnownFormat::Date)), _) => word("date"),
            (Some(SchemaFormat::Custom(format)), _) => word(format),
            _ => word("text"),
        },
        Type::Object if object.properties.is_empty() => word("object"),
        Type::Object => {
            let mut pieces = word("object with ");
            for (index, (name, schema)) in object.properties.iter().enumerate() {
                let comma = if index > 0 { ", " } else { "" };
                pieces.extend(word(format!("{comma}{name}: ")));
                pieces.extend(kind(schema).pieces);
            }
            pieces
        }
        _ => word("list"),
    };
    Kind { pieces, bounds: bounds(object), meaning }
}

/// The bounds of a text or number.
fn bounds(object: &Object) -> String {
    /// Longer patterns say less to a reader than the meaning does.
    const LONGEST_PATTERN: usize = 48;
    let number = |bound: &utoipa::Number| match bound {
        utoipa::Number::Int(bound) => group(&bound.to_string()),
        utoipa::Number::UInt(bound) => group(&bound.to_string()),
        utoipa::Number::Float(_) => String::new(),
    };
    let mut bounds = Vec::new();
    match (&object.minimum, &object.maximum) {
        (Some(least), Some(most)) => bounds.push(format!("{} to {}", number(least), number(most))),
        (Some(least), None) => bounds.push(format!("at least {}", number(least))),
        _ => {}
    }
    match (object.min_length, object.max_length) {
        (Some(least), Some(most)) => bounds.push(format!("{least} to {most} characters")),
        (None, Some(most)) => bounds.push(format!("at most {most} characters")),
        _ => {}
    }
    if let Some(pattern) = object.pattern.as_ref().filter(|pattern| pattern.len() <= LONGEST_PATTERN) {
        bounds.push(pattern.clone());
    }
    bounds.join("; ")
}

/// A named schema as a table.
pub(super) fn table(name: &str, schema: &RefOr<Schema>) -> Table {
    let mut described = kind(schema);
    let mut rows = Vec::new();
    let mut words = Vec::new();
    let objects: Vec<&Object> = match schema {
        RefOr::T(Schema::Object(object)) => vec![object],
        RefOr::T(Schema::AllOf(all)) => all
            .items
            .iter()
            .filter_map(|item| match item {
                RefOr::T(Schema::Object(object)) => Some(object),
                _ => None,
            })
            .collect(),
        _ => vec![],
    };
    for object in objects {
        rows.extend(object.properties.iter().map(|(field, schema)| {
            let kind = kind(schema);
            let is_required = object.required.contains(field);
            Row { name: field.clone(), is_required, meaning: runs(&kind.meaning), kind }
        }));
        words.extend(object.enum_values.iter().flatten().filter_map(|word| word.as_str().map(str::to_owned)));
        if described.meaning.is_empty() {
            described.meaning = object.description.clone().unwrap_or_default();
        }
    }
    if !rows.is_empty() || !words.is_empty() {
        described.pieces.clear();
    }
    Table { name: name.to_owned(), meaning: runs(&described.meaning), rows, words, kind: described }
}

/// The objects that some schemas lead to, without vocabularies.
pub(super) fn tables_of<'a>(
    document: &OpenApi,
    schemas: impl Iterator<Item = &'a RefOr<Schema>>,
) -> Vec<Table> {
    let mut names: Vec<String> = Vec::new();
    let mut wanted: Vec<String> = schemas.flat_map(|schema| names_in(&kind(schema))).collect();
    let components = document.components.as_ref();
    let mut tables = Vec::new();
    while let Some(name) = wanted.pop() {
        let schema = components.and_then(|components| components.schemas.get(&name));
        let Some(schema) = schema.filter(|_| !names.contains(&name)) else { continue };
        let found = table(&name, schema);
        names.push(name);
        if !found.rows.is_empty() {
            wanted.extend(found.rows.iter().flat_map(|row| names_in(&row.kind)));
            tables.push(found);
        }
    }
    tables
}

fn names_in(kind: &Kind) -> Vec<String> {
    kind.pieces.iter().filter(|piece| piece.is_schema).map(|piece| piece.text.clone()).collect()
}
