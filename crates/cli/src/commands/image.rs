//! `image`: images fetched, sent, imported, unpacked, listed and removed.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use stackwright::Diagnostic;
use stackwright::image::registry::{self, Reference, Settings};
use stackwright::image::{self, Descriptor, Execution, ImageError, ImageRoot, Platform, Policy, Roots, Store};
use stackwright::quantity::{Dimension, Quantity};

use stackwright_locale::{Locale, say};

use crate::chosen::Chosen;
use crate::failure::{BAD_INPUT, Failure, MACHINE, NO, with_help};
use crate::output::Output;

/// Most bytes of an archive that a run reads.
const ARCHIVE_MAX: u64 = 16 << 30;

#[derive(Debug, Subcommand)]
pub enum Image {
    /// Fetch an image from a registry into the store
    Pull(Pull),
    /// Send an image to a registry
    Push(Push),
    /// Read an image layout, its archive, or an archive of `docker save` into the store
    Import(Import),
    /// Make an image's root file system in a new folder
    Unpack(Unpack),
    /// Show what the store or a layout holds
    List(Place),
    /// Take a name away; `gc` then frees what only it named
    Remove(Remove),
    /// Free what no name reaches, and what interrupted commands left behind
    Gc(Place),
}

/// Where images are kept.
#[derive(Debug, Default, Args)]
pub struct Place {
    /// The store; by default `stackwright/images` in the folder for users' data.
    #[arg(long, value_name = "FOLDER")]
    pub store: Option<PathBuf>,
}

/// How a registry is spoken to.
#[derive(Debug, Args)]
pub struct Connection {
    /// Speak plain HTTP, which hides nothing, to a registry that is not on this machine.
    #[arg(long)]
    pub plain_http: bool,
    /// How long one transfer may take.
    #[arg(long, value_name = "TIME", default_value = "30min")]
    pub timeout: String,
}

#[derive(Debug, Args)]
pub struct Pull {
    /// The image: `HOST[:PORT]/NAME[:TAG][@DIGEST]`.
    #[arg(value_name = "REFERENCE")]
    pub reference: String,
    /// Fetch the image for this platform; by default this machine's.
    #[arg(long, value_name = "OS/ARCHITECTURE", conflicts_with = "all")]
    pub platform: Option<String>,
    /// Fetch the images for all platforms.
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub connection: Connection,
    #[command(flatten)]
    pub place: Place,
}

#[derive(Debug, Args)]
pub struct Push {
    /// A name in the store, or `./LAYOUT[:NAME]`.
    #[arg(value_name = "IMAGE")]
    pub image: String,
    /// Where to: `HOST[:PORT]/NAME[:TAG]`; without it the image's own name.
    #[arg(value_name = "REFERENCE")]
    pub reference: Option<String>,
    #[command(flatten)]
    pub connection: Connection,
    #[command(flatten)]
    pub place: Place,
}

#[derive(Debug, Args)]
pub struct Import {
    /// A folder or an archive.
    #[arg(value_name = "PATH")]
    pub path: PathBuf,
    /// Name it so; without it the names that it brings are kept.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Take the image for this platform from a layout; by default this machine's.
    #[arg(long, value_name = "OS/ARCHITECTURE")]
    pub platform: Option<String>,
    /// Read no more than this.
    #[arg(long, value_name = "SIZE", default_value = "16GiB")]
    pub limit: String,
    #[command(flatten)]
    pub place: Place,
}

#[derive(Debug, Args)]
pub struct Unpack {
    /// A name in the store, or `./LAYOUT[:NAME]`.
    #[arg(value_name = "IMAGE")]
    pub image: String,
    /// The folder to make.
    #[arg(value_name = "FOLDER")]
    pub target: PathBuf,
    /// Take the image for this platform; by default this machine's.
    #[arg(long, value_name = "OS/ARCHITECTURE")]
    pub platform: Option<String>,
    /// Allow what is not allowed by itself; can be repeated.
    #[arg(long, value_enum)]
    pub allow: Vec<Allow>,
    /// Refuse images that are longer than this, uncompressed.
    #[arg(long, value_name = "SIZE", default_value = "16GiB")]
    pub limit: String,
    #[command(flatten)]
    pub place: Place,
}

/// What an image may be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Allow {
    /// Device files.
    Devices,
    /// Set-user-id, set-group-id and file capabilities.
    Privileges,
}

#[derive(Debug, Args)]
pub struct Remove {
    /// The name.
    #[arg(value_name = "NAME")]
    pub name: String,
    #[command(flatten)]
    pub place: Place,
}

/// Carries out `image`.
pub fn run(command: &Image, _chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    match command {
        Image::Pull(arguments) => {
            let store = store(&arguments.place)?;
            let reference = Reference::parse(&arguments.reference)?;
            let platform = platform(arguments.platform.as_deref())?;
            let platform = (!arguments.all).then_some(&platform);
            let pulled = registry::pull(&store, &reference, platform, &settings(&arguments.connection)?)?;
            show(&[pulled], "pulled", output);
            Ok(0)
        }
        Image::Push(arguments) => {
            let (store, entry) = find(&arguments.image, &arguments.place)?;
            let name = arguments.reference.as_deref().or(entry.name()).unwrap_or_default();
            let reference = Reference::parse(name)?;
            registry::push(&store, &entry, &reference, &settings(&arguments.connection)?)?;
            show(&[entry], "pushed", output);
            Ok(0)
        }
        Image::Import(arguments) => import(arguments, output),
        Image::Unpack(arguments) => unpack(arguments, output),
        Image::List(place) => list(place, output),
        Image::Remove(arguments) => {
            let removed = store(&arguments.place)?.forget(&arguments.name)?;
            show(&[removed], "removed", output);
            Ok(0)
        }
        Image::Gc(place) => {
            let collected = store(place)?.collect()?;
            let roots = Roots::create(&roots_folder(output.locale())?)?.collect()?;
            if output.is_json() {
                output.json(&json!({ "schema": "stackwright/image-gc/v1", "collected": collected, "roots": roots }));
            } else {
                let image::Collected { removed, bytes, kept } = collected;
                output.line(format!("{removed} blobs of {bytes} bytes removed, {kept} kept"));
                output.line(say!(output.locale(), "image-roots-removed", count = roots.to_string()));
            }
            Ok(0)
        }
    }
}

fn import(arguments: &Import, output: &mut Output) -> Result<u8, Failure> {
    let store = store(&arguments.place)?;
    let name = arguments.name.as_deref();
    let entries = if arguments.path.is_dir() {
        let from = Store::open(&arguments.path)?;
        let platform = platform(arguments.platform.as_deref())?;
        let mut entries = Vec::new();
        for entry in from.index()?.manifests {
            let image = from.image(&entry, &platform)?;
            let own = entry.name().map(str::to_owned).or_else(|| stem(&arguments.path));
            let name = name.map(str::to_owned).or(own).unwrap_or_default();
            entries.push(image::copy(&from, &image, &store, &name)?);
        }
        entries
    } else {
        image::import(&store, &arguments.path, name, size(&arguments.limit)?)?
    };
    show(&entries, "imported", output);
    Ok(0)
}

fn unpack(arguments: &Unpack, output: &mut Output) -> Result<u8, Failure> {
    let (store, entry) = find(&arguments.image, &arguments.place)?;
    let image = store.image(&entry, &platform(arguments.platform.as_deref())?)?;
    let policy = Policy {
        devices: arguments.allow.contains(&Allow::Devices),
        privileges: arguments.allow.contains(&Allow::Privileges),
        bytes: size(&arguments.limit)?,
        ..Policy::default()
    };
    let unpacked = image::unpack(&store, &image, &arguments.target, &policy)?;
    if output.is_json() {
        output.json(&json!({
            "schema": "stackwright/image-unpack/v1",
            "digest": image.descriptor.digest,
            "target": arguments.target,
            "unpacked": unpacked,
        }));
        return Ok(0);
    }
    output.line(format!(
        "{} layers, {} entries, {} bytes unpacked to {}",
        unpacked.layers,
        unpacked.entries,
        unpacked.bytes,
        arguments.target.display()
    ));
    if !unpacked.owners {
        output.note("all files belong to you: only a privileged user can give them to others");
    }
    if unpacked.privileges_left_out > 0 {
        let left = unpacked.privileges_left_out;
        output.note(&format!(
            "privileges of {left} files were left out; `--allow privileges` keeps them"
        ));
    }
    for (name, count) in &unpacked.attributes_left_out {
        output.note(&format!("the attribute {name} of {count} files was left out"));
    }
    Ok(0)
}

fn list(place: &Place, output: &mut Output) -> Result<u8, Failure> {
    let entries = match store(place)?.index() {
        Ok(index) => index.manifests,
        Err(error) => return Err(error.into()),
    };
    show(&entries, "", output);
    Ok(0)
}

fn show(entries: &[Descriptor], done: &str, output: &mut Output) {
    if output.is_json() {
        let entry = |e: &Descriptor| {
            json!({
                "name": e.name(),
                "digest": e.digest,
                "media_type": e.media_type,
                "platform": e.platform.as_ref().map(ToString::to_string),
            })
        };
        let images: Vec<_> = entries.iter().map(entry).collect();
        output.json(&json!({ "schema": "stackwright/image/v1", "images": images }));
        return;
    }
    for entry in entries {
        let platform = entry
            .platform
            .as_ref()
            .map_or_else(|| "-".to_owned(), ToString::to_string);
        let name = entry.name().unwrap_or("-");
        let line = format!("{done} {name}  {}  {platform}", entry.digest);
        output.line(line.trim_start());
    }
}

/// The store of the command line, or the user's own.
fn store(place: &Place) -> Result<Store, Failure> {
    let folder = match &place.store {
        Some(folder) => folder.clone(),
        None => default_store()?,
    };
    Ok(Store::create(&folder)?)
}

/// Where images are kept, if anywhere.
pub fn store_folder(place: &Place) -> Option<PathBuf> {
    place.store.clone().or_else(|| default_store().ok())
}

fn default_store() -> Result<PathBuf, Failure> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
    let data = absolute("XDG_DATA_HOME").or_else(|| Some(absolute("HOME")?.join(".local/share")));
    data.map(|data| data.join("stackwright/images")).ok_or_else(|| {
        let message = "there is no folder for images: neither XDG_DATA_HOME nor HOME is set";
        Diagnostic::new("image::store", message)
            .with_help("name one with `--store`")
            .into()
    })
}

/// An image by its name in the store, or as `PATH[:NAME]`, where the path begins with a dot or a slash.
fn find(text: &str, place: &Place) -> Result<(Store, Descriptor), Failure> {
    if !text.starts_with(['.', '/']) {
        let store = store(place)?;
        let entry = store.named(Some(text))?;
        return Ok((store, entry));
    }
    let (path, name) = match text.split_once(':') {
        Some((path, name)) => (path, Some(name)),
        None => (text, None),
    };
    let store = Store::open(Path::new(path))?;
    let entry = store.named(name)?;
    Ok((store, entry))
}

/// The unpacked files of an image and what it says of its start. Archives are read each time, as their digests are not known
/// before.
pub fn root(text: &str, place: &Place, locale: &Locale) -> Result<(ImageRoot, Execution), Failure> {
    let roots = roots_folder(locale)?;
    let kept = Roots::create(&roots)?;
    let of = |store: &Store, entry: &Descriptor| {
        let image = store.image(entry, &Platform::here())?;
        let root = kept.of(store, &image)?;
        Ok((root, image.config.map(|config| config.config).unwrap_or_default()))
    };
    let path = Path::new(text);
    if !text.starts_with(['.', '/']) || !path.is_file() {
        let (store, entry) = find(text, place)?;
        return of(&store, &entry);
    }
    let imported = roots.join(format!("import-{}", std::process::id()));
    let read = || {
        let store = Store::create(&imported)?;
        image::import(&store, path, None, ARCHIVE_MAX)?;
        of(&store, &store.named(None)?)
    };
    let read = read();
    let _ = std::fs::remove_dir_all(&imported);
    read
}

/// Where unpacked images are: beside the runs if those have a folder of their own. Root's are where other users, whom its
/// workloads are, can be let in.
fn roots_folder(locale: &Locale) -> Result<PathBuf, Failure> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
    if let Some(state) = absolute("STACKWRIGHT_STATE") {
        return Ok(state.join("roots"));
    }
    if is_root() {
        return Ok(PathBuf::from("/var/lib/stackwright/roots"));
    }
    let cache = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")));
    cache.map(|cache| cache.join("stackwright/roots")).ok_or_else(|| {
        Diagnostic::new("image::store", say!(locale, "image-no-roots"))
            .with_help(say!(locale, "image-no-roots-help"))
            .into()
    })
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

fn stem(path: &Path) -> Option<String> {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned())
}

fn platform(text: Option<&str>) -> Result<Platform, Failure> {
    let Some(text) = text else {
        return Ok(Platform::here());
    };
    Platform::parse(text).ok_or_else(|| {
        let message = format!("`{text}` is no platform");
        let help = "write OS/ARCHITECTURE, such as linux/arm64";
        Diagnostic::new("image::platform", message).with_help(help).into()
    })
}

fn settings(connection: &Connection) -> Result<Settings, Failure> {
    let timeout = Quantity::parse(&connection.timeout, Dimension::Time)?;
    // A time in milliseconds of any length that anyone waits for; the cast saturates.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let timeout = Duration::from_millis(timeout.value as u64);
    Ok(Settings {
        plain_http: connection.plain_http,
        timeout,
        ..Settings::default()
    })
}

fn size(text: &str) -> Result<u64, Failure> {
    let quantity = Quantity::parse(text, Dimension::Bytes)?;
    // The cast saturates, and a quantity is neither negative nor NaN.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let bytes = quantity.value as u64;
    Ok(bytes)
}

impl From<ImageError> for Failure {
    fn from(error: ImageError) -> Self {
        let code = match error {
            ImageError::Refused { .. } | ImageError::Limit { .. } | ImageError::Digest { .. } => NO,
            ImageError::Registry { .. } | ImageError::InUse { .. } => MACHINE,
            _ => BAD_INPUT,
        };
        let diagnostic = Diagnostic::new(error.code(), error.to_string());
        Self::new(with_help(diagnostic, error.help().map(str::to_owned)), code)
    }
}
