//! What is checked without a processor; `tests/formats` has Arelle read the files.

use super::*;
