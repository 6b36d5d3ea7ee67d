//! The command line as it can be typed: one description, for forktop itself and for the build script, which makes the
//! manual pages and the completions of it. Nothing of the program is used here. Subcommands are only described when they
//! are used.
use clap::{Arg, ArgAction, Command, ValueHint, value_parser};
use std::ffi::OsString;
use std::path::PathBuf;

/// The whole command line. What is no subcommand is a command to run.
pub fn command() -> Command {
    let command = Command::new("forktop")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Shows the tree of processes that a command makes, and what each may do")
        .override_usage(
            "forktop [OPTIONS] [--] <COMMAND> [ARGS]...\n       \
             forktop [OPTIONS] -p <PID>...\n       \
             forktop log|show|shell|try|replay ...",
        )
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(
            Command::new("log")
                .about("Writes a line for each event, without an interface")
                .override_usage(
                    "forktop log [OPTIONS] [--] <COMMAND> [ARGS]...\n       \
                     forktop log [OPTIONS] -p <PID>...",
                )
                .arg_required_else_help(true)
                .defer(|command| {
                    with_following(command)
                        .arg(flag("json", "A JSON object for each event"))
                        .arg(output())
                }),
        )
        .subcommand(
            Command::new("show")
                .about("Shows what running processes may do, without following them")
                .defer(|command| {
                    command
                        .arg(processes(Arg::new("process")).required(true))
                        .arg(flag("json", "As JSON"))
                }),
        )
        .subcommand(shell())
        .subcommand(
            Command::new("try")
                .about("Makes calls in a copy of a process, and shows what the kernel answers")
                .override_usage("forktop try [OPTIONS] <PID> -- <PROBE> ['|' <PROBE>]...")
                .arg_required_else_help(true)
                .defer(with_trial),
        )
        .subcommand(
            Command::new("replay")
                .about("Shows what a log tells, as if it happened again")
                .defer(|command| {
                    command
                        .arg(file(Arg::new("log"), "The log").required(true))
                        .args([export(), theme()])
                }),
        );
    with_following(command).args(shells())
}

fn shell() -> Command {
    Command::new("shell")
        .about("Opens a shell that may do exactly what a running process may")
        .override_usage("forktop shell [OPTIONS] <PID> [-- <COMMAND> [ARGS]...]")
        .defer(|command| {
            let command = command.arg(process()).args(shells()).args(filters());
            command.arg(of_a_shell())
        })
}

/// A command for a shell.
fn of_a_shell() -> Arg {
    Arg::new("command")
        .value_name("COMMAND")
        .help("A command for the shell, and its arguments, instead of what is typed")
        .num_args(1..)
        .last(true)
        .value_hint(ValueHint::CommandWithArguments)
        .value_parser(value_parser!(OsString))
}

/// What can be tried, each as it is written. A test sees that these are all.
pub const PROBES: [&str; 25] = [
    "open PATH [r|w|rw|a|c|x|dir]",
    "read PATH",
    "list PATH",
    "stat PATH",
    "write PATH [TEXT]",
    "mkdir PATH",
    "rmdir PATH",
    "unlink PATH",
    "mknod PATH c|b|p [MAJOR MINOR]",
    "connect ADDRESS",
    "bind ADDRESS",
    "socket FAMILY TYPE [PROTOCOL]",
    "exec PATH [ARGUMENT]...",
    "mount SOURCE TARGET TYPE|bind",
    "umount PATH",
    "chroot PATH",
    "unshare KIND[,KIND]...",
    "setns PATH",
    "kill PID [SIGNAL]",
    "ptrace PID",
    "setuid UID",
    "setgid GID",
    "setgroups [GID]...",
    "sethostname [NAME]",
    "call NAME [ARGUMENT]...",
];

/// Of whom is asked what, and how.
fn with_trial(command: Command) -> Command {
    command
        .after_help(format!(
            "Probes:\n  {}\n\nAn ADDRESS is such as tcp:10.0.0.1:80, udp:[::1]:53 or unix:/path. forktop-try(1) says what each does.",
            PROBES.join("\n  ")
        ))
        .arg(process())
        .arg(flag("json", "As JSON"))
        .arg(
            Arg::new("timeout")
                .long("timeout")
                .value_name("SECONDS")
                .help("How long a probe may take; 5 by default")
                .value_parser(value_parser!(u32).range(1..=3600)),
        )
        .args(filters())
        .arg(
            Arg::new("probe")
                .value_name("PROBE")
                .help("What is tried, with | between, as one text in quotes or as words")
                .num_args(1..)
                .last(true)
                .required(true)
                .value_parser(value_parser!(OsString)),
        )
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .help(help)
        .action(ArgAction::SetTrue)
}

fn file(argument: Arg, help: &'static str) -> Arg {
    argument
        .value_name("FILE")
        .help(help)
        .value_hint(ValueHint::FilePath)
        .value_parser(value_parser!(PathBuf))
}

/// Numbers as they are written, and as pidof(1) and pgrep(1) print them.
fn processes(argument: Arg) -> Arg {
    argument
        .value_name("PID")
        .help("The processes")
        .num_args(1..)
        .action(ArgAction::Append)
        .value_delimiter(',')
        .value_parser(number_of_a_process)
}

/// One process.
fn process() -> Arg {
    Arg::new("process")
        .value_name("PID")
        .help("The process")
        .required(true)
        .value_parser(number_of_a_process)
}

fn number_of_a_process(text: &str) -> Result<u32, String> {
    let number = text.parse().ok();
    number
        .filter(|number| (1..=0x7fff_ffff).contains(number))
        .ok_or_else(|| format!("`{text}` is no number of a process"))
}

/// Which shell.
fn shells() -> [Arg; 2] {
    let carried = file(
        Arg::new("shell").long("shell"),
        "A statically linked shell of the host's to carry in; busybox's by default",
    );
    let inside = file(
        Arg::new("shell-inside").long("shell-inside"),
        "A shell that the process can see itself, by its path there",
    );
    [carried, inside.conflicts_with("shell")]
}

/// How the filters of a process are dealt with.
fn filters() -> [Arg; 2] {
    [
        flag(
            "assisted",
            "Has the process's filters of system calls passed over; takes CAP_SYS_ADMIN",
        ),
        flag(
            "bold",
            "Enters a process whose filters cannot be read, though they may kill it for that",
        )
        .conflicts_with("assisted"),
    ]
}

fn export() -> Arg {
    file(
        Arg::new("export").long("export"),
        "Writes the whole tree to this file at the end: .json, .dot, .svg or .html",
    )
    .action(ArgAction::Append)
}

/// What the themes are called.
pub const THEMES: [&str; 3] = ["dark", "light", "plain"];

fn theme() -> Arg {
    Arg::new("theme")
        .long("theme")
        .value_name("THEME")
        .help("Colours for a dark or light terminal, or none: dark (default), light or plain")
        .value_parser(THEMES)
        .hide_possible_values(true)
}

fn output() -> Arg {
    file(
        Arg::new("output").short('o').long("output"),
        "Where the lines go; standard output by default, which the command has too",
    )
}

/// What there is to follow, and how.
fn with_following(command: Command) -> Command {
    let seized = Arg::new("process").short('p').long("process");
    command
        .arg(
            processes(seized)
                .help("Follows running processes, and all that they have made and will make"),
        )
        .arg(
            flag(
                "kill-on-exit",
                "Kills everything that is followed when forktop ends, however it ends",
            )
            .conflicts_with("process"),
        )
        .arg(flag(
            "failed-execs",
            "Tells of failed execs too; slower, since every system call is stopped at",
        ))
        .arg(export())
        .arg(file(
            Arg::new("record").long("record"),
            "Writes the log to this file too, for `forktop replay`",
        ))
        .arg(theme())
        .arg(
            Arg::new("command")
                .value_name("COMMAND")
                .help("The command, and its arguments")
                .num_args(1..)
                .trailing_var_arg(true)
                .conflicts_with("process")
                .value_hint(ValueHint::CommandWithArguments)
                .value_parser(value_parser!(OsString)),
        )
}

#[cfg(test)]
#[path = "command_line/tests.rs"] // for the build script, too, this is where it is
mod tests;
