//! A bundle's README: what it is and how to run it.

use std::fmt::Write as _;

use stackwright_spec::bundle::{BundleFile, LOCK_FILE, LockedWorkload};

use crate::Emission;

pub(crate) fn readme(emission: &Emission<'_>, workload: &LockedWorkload) -> BundleFile {
    let plan = emission.plan;
    let mut text = format!(
        "# {}\n\nThe stack `{}`, grades {}.\n\n",
        emission.requirement.name, plan.display, plan.grade_display
    );
    text.push_str("| layer | realization |\n| --- | --- |\n");
    for realization in &plan.realizations {
        let _ = writeln!(
            text,
            "| {} | {}: {} |",
            realization.word, realization.id, realization.summary
        );
    }
    let _ = write!(
        text,
        "\nThe workload is the {} `{}`, packaged as an OCI image layout in `image/`.\n\n## Run\n\n```\nstackwright run ./\n```\n\n",
        workload.kind.replace('-', " "),
        workload.digest
    );
    if !plan.risks.is_empty() {
        text.push_str("## Risks\n\n");
        for risk in &plan.risks {
            let _ = writeln!(text, "- {risk}");
        }
        text.push('\n');
    }
    let _ = writeln!(
        text,
        "`plan.json` holds the plan with its reasons, `{LOCK_FILE}` every file's digest and what made it."
    );
    BundleFile {
        path: "README.md".to_owned(),
        content: text.into_bytes(),
    }
}
