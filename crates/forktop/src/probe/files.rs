//! Probes of files.
use super::bytes::{Entries, Metadata};
use super::calls;
use super::hand::{Hand, Unmade};
use rustix::fs::OFlags;
use tracee::{Call, Errno};

/// A folder's names, as many as are read at once.
const LISTING: usize = 32 << 10;

/// So many names are told.
const TOLD: usize = 40;

async fn open(hand: &Hand<'_>, path: &[u8], how: OFlags) -> Result<u64, Unmade> {
    Ok(hand.make(&calls::open(path, how)).await?.value)
}

/// Makes it, and takes it away again; or opens it if it is there.
pub(super) async fn create(hand: &Hand<'_>, path: &[u8]) -> Result<String, Unmade> {
    let how = OFlags::WRONLY | OFlags::CREATE;
    match open(hand, path, how | OFlags::EXCL).await {
        Ok(_) => Ok(take_away(hand, &calls::unlink(path)).await),
        Err(unmade) if unmade.is(Errno::EXIST) => {
            open(hand, path, how).await?;
            Ok("it was there".to_owned())
        }
        Err(unmade) => Err(unmade),
    }
}

/// Makes something, and takes it away again.
pub(super) async fn make(hand: &Hand<'_>, make: &Call, away: &Call) -> Result<String, Unmade> {
    hand.make(make).await?;
    Ok(take_away(hand, away).await)
}

/// Takes away what was made, and says whether it is.
pub(super) async fn take_away(hand: &Hand<'_>, away: &Call) -> String {
    let words = match hand.make(away).await {
        Ok(_) => "made, and taken away again",
        Err(_) => "made, and it stays: it cannot be taken away again",
    };
    words.to_owned()
}

pub(super) async fn read(hand: &Hand<'_>, path: &[u8]) -> Result<String, Unmade> {
    let file = open(hand, path, OFlags::RDONLY).await?;
    let words = match hand.make(&calls::read(file, 1)).await?.value {
        0 => "there is nothing in it",
        _ => "1 byte was read",
    };
    Ok(words.to_owned())
}

pub(super) async fn write(hand: &Hand<'_>, path: &[u8], text: &[u8]) -> Result<String, Unmade> {
    let file = open(hand, path, OFlags::WRONLY | OFlags::APPEND).await?;
    let written = hand.make(&calls::write(file, text)).await?.value;
    Ok(match text {
        [] => "nothing was written".to_owned(),
        _ => format!("{written} bytes of {} were written", text.len()),
    })
}

pub(super) async fn stat(hand: &Hand<'_>, path: &[u8]) -> Result<String, Unmade> {
    let answer = hand.make(&calls::stat(path)).await?;
    let metadata = Metadata::read(&answer.room);
    Ok(metadata
        .map(|metadata| metadata.to_string())
        .unwrap_or_default())
}

pub(super) async fn list(hand: &Hand<'_>, path: &[u8]) -> Result<String, Unmade> {
    let folder = open(hand, path, OFlags::RDONLY | OFlags::DIRECTORY).await?;
    let answer = hand.make(&calls::entries(folder, LISTING)).await?;
    let length = usize::try_from(answer.value).unwrap_or_default();
    let mut names: Vec<_> = Entries::new(answer.room.get(..length).unwrap_or_default()).collect();
    let is_all = length == 0 || hand.make(&calls::entries(folder, LISTING)).await?.value == 0;
    names.sort();
    Ok(listed(&names, is_all))
}

fn listed(names: &[String], is_all: bool) -> String {
    let count = names.len();
    let told = names.get(..count.min(TOLD)).unwrap_or_default().join(" ");
    match (count, is_all) {
        (0, true) => "it is empty".to_owned(),
        (_, true) if count <= TOLD => told,
        (_, true) => format!("{told} and {} more", count.saturating_sub(TOLD)),
        (_, false) => format!("{told} and many more"),
    }
}

pub(super) async fn join(hand: &Hand<'_>, path: &[u8]) -> Result<String, Unmade> {
    let file = open(hand, path, OFlags::RDONLY).await?;
    hand.make(&calls::join(file)).await?;
    Ok(String::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_listings_are_cut() {
        let names: Vec<_> = (0..50).map(|number| format!("f{number}")).collect();
        assert_eq!(listed(&[], true), "it is empty");
        assert_eq!(listed(&names[..2], true), "f0 f1");
        assert!(listed(&names, true).ends_with("f39 and 10 more"));
        assert!(listed(&names, false).ends_with("f39 and many more"));
    }
}
