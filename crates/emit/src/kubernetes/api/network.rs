//! Who may connect.

use super::container::NumberOrName;
use super::meta::Selector;
use super::{fields, objects};

objects! {
    /// Who may connect to pods, and where they may.
    NetworkPolicy in "networking.k8s.io/v1" {
        spec: NetworkPolicySpec,
    }
}

fields! {
    /// What the policy says.
    NetworkPolicySpec {
        pod_selector: Selector,
        policy_types: Vec<String>,
        ingress: Vec<Ingress>,
        egress: Vec<Egress>,
    }
    /// Who may come in, at which ports.
    Ingress {
        from: Vec<Peer>,
        ports: Vec<PolicyPort>,
    }
    /// Where pods may go.
    Egress {
        to: Vec<Peer>,
        ports: Vec<PolicyPort>,
    }
    /// The other side.
    Peer {
        pod_selector: Option<Selector>,
        namespace_selector: Option<Selector>,
        ip_block: Option<IpBlock>,
    }
    /// Addresses.
    IpBlock {
        cidr: String,
        except: Vec<String>,
    }
    /// A port.
    PolicyPort {
        protocol: Option<String>,
        port: Option<NumberOrName>,
        end_port: Option<u16>,
    }
}
