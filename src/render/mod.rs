//! Renderings of a disclosure: each takes the document and nothing else, and gives bytes.

pub mod chart;
pub mod csv;
pub mod difference;
pub mod files;
pub mod html;
pub mod json;
pub mod method_page;
pub mod number;
pub mod pack;
pub mod pdf;
pub mod xbrl;
pub mod xlsx;
