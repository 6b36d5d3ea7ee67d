//! Probes made in a copy of a process, each in a fork of that: what one changes of itself, the next does not find.
use super::attempt::Attempt;
use super::hand::Hand;
use super::hand::Unmade;
use super::{Probe, calls, files, sockets};
use crate::log::{Answer, Tried};
use crate::outcome::chain;
use crate::shell::PROCESSES;
use std::time::Duration;
use tracee::{CallError, Errno, Filters, Inside};

/// Tries these in forks of a copy that has begun ([`Inside::begin`]), where its filters hold or not, each for so long, and gives
/// what came of each. The copy is there afterwards, without children.
///
/// What the copy itself does for this (prctl(2), mmap(2), clone(2), wait4(2)) meets the filters as the copy was begun.
pub async fn try_all(
    copy: &Inside,
    probes: &[Probe],
    filters: Filters,
    patience: Duration,
) -> Vec<Tried> {
    // Else what a probe leaves might come to the process, if that is pid 1. Only a filter refuses this.
    let _ = copy.call(&calls::take_in_orphans()).await;
    // If there is no memory here, there may be in a fork; each that needs some says so.
    let _ = copy.take_memory().await;
    let mut tried = Vec::new();
    for probe in probes {
        tried.push(Tried {
            call: probe.words().to_owned(),
            answer: try_one(copy, probe, filters, patience).await,
        });
    }
    tried
}

async fn try_one(copy: &Inside, probe: &Probe, filters: Filters, patience: Duration) -> Answer {
    // Its end sends no signal, and it is not taken away before it is waited for, even where SIGCHLD is ignored.
    let fork = match copy.fork(0, filters).await {
        Ok(fork) => fork,
        Err(error) => {
            let hint = match error {
                CallError::Refused(Errno::AGAIN) => PROCESSES,
                _ => "",
            };
            let words = format!(
                "the process cannot be copied for it: {}{hint}",
                chain(&error)
            );
            return Answer::Untried { words };
        }
    };
    let done = probe.attempt.make(&Hand::new(&fork, patience)).await;
    fork.kill();
    drop(fork);
    // It, and what it has left. When there is no child any more this is refused.
    while copy.call(&calls::wait()).await.is_ok() {}
    done.map_or_else(Answer::from, |words| Answer::Done { words })
}

impl Attempt {
    /// Makes its calls. Gives what is to be said of what came of them.
    async fn make(&self, hand: &Hand<'_>) -> Result<String, Unmade> {
        match self {
            Self::Open { path, how } => {
                hand.make(&calls::open(path, *how)).await?;
            }
            Self::One(call) => {
                hand.make(call).await?;
            }
            Self::Raw(call) => return Ok(value(hand.make(call).await?.value)),
            Self::Create(path) => return files::create(hand, path).await,
            Self::Read(path) => return files::read(hand, path).await,
            Self::List(path) => return files::list(hand, path).await,
            Self::Write { path, text } => return files::write(hand, path, text).await,
            Self::Stat(path) => return files::stat(hand, path).await,
            Self::Make { make, away } => return files::make(hand, make, away).await,
            Self::Join(path) => return files::join(hand, path).await,
            Self::Connect(endpoint) => return sockets::connect(hand, endpoint).await,
            Self::Bind(endpoint) => return sockets::bind(hand, endpoint).await,
            Self::KeepHostName => keep_host_name(hand).await?,
            Self::Execute { path, arguments } => {
                hand.execute(&calls::execute(path, arguments)).await?;
            }
        }
        Ok(String::new())
    }
}

/// Addresses are better known by their hexadecimal digits.
fn value(value: u64) -> String {
    match value {
        0..=0xffff_ffff => format!("= {value}"),
        _ => format!("= {value:#x}"),
    }
}

async fn keep_host_name(hand: &Hand<'_>) -> Result<(), Unmade> {
    let names = hand.make(&calls::names()).await?.room;
    let name: Vec<u8> = names
        .into_iter()
        .skip(65)
        .take_while(|byte| *byte != 0)
        .collect();
    hand.make(&calls::set_host_name(&name)).await?;
    Ok(())
}
