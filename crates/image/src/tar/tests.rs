use std::io::Read as _;

use proptest::prelude::*;

use super::*;

fn read_all(bytes: &[u8]) -> Result<Vec<(Entry, Vec<u8>)>, TarError> {
    let mut reader = Reader::new(bytes);
    let mut entries = Vec::new();
    while let Some(entry) = reader.next_entry()? {
        let mut content = Vec::new();
        reader.read_to_end(&mut content)?;
        entries.push((entry, content));
    }
    Ok(entries)
}

fn written(entries: &[(Entry, Vec<u8>)]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new());
    for (entry, content) in entries {
        writer.entry(entry, &mut content.as_slice()).unwrap();
    }
    writer.finish().unwrap()
}

fn any_entry() -> impl Strategy<Value = (Entry, Vec<u8>)> {
    let kind = prop_oneof![
        Just(Kind::File),
        Just(Kind::HardLink),
        Just(Kind::Symlink),
        Just(Kind::Directory),
        Just(Kind::Fifo)
    ];
    let path = proptest::collection::vec(1..=255_u8, 1..300);
    let link = proptest::collection::vec(1..=255_u8, 0..300);
    let attributes =
        proptest::collection::btree_map("[a-z.]{1,20}", proptest::collection::vec(any::<u8>(), 0..40), 0..3);
    let numbers = (0..0o10000_u32, 0..1_u64 << 40, 0..1_u64 << 40, 0..1_i64 << 40);
    let content = proptest::collection::vec(any::<u8>(), 0..2000);
    (kind, path, link, attributes, numbers, content).prop_map(|(kind, mut path, link, xattrs, numbers, content)| {
        // The writer ends directories in a slash, and nothing else may.
        while path.last() == Some(&b'/') {
            path.pop();
        }
        path.extend((kind == Kind::Directory || path.is_empty()).then_some(b'/'));
        let kind = if path == b"/" { Kind::Directory } else { kind };
        let content = if kind == Kind::File { content } else { Vec::new() };
        let mut entry = Entry::new(path, kind, numbers.0);
        entry.link = link;
        (entry.uid, entry.gid, entry.mtime) = (numbers.1, numbers.2, numbers.3);
        entry.size = content.len() as u64;
        entry.xattrs = xattrs.into_iter().map(|(k, v)| (k.into_bytes(), v)).collect();
        (entry, content)
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(entries in proptest::collection::vec(any_entry(), 0..6)) {
        prop_assert_eq!(read_all(&written(&entries)).unwrap(), entries);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..3000)) {
        let _ = read_all(&bytes);
    }

    /// Bytes that are nearly an archive get farther than bytes at random.
    #[test]
    fn damaged_archives_are_read_or_refused(
        entries in proptest::collection::vec(any_entry(), 1..4),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        mend in any::<bool>(),
    ) {
        let mut bytes = written(&entries);
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if mend {
            mend_checksums(&mut bytes);
        }
        let _ = read_all(&bytes);
    }
}

/// Puts the right checksum in every block that looks like a header.
fn mend_checksums(bytes: &mut [u8]) {
    for block in bytes.chunks_exact_mut(BLOCK).filter(|b| b[257..].starts_with(b"ustar")) {
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|b| u32::from(*b)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
}

#[test]
fn numbers_are_octal_or_binary() {
    for (field, value) in [
        (&b"0000644\0"[..], Some(0o644)),
        (b"   644 \0", Some(0o644)),
        (b"\0\0\0\0\0\0\0\0", Some(0)),
        (b"\x80\0\0\0\0\0\x01\0", Some(256)),
        (b"\xff\xff\xff\xff\xff\xff\xff\xfe", Some(-2)),
        (b"6448\0\0\0\0", None),
        (b"64 4\0\0\0\0", None),
        (b"\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", None),
    ] {
        assert_eq!(number::read(field), value, "{field:?}");
    }
}

#[test]
fn times_of_records_have_fractions() {
    assert_eq!(pax::time(b"1.5"), Some((1, 500_000_000)));
    assert_eq!(pax::time(b"-1.5"), Some((-2, 500_000_000)));
    assert_eq!(pax::time(b"-3"), Some((-3, 0)));
    assert_eq!(pax::time(b"1.1234567899"), Some((1, 123_456_789)));
    assert_eq!(pax::time(b"1,5"), None);
}

#[test]
fn a_size_in_a_record_counts_and_not_that_of_the_header() {
    // A reader that took the header's 0 would see the content as a header of its own.
    let mut entry = Entry::new("a", Kind::File, 0o644);
    entry.size = 5;
    let mut bytes = Vec::new();
    let mut before = Entry::new("x", Kind::File, 0);
    let record = pax::record(b"size", b"5");
    before.size = record.len() as u64;
    bytes.extend(&written(&[(before, record)])[..2 * BLOCK]);
    bytes[156] = b'x';
    let mut archive = written(&[(entry.clone(), b"hello".to_vec())]);
    archive[124..136].copy_from_slice(b"00000000000\0");
    bytes.extend(archive);
    mend_checksums(&mut bytes);
    assert_eq!(read_all(&bytes).unwrap(), [(entry, b"hello".to_vec())]);
}

#[test]
fn a_length_that_is_not_there_ends_the_archive_early() {
    let mut entry = Entry::new("a", Kind::File, 0o644);
    entry.size = 5;
    let bytes = written(&[(entry, b"hello".to_vec())]);
    assert!(read_all(&bytes[..BLOCK + 3]).is_err());
    // Without padding and end, as some programs leave them out.
    assert_eq!(read_all(&bytes[..BLOCK + 5]).unwrap().len(), 1);
}

#[test]
fn sparse_maps_stay_within_their_file() {
    let piece = |offset, length| Piece { offset, length };
    assert!(sparse::check(vec![piece(0, 5), piece(10, 5)], 15, 10).is_ok());
    assert!(sparse::check(vec![piece(10, 5), piece(0, 5)], 15, 10).is_err());
    assert!(sparse::check(vec![piece(0, 5), piece(4, 5)], 15, 10).is_err());
    assert!(sparse::check(vec![piece(u64::MAX, 5)], u64::MAX, 5).is_err());
    assert!(sparse::check(vec![piece(0, 5)], 15, 4).is_err());
    assert_eq!(sparse::commas(b"0,5,10,5").unwrap(), [piece(0, 5), piece(10, 5)]);
    assert!(sparse::commas(b"0,5,10").is_err());
}
