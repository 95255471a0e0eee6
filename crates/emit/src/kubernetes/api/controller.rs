//! What keeps pods running, or runs them to their end.

use super::meta::{Metadata, Selector};
use super::pod::{IntOrText, Template};
use super::{fields, objects};

objects! {
    /// Interchangeable pods.
    Deployment in "apps/v1" {
        spec: DeploymentSpec,
    }
    /// Pods with names and volumes of their own.
    StatefulSet in "apps/v1" {
        spec: StatefulSetSpec,
    }
    /// A pod on each node.
    DaemonSet in "apps/v1" {
        spec: DaemonSetSpec,
    }
    /// Pods that end.
    Job in "batch/v1" {
        spec: JobSpec,
    }
    /// Jobs at set times.
    CronJob in "batch/v1" {
        spec: CronJobSpec,
    }
}

fields! {
    /// What a deployment is.
    DeploymentSpec {
        replicas: Option<u32>,
        revision_history_limit: Option<u32>,
        min_ready_seconds: Option<u32>,
        progress_deadline_seconds: Option<u32>,
        strategy: Option<Strategy>,
        selector: Selector,
        template: Template,
    }
    /// How pods are replaced.
    Strategy {
        r#type: Option<String>,
        rolling_update: Option<RollingUpdate>,
    }
    /// How many at a time.
    RollingUpdate {
        max_surge: Option<IntOrText>,
        max_unavailable: Option<IntOrText>,
    }
    /// What a stateful set is.
    StatefulSetSpec {
        replicas: Option<u32>,
        revision_history_limit: Option<u32>,
        min_ready_seconds: Option<u32>,
        service_name: String,
        pod_management_policy: Option<String>,
        update_strategy: Option<UpdateStrategy>,
        persistent_volume_claim_retention_policy: Option<Retention>,
        ordinals: Option<Ordinals>,
        selector: Selector,
        template: Template,
        volume_claim_templates: Vec<Claim>,
    }
    /// How pods are replaced, in order.
    UpdateStrategy {
        r#type: Option<String>,
        rolling_update: Option<Partition>,
    }
    /// From which on.
    Partition {
        partition: Option<u32>,
        max_unavailable: Option<IntOrText>,
    }
    /// What becomes of volumes.
    Retention {
        when_deleted: Option<String>,
        when_scaled: Option<String>,
    }
    /// The first number.
    Ordinals {
        start: u32,
    }
    /// A claim for a volume, by which each pod gets its own.
    Claim {
        api_version: Option<String>,
        kind: Option<String>,
        metadata: Metadata,
        spec: serde_json::Value,
    }
    /// What a daemon set is.
    DaemonSetSpec {
        revision_history_limit: Option<u32>,
        min_ready_seconds: Option<u32>,
        update_strategy: Option<Strategy>,
        selector: Selector,
        template: Template,
    }
    /// When jobs are made, and from what.
    CronJobSpec {
        schedule: String,
        time_zone: Option<String>,
        concurrency_policy: Option<String>,
        starting_deadline_seconds: Option<u64>,
        suspend: Option<bool>,
        successful_jobs_history_limit: Option<u32>,
        failed_jobs_history_limit: Option<u32>,
        job_template: JobTemplate,
    }
    /// What jobs are made from.
    JobTemplate {
        metadata: Metadata,
        spec: JobSpec,
    }
    /// What a job is.
    JobSpec {
        parallelism: Option<u32>,
        completions: Option<u32>,
        completion_mode: Option<String>,
        backoff_limit: Option<u32>,
        active_deadline_seconds: Option<u64>,
        ttl_seconds_after_finished: Option<u32>,
        suspend: Option<bool>,
        template: Template,
    }
}
