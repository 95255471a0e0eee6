//! The stackwright library
