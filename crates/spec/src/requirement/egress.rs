//! Where a workload connects to.

use std::net::IpAddr;

use stackwright_text::yaml::Step::{self, Index, Key};

use super::Destination;
use super::check::Checker;
use super::file::{EgressFile, WorkloadFile};
use crate::workload::Port;

impl Checker<'_> {
    pub(super) fn egress(&mut self, workload: &WorkloadFile) -> Option<Vec<Destination>> {
        let list = workload.egress.as_ref()?;
        Some(
            list.iter()
                .enumerate()
                .map(|(i, file)| self.destination(i, file))
                .collect(),
        )
    }

    fn destination(&mut self, index: usize, file: &EgressFile) -> Destination {
        let path = [Key("workload"), Key("egress"), Index(index)];
        let inside = file.namespace.is_some() || !file.pods.is_empty();
        if file.cidr.is_some() == inside || (file.cidr.is_none() && !file.except.is_empty()) {
            let message = "a destination is either addresses or pods of the cluster".to_owned();
            let help = "write `cidr: 203.0.113.0/24`, or `namespace` and `pods`".to_owned();
            self.findings.find(&path, "requirement::workload", message, Some(help));
        }
        let addresses = file
            .cidr
            .iter()
            .map(|c| ("cidr", c))
            .chain(file.except.iter().map(|c| ("except", c)));
        for (key, text) in addresses {
            if !is_cidr(text) {
                let place: Vec<Step<'_>> = path.iter().copied().chain([Key(key)]).collect();
                let message = format!("`{text}` is no block of addresses");
                let help = "write `203.0.113.0/24` or `2001:db8::/32`".to_owned();
                self.findings.find(&place, "requirement::workload", message, Some(help));
            }
        }
        let mut ports = Vec::new();
        for (i, text) in file.ports.iter().enumerate() {
            let Some(port) = Port::parse(text) else {
                let place: Vec<Step<'_>> = path.iter().copied().chain([Key("ports"), Index(i)]).collect();
                let help = "write a number from 1 to 65535, with `/udp` after it if it is not TCP".to_owned();
                self.findings.find(
                    &place,
                    "requirement::workload",
                    format!("`{text}` is not a port"),
                    Some(help),
                );
                continue;
            };
            ports.push(port);
        }
        Destination {
            cidr: file.cidr.clone(),
            except: file.except.clone(),
            namespace: file.namespace.clone(),
            pods: file.pods.clone(),
            ports,
        }
    }
}

fn is_cidr(text: &str) -> bool {
    let Some((address, length)) = text.split_once('/') else {
        return false;
    };
    let most = match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    length.parse::<u8>().is_ok_and(|n| n <= most)
}
