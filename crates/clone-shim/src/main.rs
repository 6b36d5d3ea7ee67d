//! clone-shim: starts programs from nothing.
//!
//! The way of everything, a module a step:
//! arguments → raw specification → model → bind parameters → plan → launch → supervise → outcome.
#![forbid(unsafe_code)]
#![deny(clippy::print_stdout, clippy::print_stderr)] // they panic; `voice` speaks

mod activation;
mod arguments;
mod broker;
mod command_line;
mod diagnostic;
mod doctor;
mod elf;
mod embed;
mod event;
mod failure;
mod group;
mod launch;
mod launcher;
mod libraries;
mod listening;
mod lookup;
mod outcome;
mod output;
mod pieces;
mod plan;
mod published;
mod pump;
mod refusal;
mod running;
mod show;
mod source;
mod supervise;
mod terminal;
mod voice;
mod void_command;
mod written;

use activation::HandedIn;
use arguments::{Action, Given, Named, VoidFlags, Watching};
use event::Log;
use launcher::Launcher;
use outcome::Outcome;
use plan::{Plan, Streams};
use source::Source;
use specification::{Embedded, Format};
use std::path::Path;
use std::process::ExitCode;
use supervise::{Patience, supervise};
use written::Written;

fn main() -> ExitCode {
    match arguments::read() {
        Ok(action) => perform(action).unwrap_or_else(|said| said).into(),
        Err(code) => code.into(),
    }
}

/// `Err` where the reason has been said already.
fn perform(action: Action) -> Result<Outcome, Outcome> {
    launcher::refuse_privilege().map_err(|error| voice::error(&error))?;
    match action {
        Action::Run { given, watching } => {
            let source = Source::read(&given.specification)?;
            run(&source, &given, &watching)
        }
        Action::Void { flags, watching } => void(&flags, &watching),
        Action::Check(given) => check(&given),
        Action::Plan { given, json } => show_plan(&given, json),
        Action::Convert {
            specification,
            to,
            output,
        } => convert(&Source::read(&specification)?, to, output.as_deref()),
        Action::Embed {
            specification,
            program,
            output,
        } => embed(&specification, &program, &output),
        Action::Extract {
            program,
            to,
            output,
        } => extract(&program, to, output.as_deref()),
        Action::Schema => Ok(voice::print(&format!("{:#}\n", specification::schema()))),
        Action::Doctor => Ok(doctor::examine()),
    }
}

fn run(source: &Source, given: &Given, watching: &Watching) -> Result<Outcome, Outcome> {
    let handed_in = HandedIn::to_this_process().map_err(|error| voice::error(&error))?;
    let launcher = Launcher::of_this_process();
    let plan = make_plan(source, given, &launcher)?;
    let _published = published::plan_for_tracer(&plan, &launcher);
    let mut log = Log {
        words: watching.verbose,
        json: watching.event_file()?,
    };
    let patience = Patience {
        grace: watching.grace,
    };
    let sockets = listening::open_all(&plan, handed_in, &launcher, &mut log)
        .map_err(|refusals| voice::refusals(&refusals, &source.shown()))?;
    supervise(&plan, sockets, patience, &mut log)
        .map_err(|failed| voice::refusals(&[failure::explain(&failed, &launcher)], &source.shown()))
}

fn make_plan(source: &Source, given: &Given, launcher: &Launcher) -> Result<Plan, Outcome> {
    let application = source.bind(given)?;
    plan::plan(application, launcher, &Streams::of_this_process())
        .map_err(|refusals| voice::refusals(&refusals, &source.shown()))
}

fn void(flags: &VoidFlags, watching: &Watching) -> Result<Outcome, Outcome> {
    let specification = void_command::specification(flags).map_err(|error| voice::error(&error))?;
    let text = format!("{specification:#}\n");
    if flags.has("print-spec") {
        return Ok(voice::print(&text));
    }
    let source = Source::of(Written::of_flags(text))?;
    run(&source, &Given::default(), watching)
}

fn check(given: &Given) -> Result<Outcome, Outcome> {
    let source = Source::read(&given.specification)?;
    if given.binds_something() {
        source.bind(given)?;
    }
    Ok(Outcome::Exited(0))
}

fn show_plan(given: &Given, json: bool) -> Result<Outcome, Outcome> {
    let source = Source::read(&given.specification)?;
    let launcher = Launcher::of_this_process();
    let plan = make_plan(&source, given, &launcher)?;
    let shown = match json {
        true => show::as_json(&plan, &launcher).map(|json| format!("{json:#}\n")),
        false => show::as_text(&plan, &launcher),
    };
    Ok(voice::print(&shown.map_err(|error| voice::error(&error))?))
}

fn convert(source: &Source, to: Format, output: Option<&Path>) -> Result<Outcome, Outcome> {
    let bytes = source
        .document
        .write(to)
        .map_err(|findings| voice::findings(&findings, &source.shown()))?;
    output::give(&bytes, to.is_binary(), output)
}

fn embed(specification: &Named, program: &Path, output: &Path) -> Result<Outcome, Outcome> {
    let source = Source::read(specification)?;
    embed::embed(&source.written.embedded, program, output)
        .map_err(|error| voice::error(&error))?;
    Ok(Outcome::Exited(0))
}

fn extract(program: &Path, to: Option<Format>, output: Option<&Path>) -> Result<Outcome, Outcome> {
    let written = written::read_program(program).map_err(|error| voice::error(&error))?;
    match to {
        Some(to) => convert(&Source::of(written)?, to, output),
        None => {
            let Embedded { format, bytes, .. } = &written.embedded;
            output::give(bytes, format.is_binary(), output)
        }
    }
}
