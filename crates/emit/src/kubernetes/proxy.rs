//! A proxy that takes in the workload's place what comes in: its entrances, and what it is told of each.

use serde_json::{Value, json};
use stackwright_catalog::model::LandingProxy;
use stackwright_spec::workload::{Port, Protocol};

use super::compose::{Composition, broken};
use super::tree::{self, Variables};
use crate::EmitError;

/// The ports at which the workload is reached: its own, or the proxy's, of which the variables then tell.
pub(crate) fn entrances(
    composition: &Composition<'_>,
    ports: &[Port],
    variables: &mut Variables,
) -> Result<Vec<Port>, EmitError> {
    let Some(proxy) = composition.proxy() else {
        return Ok(ports.to_vec());
    };
    let refused = |what: String, why: &str| EmitError::Source {
        what,
        why: why.to_owned(),
    };
    if ports.is_empty() {
        return Err(refused(
            "a workload without ports".to_owned(),
            "the proxy of its stack carries what comes in; name a port with `--port`",
        ));
    }
    let mut entrances = Vec::new();
    let (mut listeners, mut upstreams) = (Vec::new(), Vec::new());
    for (port, number) in ports.iter().zip(proxy.first..) {
        if port.protocol != Protocol::Tcp {
            return Err(refused(
                format!("the port {port}"),
                "the proxy of its stack carries TCP alone",
            ));
        }
        if ports.iter().any(|p| p.port == number) {
            return Err(refused(
                format!("the port {number}"),
                "the proxy of its stack listens there",
            ));
        }
        let mut variables = variables.clone();
        variables.insert("port", json!(port.port));
        variables.insert("entrance", json!(number));
        for (tree, list) in [(&proxy.listener, &mut listeners), (&proxy.upstream, &mut upstreams)] {
            list.push(tree::substitute(tree, &variables).map_err(|name| broken(&proxy.container, &name))?);
        }
        entrances.push(Port {
            port: number,
            ..port.clone()
        });
    }
    variables.insert("listeners", json!(listeners));
    variables.insert("upstreams", json!(upstreams));
    Ok(entrances)
}

/// Names the entrances in the proxy's container.
pub(crate) fn open(template: &mut Value, proxy: &LandingProxy, entrances: &[Port]) {
    let containers = template
        .pointer_mut("/spec/initContainers")
        .and_then(Value::as_array_mut);
    let own = containers
        .into_iter()
        .flatten()
        .find(|c| c.get("name").and_then(Value::as_str) == Some(&proxy.container));
    if let Some(Value::Object(container)) = own {
        let port = |p: &Port| json!({ "containerPort": p.port, "protocol": p.protocol.name() });
        container.insert("ports".to_owned(), entrances.iter().map(port).collect());
    }
}
