use super::*;
use crate::protocol::{FilterEvidence, LandlockEvidence};
use crate::supervise::{Mount, Status};

fn seen() -> Seen {
    Seen {
        pid: 7,
        namespaces: Vec::new(),
        status: Status {
            effective_user: Some(65_534),
            effective_capabilities: Some(0),
            bounding_capabilities: Some(0),
            no_new_privileges: Some(true),
            seccomp_mode: Some(2),
            seccomp_filters: Some(1),
            innermost_pid: Some(1),
        },
        mounts: vec![Mount {
            point: "/".to_owned(),
            kind: "tmpfs".to_owned(),
            read_only: true,
        }],
        interfaces: vec!["lo".to_owned()],
        user_map: "65534 65534 1".to_owned(),
    }
}

fn evidence() -> Evidence {
    Evidence {
        landlock: Some(LandlockEvidence {
            abi: "7".to_owned(),
            fully: true,
            open_root: Trial {
                before: 0,
                after: libc::EACCES,
            },
        }),
        filter: Some(FilterEvidence {
            socket: Trial {
                before: 0,
                after: libc::EPERM,
            },
        }),
        linked_imports: Some(1),
    }
}

fn sandbox_is_missing(seen: &Seen, evidence: &Evidence) -> bool {
    let mut marks = Marks::default();
    sandbox(&mut marks, seen, evidence, None);
    assert!(!marks.how.is_empty());
    marks.missing
}

#[test]
fn a_sandbox_with_all_its_marks_is_in_force() {
    assert!(!sandbox_is_missing(&seen(), &evidence()));
}

#[test]
fn a_sandbox_that_lacks_any_mark_is_not() {
    let changes: [fn(&mut Seen, &mut Evidence); 8] = [
        |seen, _| seen.status.seccomp_mode = Some(0),
        |seen, _| seen.status.seccomp_mode = None,
        |seen, _| seen.status.no_new_privileges = Some(false),
        |seen, _| seen.status.effective_capabilities = Some(1),
        |_, evidence| evidence.landlock = None,
        |_, evidence| evidence.filter = None,
        // The act worked in spite of the layer; or it had failed before already, which shows nothing.
        |_, evidence| {
            evidence.filter = Some(FilterEvidence {
                socket: Trial { before: 0, after: 0 },
            })
        },
        |_, evidence| {
            evidence.filter = Some(FilterEvidence {
                socket: Trial {
                    before: libc::EPERM,
                    after: libc::EPERM,
                },
            });
        },
    ];
    for change in changes {
        let (mut seen, mut evidence) = (seen(), evidence());
        change(&mut seen, &mut evidence);
        assert!(sandbox_is_missing(&seen, &evidence), "{seen:?} {evidence:?}");
    }
}

#[test]
fn a_root_counts_only_as_a_tmpfs_that_cannot_be_written() {
    let missing = |change: fn(&mut Seen)| {
        let mut seen = seen();
        change(&mut seen);
        let mut marks = Marks::default();
        root(&mut marks, &seen);
        marks.missing
    };
    assert!(!missing(|_| {}));
    assert!(missing(|seen| seen.mounts.clear()));
    assert!(missing(|seen| seen.mounts[0].read_only = false));
    assert!(missing(|seen| seen.mounts[0].kind = "ext4".to_owned()));
}
