//! The Score file as it is written.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScoreFile {
    #[serde(rename = "apiVersion")]
    pub(super) api_version: String,
    pub(super) metadata: MetadataFile,
    #[serde(default)]
    pub(super) service: Option<ServiceFile>,
    pub(super) containers: BTreeMap<String, ContainerFile>,
    #[serde(default)]
    pub(super) resources: BTreeMap<String, ResourceFile>,
}

/// Other keys are allowed and mean nothing here.
#[derive(Deserialize)]
pub(super) struct MetadataFile {
    pub(super) name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServiceFile {
    #[serde(default)]
    pub(super) ports: BTreeMap<String, PortFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PortFile {
    pub(super) port: i64,
    #[serde(default)]
    pub(super) protocol: Option<String>,
    #[serde(default, rename = "targetPort")]
    pub(super) target_port: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResourceFile {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) class: Option<String>,
    #[serde(default)]
    pub(super) id: Option<String>,
    #[serde(default, rename = "metadata")]
    _metadata: Option<IgnoredAny>,
    #[serde(default, rename = "params")]
    _params: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ContainerFile {
    pub(super) image: String,
    #[serde(default)]
    pub(super) command: Vec<String>,
    #[serde(default)]
    pub(super) args: Vec<String>,
    #[serde(default)]
    pub(super) variables: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) files: Mounts,
    #[serde(default)]
    pub(super) volumes: Mounts,
    #[serde(default)]
    pub(super) resources: LimitsFile,
    #[serde(default, rename = "livenessProbe")]
    pub(super) liveness: Option<ProbeFile>,
    #[serde(default, rename = "readinessProbe")]
    pub(super) readiness: Option<ProbeFile>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LimitsFile {
    pub(super) limits: ResourcesFile,
    pub(super) requests: ResourcesFile,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ResourcesFile {
    pub(super) cpu: Option<String>,
    pub(super) memory: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProbeFile {
    #[serde(default, rename = "httpGet")]
    pub(super) http_get: Option<HttpGetFile>,
    #[serde(default)]
    pub(super) exec: Option<ExecFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HttpGetFile {
    #[serde(default, rename = "host")]
    _host: Option<String>,
    #[serde(default)]
    pub(super) scheme: Option<String>,
    pub(super) path: String,
    pub(super) port: i64,
    #[serde(default, rename = "httpHeaders")]
    pub(super) headers: Vec<HeaderFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HeaderFile {
    pub(super) name: String,
    pub(super) value: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExecFile {
    pub(super) command: Vec<String>,
}

/// A file or a volume and where it is mounted.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct MountFile {
    pub(super) target: Option<String>,
    pub(super) source: Option<String>,
    pub(super) content: Option<String>,
    #[serde(rename = "binaryContent")]
    pub(super) binary: Option<String>,
    pub(super) mode: Option<String>,
    #[serde(rename = "noExpand")]
    pub(super) no_expand: Option<bool>,
    pub(super) path: Option<String>,
    #[serde(rename = "readOnly")]
    pub(super) read_only: Option<bool>,
    #[serde(skip)]
    pub(super) is_listed: bool,
}

/// Mounts, as a list with `target` or as a mapping by path.
#[derive(Default)]
pub(super) struct Mounts(Vec<(String, MountFile)>);

impl Mounts {
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &MountFile)> {
        self.0.iter().map(|(target, mount)| (target.as_str(), mount))
    }
}

impl<'de> Deserialize<'de> for Mounts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MountsVisitor;
        impl<'de> Visitor<'de> for MountsVisitor {
            type Value = Mounts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping of paths, or a list of items with `target`")
            }

            fn visit_unit<E: de::Error>(self) -> Result<Mounts, E> {
                Ok(Mounts::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Mounts, A::Error> {
                let mut list = Vec::new();
                while let Some(mut mount) = seq.next_element::<MountFile>()? {
                    mount.is_listed = true;
                    let target = mount.target.take().ok_or_else(|| de::Error::missing_field("target"))?;
                    list.push((target, mount));
                }
                Ok(Mounts(list))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Mounts, A::Error> {
                let mut list = Vec::new();
                while let Some((target, mount)) = map.next_entry::<String, MountFile>()? {
                    if mount.target.is_some() {
                        return Err(de::Error::custom(
                            "the path is the key already, `target` is one too many",
                        ));
                    }
                    list.push((target, mount));
                }
                Ok(Mounts(list))
            }
        }
        deserializer.deserialize_any(MountsVisitor)
    }
}
