//! Reference semantics, generators and repository checks: never shipped
