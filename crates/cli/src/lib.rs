//! The stackwright command
