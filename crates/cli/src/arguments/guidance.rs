//! The arguments of `atlas align` and `atlas decide`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub struct Align {
    /// A concept, such as `sandboxing`: say of each of its references what differs, and from where that is known; without
    /// it, every reference on one line.
    pub concept: Option<String>,
    /// Look up what the authorities say now, over the network, through the proxies that the environment names.
    #[arg(long)]
    pub live: bool,
    /// How long to wait for each address.
    #[arg(long, value_name = "TIME", default_value = "10s", requires = "live")]
    pub time_limit: String,
}

#[derive(Debug, Args)]
pub struct Decide {
    /// Take answers from this file, `QUESTION: ANSWER` or `QUESTION: [ANSWER, …]` in YAML.
    #[arg(long, value_name = "FILE")]
    pub answers: Option<PathBuf>,
    /// Answer a question, `QUESTION=ANSWER` or `QUESTION=ANSWER,ANSWER`; comes before the file.
    #[arg(long, value_name = "ANSWER")]
    pub answer: Vec<String>,
    /// List the questions and their answers.
    #[arg(long)]
    pub list: bool,
    /// Write the requirement that the answers come to into this file.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}
