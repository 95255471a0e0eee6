//! Who may connect to a workload, and where it may connect to.

use std::collections::BTreeMap;

use serde_json::Value;
use stackwright_catalog::model::LandingPeer;
use stackwright_spec::requirement::Destination;
use stackwright_spec::workload::{Port, Protocol};

use super::api::Object;
use super::api::container::NumberOrName;
use super::api::meta::Selector;
use super::api::network::{Egress, Ingress, IpBlock, NetworkPolicy, NetworkPolicySpec, Peer, PolicyPort};
use super::compose::{Composition, broken};
use super::tree::{self, Variables};
use super::{Builder, EmitError};

impl Builder<'_> {
    /// Who may come in: pods of the namespace at the workload's ports, and whoever the stack's technologies need. Where connections
    /// go is left open unless the requirement says it; then names can be resolved, and what the technologies need is open as well.
    pub(super) fn network(
        &self,
        ports: &[Port],
        composition: &Composition<'_>,
        variables: &Variables,
    ) -> Result<NetworkPolicy, EmitError> {
        let own: Vec<PolicyPort> = ports.iter().map(|p| policy_port(p.port, p.protocol)).collect();
        let mut ingress = Vec::new();
        if !own.is_empty() {
            let from = vec![Peer {
                pod_selector: Some(Selector::default()),
                ..Peer::default()
            }];
            let ports = own.clone();
            ingress.push(Ingress { from, ports });
        }
        for peer in composition.landings.iter().flat_map(|l| &l.admits) {
            let named = ports_of(peer);
            let ports = if named.is_empty() { own.clone() } else { named };
            let rule = Ingress {
                from: peers(peer, variables)?,
                ports,
            };
            if !rule.ports.is_empty() && !ingress.contains(&rule) {
                ingress.push(rule);
            }
        }
        let egress = match &self.emission.requirement.egress {
            Some(destinations) => Some(self.egress(destinations, composition, variables)?),
            None => None,
        };
        let mut policy_types = vec!["Ingress".to_owned()];
        policy_types.extend(egress.is_some().then(|| "Egress".to_owned()));
        let common = self.common();
        Ok(NetworkPolicy {
            api_version: NetworkPolicy::VERSION.to_owned(),
            kind: NetworkPolicy::KIND.to_owned(),
            metadata: common.metadata(),
            spec: NetworkPolicySpec {
                pod_selector: selector(common.selector()),
                policy_types,
                ingress,
                egress: egress.unwrap_or_default(),
            },
        })
    }

    fn egress(
        &self,
        destinations: &[Destination],
        composition: &Composition<'_>,
        variables: &Variables,
    ) -> Result<Vec<Egress>, EmitError> {
        let resolver = &self.platform.resolver;
        let mut rules = vec![Egress {
            to: peers(resolver, variables)?,
            ports: ports_of(resolver),
        }];
        let reaches: Vec<&LandingPeer> = composition.landings.iter().flat_map(|l| &l.reaches).collect();
        for destination in destinations {
            let peer = match &destination.cidr {
                Some(cidr) => Peer {
                    ip_block: Some(IpBlock {
                        cidr: cidr.clone(),
                        except: destination.except.clone(),
                    }),
                    ..Peer::default()
                },
                None => Peer {
                    namespace_selector: destination
                        .namespace
                        .iter()
                        .map(|n| selector(BTreeMap::from([(self.platform.namespace_label.clone(), n.clone())])))
                        .next(),
                    pod_selector: (destination.namespace.is_none() || !destination.pods.is_empty())
                        .then(|| selector(destination.pods.clone())),
                    ip_block: None,
                },
            };
            let mut ports: Vec<PolicyPort> = destination
                .ports
                .iter()
                .map(|p| policy_port(p.port, p.protocol))
                .collect();
            if destination.cidr.is_none() && !ports.is_empty() {
                // Inside the cluster, a mesh may put a tunnel in the place of the connection.
                ports.extend(reaches.iter().filter(|r| r.from.is_empty()).flat_map(|r| ports_of(r)));
            }
            rules.push(Egress { to: vec![peer], ports });
        }
        for reach in reaches.iter().filter(|r| !r.from.is_empty()) {
            let rule = Egress {
                to: peers(reach, variables)?,
                ports: ports_of(reach),
            };
            if !rules.contains(&rule) {
                rules.push(rule);
            }
        }
        Ok(rules)
    }
}

fn selector(match_labels: BTreeMap<String, String>) -> Selector {
    Selector {
        match_labels,
        ..Selector::default()
    }
}

fn policy_port(port: u16, protocol: Protocol) -> PolicyPort {
    PolicyPort {
        protocol: Some(protocol.name().to_owned()),
        port: Some(NumberOrName::Number(port.into())),
        end_port: None,
    }
}

fn ports_of(peer: &LandingPeer) -> Vec<PolicyPort> {
    let protocols: &[Protocol] = if peer.udp {
        &[Protocol::Udp, Protocol::Tcp]
    } else {
        &[Protocol::Tcp]
    };
    let ports = peer.ports.iter();
    ports
        .flat_map(|port| protocols.iter().map(|p| policy_port(*port, *p)))
        .collect()
}

fn peers(peer: &LandingPeer, variables: &Variables) -> Result<Vec<Peer>, EmitError> {
    let one = |tree: &Value| {
        let tree = tree::substitute(tree, variables).map_err(|name| broken(&peer.because, &name))?;
        serde_json::from_value(tree).map_err(|e| EmitError::Data {
            realization: peer.because.clone(),
            why: e.to_string(),
        })
    };
    peer.from.iter().map(one).collect()
}
