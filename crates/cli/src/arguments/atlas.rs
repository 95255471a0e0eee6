//! The command line of the atlas.

use clap::{Args, Subcommand, ValueEnum};
use stackwright::claims::Verdict;

#[derive(Debug, Subcommand)]
pub enum Atlas {
    /// Print a matrix; all are listed if none is named
    Matrix(MatrixArguments),
    /// Judge what documents claim: supported, contradicted or undetermined, and why
    Claims(Claims),
}

#[derive(Debug, Args)]
pub struct MatrixArguments {
    /// The matrix, such as `performance`.
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// Only these rows, in this order; can be repeated, or divided by commas.
    #[arg(long, value_name = "ROW", value_delimiter = ',')]
    pub row: Vec<String>,
    /// Only these columns, in this order; can be repeated, or divided by commas.
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub column: Vec<String>,
    /// Rows in the order of this column, least first.
    #[arg(long, value_name = "COLUMN")]
    pub sort: Option<String>,
    /// Greatest first.
    #[arg(long, requires = "sort")]
    pub descending: bool,
    /// Columns as rows.
    #[arg(long)]
    pub transpose: bool,
}

#[derive(Debug, Args)]
pub struct Claims {
    /// Say why of these claims; all claims are listed if none is given.
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,
    /// Show only claims with this verdict.
    #[arg(long, value_enum)]
    pub verdict: Option<VerdictName>,
}

/// What becomes of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum VerdictName {
    /// It holds.
    Supported,
    /// It does not hold.
    Contradicted,
    /// What is known does not decide it.
    Undetermined,
}

impl VerdictName {
    /// The verdict of that name.
    pub fn verdict(self) -> Verdict {
        match self {
            Self::Supported => Verdict::Supported,
            Self::Contradicted => Verdict::Contradicted,
            Self::Undetermined => Verdict::Undetermined,
        }
    }
}
