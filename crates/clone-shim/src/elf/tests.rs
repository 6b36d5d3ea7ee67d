//! Real programs, and headers that no linker writes.
use super::*;
use proptest::prelude::*;
use std::fs::{self, File};
use std::io::Write;
use std::process::Command;

fn pieces(bytes: &[u8]) -> Pieces {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    Pieces::of(file).unwrap()
}

fn embedded(bytes: &[u8], content: &[u8]) -> Result<Vec<u8>, ElfError> {
    let appended = append(&Elf::read(&pieces(bytes))?, content)?;
    let mut all = bytes[..usize::try_from(appended.kept).unwrap()].to_vec();
    all.extend(&appended.tail);
    all[..appended.header.len()].copy_from_slice(&appended.header);
    Ok(all)
}

fn extracted(bytes: &[u8]) -> Result<Option<Vec<u8>>, ElfError> {
    let file = pieces(bytes);
    Elf::read(&file)?.specification(&file, 1 << 20)
}

fn a_program() -> Vec<u8> {
    fs::read("/bin/true").unwrap()
}

/// A program of 32 bits, as far as headers go: no processor here runs it.
fn narrow() -> Vec<u8> {
    let mut bytes = vec![0; 52 + 32];
    bytes[..7].copy_from_slice(b"\x7fELF\x01\x01\x01");
    for (at, number) in [(16, 2u16), (18, 3), (40, 52), (42, 32), (44, 1), (46, 40)] {
        bytes[at..at + 2].copy_from_slice(&number.to_le_bytes());
    }
    bytes[28..32].copy_from_slice(&52u32.to_le_bytes());
    bytes
}

#[test]
fn what_is_embedded_is_found_and_replaced_without_growth() {
    for program in [a_program(), narrow()] {
        assert_eq!(extracted(&program).unwrap(), None);
        let once = embedded(&program, b"one").unwrap();
        assert_eq!(extracted(&once).unwrap().unwrap(), b"one");
        let shorter = embedded(&once, &[b'x'; 5000]).unwrap();
        assert_eq!(extracted(&shorter).unwrap().unwrap(), [b'x'; 5000]);
        assert_eq!(embedded(&shorter, b"one").unwrap(), once);
        // But for where the tables are, the header and all else is as before.
        assert_eq!(once[64..program.len()], program[64..]);
        assert_eq!(once[16..32], program[16..32]);
    }
}

#[test]
fn what_lies_behind_stays() {
    let mut program = embedded(&a_program(), b"one").unwrap();
    program.extend(b"an archive");
    let again = embedded(&program, b"two").unwrap();
    assert_eq!(extracted(&again).unwrap().unwrap(), b"two");
    assert!(again.windows(10).any(|window| window == b"an archive"));
}

#[test]
fn readelf_finds_no_fault() {
    for (name, program) in [("wide", a_program()), ("narrow", narrow())] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        let twice = embedded(&embedded(&program, b"one").unwrap(), b"two").unwrap();
        fs::write(&path, twice).unwrap();
        let output = Command::new("readelf")
            .args(["-W", "-S"])
            .arg(&path)
            .output()
            .unwrap();
        let shown = String::from_utf8(output.stdout).unwrap();
        assert!(
            output.stderr.is_empty(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert_eq!(shown.matches(SECTION).count(), 1, "{shown}");
    }
}

#[test]
fn what_cannot_hold_a_section_is_refused_in_words() {
    let refused = |at: usize, bytes: &[u8], words: &str| {
        let mut program = a_program();
        program[at..at + bytes.len()].copy_from_slice(bytes);
        let error = embedded(&program, b"x").unwrap_err().to_string();
        assert_eq!(error, words);
    };
    refused(0, b"#!/b", "it is no ELF file");
    refused(5, &[2], "it is for a big-endian machine");
    refused(16, &[1], "it is no program: an object file or a core dump");
    refused(
        60,
        &[0, 0],
        "it has more sections than an ELF header can count",
    );
    refused(
        60,
        &[0xff, 0xff],
        "it has more sections than an ELF header can count",
    );
    refused(62, &[0xff, 0xff], "its headers make no sense");
    refused(40, &[0xff; 8], "its headers make no sense");
    refused(32, &[0xff; 8], "its headers make no sense");
    refused(58, &[1, 0], "its headers make no sense");
}

#[test]
fn a_section_that_is_larger_than_its_file_takes_no_memory() {
    let program = embedded(&narrow(), b"x").unwrap();
    let elf = Elf::read(&pieces(&program)).unwrap();
    let at = usize::try_from(elf.table_at).unwrap() + 40 + 20;
    let mut hostile = program;
    hostile[at..at + 4].copy_from_slice(&[0xff; 4]);
    assert!(matches!(extracted(&hostile), Err(ElfError::TooLarge)));
    let file = pieces(&hostile);
    let all = Elf::read(&file).unwrap().specification(&file, u64::MAX);
    assert!(matches!(all, Err(ElfError::Malformed)));
    // Replacing it does not look at the old one.
    assert_eq!(
        extracted(&embedded(&hostile, b"y").unwrap())
            .unwrap()
            .unwrap(),
        b"y"
    );
}

/// Else it would have the name that is added, and be found in the new one's place.
#[test]
fn a_section_whose_name_lies_beyond_all_names_is_refused() {
    let mut program = embedded(&narrow(), b"x").unwrap();
    let elf = Elf::read(&pieces(&program)).unwrap();
    let own = elf.specification_at().unwrap();
    let at = usize::try_from(elf.table_at).unwrap() + own * 40;
    let beyond = u32::try_from(elf.names.len()).unwrap();
    program[at..at + 4].copy_from_slice(&beyond.to_le_bytes());
    assert!(matches!(extracted(&program), Ok(None)));
    let again = Elf::read(&pieces(&program)).unwrap();
    assert!(matches!(append(&again, b"y"), Err(ElfError::Malformed)));
}

#[test]
fn a_file_that_is_no_regular_one_is_refused() {
    assert_eq!(
        Pieces::of(File::open("/dev/null").unwrap()).unwrap_err(),
        Errno::INVAL
    );
}

proptest! {
    #[test]
    fn no_headers_do_harm(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8), length in any::<prop::sample::Index>()) {
        let mut bytes = embedded(&narrow(), b"content").unwrap();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = extracted(&bytes);
        if let Ok(again) = embedded(&bytes, b"other") {
            prop_assert_eq!(extracted(&again).unwrap().unwrap(), b"other");
        }
        bytes.truncate(length.index(bytes.len()));
        let _ = extracted(&bytes);
        let _ = embedded(&bytes, b"other");
    }
}
