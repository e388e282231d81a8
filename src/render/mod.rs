//! Renderings of a disclosure: each takes the document and nothing else, and gives bytes.

pub mod chart;
pub mod csv;
pub mod files;
pub mod html;
pub mod json;
pub mod method_page;
pub mod number;
pub mod pdf;
