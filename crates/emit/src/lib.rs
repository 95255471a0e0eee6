//! Plans to documents: pure
