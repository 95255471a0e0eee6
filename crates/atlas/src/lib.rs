//! The comparison of isolation concepts as checked, bilingual data: matrices, relations, alignment to authorities, exports.

pub mod align;
pub mod decide;
