//! Documents in, answers out.

mod labels;
