//! Bundles for clusters, to be played on this host.

use std::fs;
use std::path::Path;

use serde_json::Value;
use stackwright_spec::bundle::Lock;
use stackwright_spec::launch::ClusterLaunch;
use stackwright_text::yaml::parse;
use stackwright_text::{Diagnostic, Source, decode};

use crate::bundle::{self, BundleError};
use crate::launch::LaunchError;
use crate::verify::parts;

/// Folders of a bundle that hold documents of their own; others hold parts of them, tests, or templates.
const FOLDERS: [&str; 3] = ["base/", "cluster/", "policy/"];
/// The layout of a workload that was packaged with its bundle.
const IMAGE: &str = "image";

/// Whether the folder holds a bundle for a cluster. What is wrong with it is for [`from_bundle`] to say.
pub fn is_for_cluster(folder: &Path) -> bool {
    bundle::lock(folder).is_ok_and(|lock| lock.cluster.is_some())
}

/// The launch of a bundle for a cluster, with every file checked against its lock. Images are taken from the bundle's own
/// layout, if it has one, and from the store, if that is given.
///
/// # Errors
///
/// The bundle is not intact, or a document is none.
pub fn from_bundle(folder: &Path, store: Option<&Path>) -> Result<(Lock, ClusterLaunch), LaunchError> {
    let lock = bundle::read(folder)?;
    let mut launch = ClusterLaunch {
        word: lock.normal_form.clone(),
        name: lock.name.clone(),
        ..ClusterLaunch::default()
    };
    for file in &lock.files {
        let path = bundle::inside(folder, &file.path).unwrap_or_else(|| folder.join(&file.path));
        if file.path.ends_with(".json") {
            let name = file.path.rsplit('/').next().unwrap_or_default();
            launch.profiles.push((name.to_owned(), path));
        } else if file.path.ends_with(".yaml") && FOLDERS.iter().any(|folder| file.path.starts_with(folder)) {
            let text = fs::read_to_string(&path).map_err(|source| BundleError::Io {
                what: "read",
                path,
                source,
            })?;
            for document in documents(&file.path, &text)? {
                launch.documents.push((file.path.clone(), document));
            }
        }
    }
    let filters = lock
        .cluster
        .as_ref()
        .and_then(|cluster| cluster.guard.get("filters")?.as_array());
    let fields = filters
        .into_iter()
        .flatten()
        .filter_map(|filter| filter.get("field")?.as_str());
    launch.filters = fields.map(str::to_owned).collect();
    let own = folder.join(IMAGE);
    let layouts = [Some(own.as_path()), store].into_iter().flatten();
    launch.layouts = layouts.filter(|layout| layout.is_dir()).map(Path::to_owned).collect();
    Ok((lock, launch))
}

fn documents(file: &str, text: &str) -> Result<Vec<Value>, Diagnostic> {
    let mut documents = Vec::new();
    for (line, part) in parts(text) {
        let source = Source::new(file, format!("{}{part}", "\n".repeat(line)));
        let read = parse(&source).and_then(|node| decode::decode::<Value>(&source, &node));
        match read {
            Ok(document) => documents.push(document),
            Err(error) if error.code() == "yaml::empty" => {}
            Err(error) => return Err(error),
        }
    }
    Ok(documents)
}
