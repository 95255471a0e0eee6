use stackwright_spec::launch::ClusterLaunch;

use super::document::{Container, Filter};
use super::profile;

#[test]
fn no_file_of_this_host_is_a_profile_because_a_bundle_says_so() {
    for path in ["/etc/hostname", "../../../../etc/hostname", "a/../../b", ""] {
        let container = Container {
            filter: Filter::Profile(path.to_owned()),
            ..Container::default()
        };
        assert_eq!(profile(&container, &ClusterLaunch::default()), None, "{path}");
    }
}
