//! The JSON Schema of specifications, from the same table of fields as the parser.

/// The schema, draft 2020-12, for editors.
pub fn schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(crate::raw::Specification);
    schema.insert("title".to_owned(), "A specification of clone-shim".into());
    schema.to_value()
}
