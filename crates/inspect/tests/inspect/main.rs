//! Documents in, answers out.

mod cases;
mod corpus;
mod hostile;
mod labels;
