//! Bundles for clusters on this host: podman plays their pod.
//!
//! This is no [`Driver`](super::Driver): a driver puts one layer around a task that this program is innermost of, and podman
//! puts all of a pod's layers around programs of an image that knows nothing of this one. So nothing inside reports here.
//! Podman makes each container whole, with its filter loaded where the runtime does that early, but does not start its
//! command; its processes are looked at from outside; and only then are the commands started.

mod data;
mod document;
mod images;
mod judge;
mod podman;
mod report;
mod watch;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::Value;
use stackwright_spec::launch::ClusterLaunch;
use stackwright_spec::report::{Finding, LayerReport, RunReport, Severity};

use super::place::{Place, write_for};
use crate::cgroup;
use crate::doctor;
use crate::error::DriveError;
use crate::io::Io;
use crate::prepare::check_arguments;
use crate::stack::exec::Inside;
use crate::stack::oci::find;
use crate::stack::run::LOG;
use crate::supervise::{Bounds, Ours};
use crate::sys::clock::monotonic_ns;
use crate::sys::process::effective_ids;
use data::{Gives, RuntimeData, data};
use document::{Container, Filter, Part, Played, is_inside, played};
use images::{Image, image};
use judge::{Judge, Looked, lacking};
use podman::{Podman, filled};
use watch::{Running, Watcher};

/// How long a filter that is loaded late is waited for.
const LATE: Duration = Duration::from_secs(1);

/// Plays the pod of a bundle and sees it through. `begun` is told the run's name when the workload is started.
pub(crate) fn run(launch: &ClusterLaunch, io: &Io, begun: &mut dyn FnMut(&str)) -> Result<RunReport, DriveError> {
    check_arguments(&launch.args, &launch.env)?;
    let bounds = Bounds {
        time_ms: launch.limits.time_ms,
        output_bytes: launch.limits.output_bytes,
    };
    let mut place =
        Place::new(&launch.word, &launch.name, launch.keep).map_err(DriveError::host("make the run's folder"))?;
    let log = launch.keep.then(|| place.path(LOG));
    let watcher = Watcher::new(io, bounds, log.as_deref())?;
    let name = place.record.id.clone();
    let mut played = played(launch, &name, &place.path(""))?;
    let (runtime, program) = chosen(launch, &mut played)?;
    for (index, symbol) in launch.word.iter().enumerate() {
        if let (Some(lacking), false) = (lacking(launch, runtime, index), launch.degraded) {
            let remedy = "deploy the bundle to a cluster, or run the part of the stack that this host can give";
            return Err(unavailable(symbol, &data().program, lacking, Some(remedy.to_owned())));
        }
    }
    if runtime.kernel && played.containers.len() > 1 {
        played.findings.push(Finding {
            severity: Severity::Warning,
            r#where: name.clone(),
            what: format!(
                "each container has a kernel of {} of its own here, and no network with the others",
                runtime.program
            ),
        });
    }
    let gives = |wanted: Gives| launch.word.iter().any(|symbol| data().gives(symbol) == Some(wanted));
    let mut podman = Podman::new(runtime, &program, gives(Gives::Filter)).ok_or_else(|| {
        unavailable(
            carrier(launch),
            &data().program,
            "not on PATH".to_owned(),
            doctor::installation(&data().program),
        )
    })?;
    podman
        .settle(place.path("containers.conf"))
        .map_err(DriveError::host("write podman's settings"))?;
    let start_ns = monotonic_ns();
    let mut images = Vec::new();
    let layouts = place
        .folder("images")
        .map_err(DriveError::host("make the run's folder"))?;
    for container in &played.containers {
        images.push(image(&podman, &container.image, &launch.layouts, &layouts)?);
    }
    let profiles = write(&mut played, runtime, &images, launch, &place).map_err(DriveError::host("write the pod"))?;
    let remove = filled(&data().calls.remove, &[("pod", &name)]);
    place.record.containers.push(podman.recorded(&remove));
    place
        .write_record()
        .map_err(DriveError::host("write the run's record"))?;
    // From here on there may be a pod, whatever becomes of this.
    let pod = Pod {
        podman: &podman,
        remove,
        groups: Vec::new(),
    };
    let run = Playing {
        launch,
        podman: &podman,
        judge: Judge {
            launch,
            runtime,
            program: &program,
        },
        played: &played,
        images: &images,
        profiles: &profiles,
        name: &name,
        start_ns,
    };
    run.play(pod, &mut place, watcher, begun)
}

/// Symbol of the operator that podman's containers stand for.
fn carrier(launch: &ClusterLaunch) -> &str {
    let is_it = |symbol: &&String| matches!(data().gives(symbol), Some(Gives::Container | Gives::Kernel));
    launch.word.iter().find(is_it).map_or("?", String::as_str)
}

fn unavailable(operator: &str, capability: &str, detail: String, remedy: Option<String>) -> DriveError {
    DriveError::LayerUnavailable {
        operator: operator.to_owned(),
        capability: capability.to_owned(),
        detail,
        remedy,
    }
}

/// The runtime of the class that the pod names. Podman itself takes any class and starts what it starts anyway.
fn chosen(launch: &ClusterLaunch, played: &mut Played) -> Result<(&'static RuntimeData, PathBuf), DriveError> {
    let here = |handler: &str| {
        let of_it = data()
            .runtimes
            .iter()
            .filter(|runtime| runtime.handlers.iter().any(|h| h == handler));
        of_it
            .map(|runtime| (runtime, find(&runtime.program)))
            .collect::<Vec<_>>()
    };
    let handler = played.class.as_ref().map_or("", |(_, handler)| handler);
    let known = here(handler);
    if let Some((runtime, Some(program))) = known.iter().find(|(_, program)| program.is_some()) {
        return Ok((runtime, program.clone()));
    }
    let names: Vec<&str> = known.iter().map(|(runtime, _)| runtime.program.as_str()).collect();
    let none = data()
        .none
        .iter()
        .find(|none| !handler.is_empty() && handler.starts_with(&none.handler));
    let (why, remedy) = match (none, names.first()) {
        (Some(none), _) => (none.why.clone(), Some(none.remedy.clone())),
        (None, Some(first)) => (
            format!("{} is not on PATH", names.join(" or ")),
            doctor::installation(first),
        ),
        (None, None) => (
            "podman has no runtime for it that is known".to_owned(),
            Some("deploy the bundle to a cluster whose nodes have it".to_owned()),
        ),
    };
    let detail = match &played.class {
        Some((class, handler)) => format!("the pod is of the class {class} with the handler {handler}: {why}"),
        None => why,
    };
    // What stands outermost, and not on every host, is what the class is for.
    let outermost = launch
        .word
        .iter()
        .find(|symbol| data().gives(symbol) != Some(Gives::Image));
    let operator = outermost.map_or("?", String::as_str);
    let standard = here("")
        .into_iter()
        .find_map(|(runtime, program)| Some((runtime, program?)));
    match standard.filter(|_| launch.degraded) {
        Some(standard) => {
            played.findings.push(Finding {
                severity: Severity::Error,
                r#where: operator.to_owned(),
                what: format!("played by {}, as --degraded allows: {detail}", standard.0.program),
            });
            Ok(standard)
        }
        None => Err(unavailable(operator, &data().program, detail, remedy)),
    }
}

/// Writes the pod, its files and its profiles to the run's folder. Returns the profile of each container.
fn write(
    played: &mut Played,
    runtime: &RuntimeData,
    images: &[Image],
    launch: &ClusterLaunch,
    place: &Place,
) -> std::io::Result<Vec<Option<PathBuf>>> {
    let profiles = place.folder("profiles")?;
    let mut written = Vec::new();
    let mut annotations: Vec<(String, Value)> = Vec::new();
    for (key, value) in &runtime.annotations {
        annotations.push((key.clone(), value.clone().into()));
    }
    for container in &played.containers {
        let Some(bytes) = profile(container, launch) else {
            written.push(None);
            continue;
        };
        // Podman takes the name of a file, and no path.
        let file = format!("{}.json", container.name);
        fs::write(profiles.join(&file), bytes)?;
        let key = data().annotation.replace("{container}", &container.name);
        annotations.push((key, format!("localhost/{file}").into()));
        written.push(Some(profiles.join(file)));
    }
    for (file, content) in &played.files {
        // Read by the container's user.
        let path = place.path("").join(file);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, content)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444))?;
        let folders = path
            .ancestors()
            .skip(1)
            .take_while(|folder| *folder != place.path("").as_path());
        for folder in folders {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
        }
    }
    if let Some(map) = played
        .pod
        .pointer_mut("/metadata/annotations")
        .and_then(Value::as_object_mut)
    {
        map.extend(annotations);
    }
    let containers = played.pod.pointer_mut("/spec/containers").and_then(Value::as_array_mut);
    for (container, image) in containers.into_iter().flatten().zip(images) {
        container["image"] = image.id.clone().into();
    }
    // Its variables may hold secrets.
    write_for(
        &place.path(DOCUMENT),
        &serde_json::to_vec_pretty(&played.pod)?,
        effective_ids(),
    )?;
    Ok(written)
}

/// File that the played pod is in; every document in JSON is one in YAML.
const DOCUMENT: &str = "pod.yaml";

/// The profile that a container names: the bundle's, or else this host's.
fn profile(container: &Container, launch: &ClusterLaunch) -> Option<Vec<u8>> {
    let Filter::Profile(path) = &container.filter else {
        return None;
    };
    // Not every file of this host is a profile because a bundle says so.
    if !is_inside(path) {
        return None;
    }
    let name = Path::new(path).file_name()?.to_str()?;
    let own = launch
        .profiles
        .iter()
        .find(|(known, _)| known == name)
        .map(|(_, file)| file.clone());
    fs::read(own.unwrap_or_else(|| Path::new(&data().node_profiles).join(path))).ok()
}

/// What was made by podman goes when this goes.
struct Pod<'a> {
    podman: &'a Podman,
    remove: Vec<String>,
    /// Its control groups, of which podman leaves those that it does not know.
    groups: Vec<PathBuf>,
}

impl Drop for Pod<'_> {
    fn drop(&mut self) {
        let _ = self.podman.run(&self.remove);
        for group in &self.groups {
            let inner = fs::read_dir(group).into_iter().flatten().flatten();
            // Only empty ones can be removed.
            for group in inner.map(|entry| entry.path()).chain([group.clone()]) {
                let _ = fs::remove_dir(group);
            }
        }
    }
}

/// A pod that is played.
struct Playing<'a> {
    launch: &'a ClusterLaunch,
    podman: &'a Podman,
    judge: Judge<'a>,
    played: &'a Played,
    images: &'a [Image],
    profiles: &'a [Option<PathBuf>],
    name: &'a str,
    start_ns: u64,
}

impl Playing<'_> {
    fn play(
        self,
        mut pod: Pod<'_>,
        place: &mut Place,
        mut watcher: Watcher,
        begun: &mut dyn FnMut(&str),
    ) -> Result<RunReport, DriveError> {
        let ours = Ours::look();
        let names: Vec<String> = self
            .played
            .containers
            .iter()
            .map(|c| format!("{}-{}", self.name, c.name))
            .collect();
        self.make(place, &names)?;
        let mut looked = Vec::new();
        for (index, name) in names.iter().enumerate() {
            looked.push(self.look(index, name, &ours)?);
        }
        // A filter that is loaded late is all that may be missing yet.
        let late = self.judge.runtime.late;
        let mut before = self.judge.layers(&looked);
        before.retain(|layer| !late || data().gives(&layer.operator) != Some(Gives::Filter));
        self.must_hold(&before)?;
        if let Some(main) = looked.last() {
            pod.groups = main.groups_of_the_pod();
            place.record.groups = cgroup::directories(&main.groups);
            place.record.process = (main.pid > 0).then_some(main.pid);
        }
        let mut children = Vec::new();
        let mut end = report::Ended::default();
        for (name, at) in names.iter().zip(0..) {
            if watcher.interrupted() {
                break;
            }
            let Some(container) = self.played.containers.get(at) else {
                break;
            };
            let main = container.part == Part::Main;
            if main && self.launch.keep {
                let why = format!("podman started it, and `{} exec {name}` goes there", data().program);
                Inside::refuse(why, place).map_err(DriveError::host("write the run's record"))?;
            }
            if main {
                place
                    .write_record()
                    .map_err(DriveError::host("write the run's record"))?;
                end.started_ns = Some(monotonic_ns());
            }
            let mut child = watcher.start(self.podman, name)?;
            if let (true, Some(looked)) = (late, looked.get_mut(at)) {
                self.must_hold(&self.until_loaded(looked, &ours))?;
            }
            if main {
                begun(self.name);
            }
            let groups = looked
                .get(at)
                .map(|l| cgroup::directories(&l.groups))
                .unwrap_or_default();
            if container.part == Part::Beside {
                children.push(child);
                continue;
            }
            watcher.until_end(
                &mut child,
                &Running {
                    podman: self.podman,
                    name,
                    pid: looked.get(at).map_or(0, |looked| looked.pid),
                    kernel: self.judge.runtime.kernel,
                    groups: &groups,
                },
            )?;
            end.of(&self.podman.inspect(name).unwrap_or_default(), &container.name);
            if main || end.code != Some(0) {
                break;
            }
            (watcher.memory_peak, end.code) = (None, None);
        }
        end.gone_ns = monotonic_ns();
        let layers = self.judge.layers(&looked);
        drop(looked);
        drop(pod);
        let _ = fs::remove_file(place.path(DOCUMENT));
        drop(children);
        let seen = report::Seen {
            start_ns: self.start_ns,
            end,
            stopped: watcher.stopped,
            memory_peak: watcher.memory_peak,
        };
        let (stdout, stderr) = watcher.finish()?;
        let report = seen.report(layers, self.played.findings.clone(), stdout, stderr);
        place.record.exit_code = Some(report.exit_code);
        Ok(report)
    }

    /// Has podman make the containers, without starting their commands.
    fn make(&self, place: &Place, names: &[String]) -> Result<(), DriveError> {
        let failed = |why: String| {
            let what = format!("the pod could not be made: {why}");
            unavailable(carrier(self.launch), &data().program, what, None)
        };
        let (document, profiles) = (place.path(DOCUMENT), place.path("profiles"));
        let values = [
            ("document", &*document.to_string_lossy()),
            ("profiles", &*profiles.to_string_lossy()),
        ];
        self.podman.run(&filled(&data().calls.play, &values)).map_err(failed)?;
        for name in names {
            let init = filled(&data().calls.init, &[("container", name)]);
            self.podman.run(&init).map_err(failed)?;
        }
        Ok(())
    }

    fn look(&self, index: usize, name: &str, ours: &Ours) -> Result<Looked<'_>, DriveError> {
        let missing = || DriveError::Runner {
            what: format!("podman did not make the container {name}"),
        };
        let container = self.played.containers.get(index).ok_or_else(missing)?;
        let image = self.images.get(index).ok_or_else(missing)?;
        let profile = self.profiles.get(index).cloned().flatten();
        Looked::at(self.podman, name, container, image, profile, ours).map_err(|why| DriveError::Runner {
            what: format!("podman does not say what became of {name}: {why}"),
        })
    }

    /// Waits for filters that are loaded when commands begin.
    fn until_loaded(&self, looked: &mut Looked<'_>, ours: &Ours) -> Vec<LayerReport> {
        let since = Instant::now();
        loop {
            looked.again(ours);
            let layers = self.judge.layers(std::slice::from_ref(looked));
            if layers.iter().all(|layer| layer.in_force) || since.elapsed() > LATE {
                return layers;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn must_hold(&self, layers: &[LayerReport]) -> Result<(), DriveError> {
        match layers.iter().find(|layer| !layer.in_force) {
            Some(layer) if !self.launch.degraded => {
                let what = format!("it was not seen to be in force: {}", layer.how.join("; "));
                Err(unavailable(&layer.operator, &data().program, what, None))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
