//! The command line of the atlas.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use stackwright::claims::Verdict;
use stackwright::model::RelationKind;

use super::{Align, Decide};

#[derive(Debug, Subcommand)]
pub enum Atlas {
    /// Print a matrix; all are listed if none is named
    Matrix(MatrixArguments),
    /// Print a concept: definitions, key attributes, uses, technologies, authorities; all are listed if none is named
    Concept(NameArguments),
    /// Print a field of use with what is recommended there, and whether the planner agrees; all are listed if none is named
    Domain(NameArguments),
    /// Print a practice that is recommended, and whether the planner agrees; all are listed if none is named
    Practice(NameArguments),
    /// Print a case of the documents with the versions that it pins; all are listed if none is named
    Case(NameArguments),
    /// Print how concepts relate, as one typed graph
    Relations {
        /// Only relations of this kind; can be repeated.
        #[arg(long, value_enum)]
        kind: Vec<RelationName>,
    },
    /// Find a shortest way between two concepts or things
    Path {
        /// Where it begins.
        #[arg(value_name = "A")]
        from: String,
        /// Where it ends.
        #[arg(value_name = "B")]
        to: String,
        /// Only over relations of this kind; can be repeated.
        #[arg(long, value_enum)]
        kind: Vec<RelationName>,
    },
    /// Say what a concept and its technologies need
    Needs {
        /// The concept or thing.
        name: String,
    },
    /// Say what can run inside of a concept, by the documents and by the algebra
    Inside {
        /// The concept.
        name: String,
    },
    /// Set the documents' layers beside the algebra: where do they disagree?
    Layers,
    /// Draw a map: of the concepts, or of their selection
    Mindmap {
        /// Which.
        #[arg(value_enum, default_value_t = MapName::Concepts)]
        map: MapName,
    },
    /// Write everything into a folder, in every language and format, whole or not at all
    Export {
        /// The folder.
        #[arg(long, short, value_name = "FOLDER")]
        output: PathBuf,
    },
    /// Judge what documents claim: supported, contradicted or undetermined, and why
    Claims(Claims),
    /// Compare what documents say of authorities with what these say
    Align(Align),
    /// Be asked what is needed, be led to concepts, and get a plan
    Decide(Decide),
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

#[derive(Debug, Args)]
pub struct NameArguments {
    /// The name, for programs or for people.
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
}

/// A kind of relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RelationName {
    /// The first directly encloses the second.
    Contains,
    /// The first can run on the second.
    RunsOn,
    /// Both are used together.
    ComposesWith,
    /// The first needs the second.
    DependsOn,
    /// The second came after the first.
    EvolvesInto,
}

impl RelationName {
    /// The kind of that name.
    pub fn kind(self) -> RelationKind {
        match self {
            Self::Contains => RelationKind::Contains,
            Self::RunsOn => RelationKind::RunsOn,
            Self::ComposesWith => RelationKind::ComposesWith,
            Self::DependsOn => RelationKind::DependsOn,
            Self::EvolvesInto => RelationKind::EvolvesInto,
        }
    }
}

/// A map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MapName {
    /// What each concept is, how it is, what it stands on, where it is used, what it is made with.
    Concepts,
    /// Which concept to choose.
    Selection,
}

#[derive(Debug, Args)]
pub struct Compare {
    /// Concepts, technologies or stacks, at least two: `virtualization`, `gvisor`, `I∘C∘S`.
    #[arg(value_name = "SUBJECT", required = true, num_args = 2..)]
    pub subjects: Vec<String>,
    /// Only these dimensions: a name, a column such as `memory`, or a matrix such as `security`; can be repeated, or divided by commas.
    #[arg(long = "by", value_name = "DIMENSION", value_delimiter = ',')]
    pub by: Vec<String>,
}
