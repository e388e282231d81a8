//! Renderings of a disclosure: each takes the document and nothing else, and gives bytes.

pub mod csv;
pub mod html;
pub mod json;
pub mod number;
