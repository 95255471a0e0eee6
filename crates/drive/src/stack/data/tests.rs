use super::*;

#[test]
fn the_data_can_be_read_and_names_known_drivers() {
    let data: Data = serde_json::from_str(DATA).unwrap();
    for operator in &data.operators {
        for driver in &operator.drivers {
            let known = ["embedded", "bubblewrap"].contains(&driver.as_str());
            assert!(
                known || data.runtimes.iter().any(|runtime| runtime.name == *driver),
                "{driver}"
            );
        }
    }
    assert!(!data.view.is_empty() && !data.readable.is_empty() && data.path.contains("/bin"));
}
