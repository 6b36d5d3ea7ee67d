//! The command line as it can be typed: one description, for clone-shim itself and for the build script, which makes the
//! manual pages and the completions of it. Nothing of the program is used here. Subcommands are only described when they
//! are used.
use clap::{Arg, ArgAction, Command, ValueHint, value_parser};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// The whole command line.
pub fn command() -> Command {
    Command::new("clone-shim")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Starts programs from nothing: in a void, which holds what a specification grants")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .subcommand(
            Command::new("run")
                .about("Starts a specification's entrypoints, and stays until they have ended")
                .defer(|command| with_watching(with_specification(command))),
        )
        .subcommand(
            Command::new("void")
                .about("Starts one program in a void that flags describe")
                .defer(|command| with_watching(with_void(command))),
        )
        .subcommand(
            Command::new("check")
                .about("Says everything that is wrong with a specification; starts nothing")
                .defer(with_specification),
        )
        .subcommand(
            Command::new("plan")
                .about("Shows what would be done, step by step; starts nothing")
                .defer(|command| with_specification(command).arg(flag("json", "As JSON"))),
        )
        .subcommand(
            Command::new("convert")
                .about("Writes a specification in another format")
                .defer(|command| {
                    command.args([specification(), format(), to().required(true), output()])
                }),
        )
        .subcommand(
            Command::new("embed")
                .about("Puts a specification into a program's own file")
                .defer(|command| {
                    let output = output().help("The file that is written").required(true);
                    command.args([specification(), program(), format(), output])
                }),
        )
        .subcommand(
            Command::new("extract")
                .about("Writes the specification that is in a program's own file")
                .defer(|command| command.args([program(), to(), output()])),
        )
        .subcommand(Command::new("schema").about("Prints the JSON Schema of specifications"))
        .subcommand(Command::new("doctor").about("Says what this kernel and its settings allow"))
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .help(help)
        .action(ArgAction::SetTrue)
}

fn option(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help)
}

fn list(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    option(name, value, help).action(ArgAction::Append)
}

/// Completed as a host path, which is what these values begin with.
fn host_path(argument: Arg) -> Arg {
    argument.value_hint(ValueHint::FilePath)
}

fn path(name: &'static str, help: &'static str) -> Arg {
    host_path(option(name, "FILE", help)).value_parser(value_parser!(PathBuf))
}

fn rest(name: &'static str, help: &'static str) -> Arg {
    Arg::new("trailing")
        .value_name(name)
        .help(help)
        .num_args(0..)
        .last(true)
        .value_parser(value_parser!(OsString))
}

/// What the formats are called.
pub const FORMATS: [&str; 5] = ["json", "jsonc", "toml", "cbor", "postcard"];

fn specification() -> Arg {
    host_path(Arg::new("specification"))
        .value_name("SPECIFICATION")
        .help("The file, or a program with an embedded one; `-` is standard input")
        .required(true)
        .value_parser(value_parser!(PathBuf))
}

fn program() -> Arg {
    host_path(Arg::new("program"))
        .value_name("PROGRAM")
        .help("The program's file")
        .required(true)
        .value_parser(value_parser!(PathBuf))
}

fn format() -> Arg {
    of_formats(
        "format",
        "The format that is read, where the file's name does not end in it: json, jsonc, toml, cbor or postcard",
    )
}

fn to() -> Arg {
    of_formats(
        "to",
        "The format that is written: json, jsonc, toml, cbor or postcard",
    )
}

fn of_formats(name: &'static str, help: &'static str) -> Arg {
    option(name, "FORMAT", help)
        .value_parser(FORMATS)
        .hide_possible_values(true)
}

fn output() -> Arg {
    path(
        "output",
        "The file that is written; standard output by default",
    )
    .short('o')
}

fn with_specification(command: Command) -> Command {
    command
        .args([specification(), format()])
        .arg(list("set", "NAME=VALUE", "Binds a parameter"))
        .arg(path(
            "runtime",
            "Binds parameters by a JSON object of names and values",
        ))
        .arg(rest(
            "ARGS",
            "What `${trailing}` stands for; for an entrypoint without a program, the program first, unless the specification is in its own file",
        ))
}

fn with_watching(command: Command) -> Command {
    command
        .arg(flag("verbose", "Says what becomes of each void").short('v'))
        .arg(
            option(
                "events",
                "FORMAT",
                "Tells events, a line each, on standard error; FORMAT is json",
            )
            .value_parser(["json"])
            .hide_possible_values(true),
        )
        .arg(path("events-file", "Appends the events to this file instead").requires("events"))
        .arg(
            option(
                "grace",
                "SECONDS",
                "How long voids may take to end after SIGTERM or SIGINT",
            )
            .default_value("10")
            .value_parser(seconds),
        )
}

#[expect(clippy::too_many_lines, reason = "a table: one flag an entry")]
fn with_void(command: Command) -> Command {
    command
        .args([
            host_path(list(
                "file",
                "HOST[:PATH[:ACCESS]]",
                "Grants a file or folder; ACCESS is r (default), rx, rw or rwx",
            )),
            host_path(list(
                "file-if-any",
                "HOST[:PATH[:ACCESS]]",
                "The same, if it is there",
            )),
            list(
                "tmpfs",
                "PATH:SIZE",
                "Grants a file system in memory, such as /tmp:16M",
            ),
            list(
                "content",
                "PATH=TEXT",
                "Grants a read-only file with this content",
            ),
            list("symlink", "PATH:TARGET", "Grants a symlink"),
            list("proc", "PATH", "Grants the void's own process file system")
                .num_args(0..=1)
                .default_missing_value("/proc"),
            list(
                "devices",
                "NAMES",
                "Grants devices in /dev, such as null,urandom",
            ),
            list(
                "serve",
                "KIND:PORTS=ADDRESS:PORTS",
                "Serves ports that it binds at an address of the host's, such as tcp:80=127.0.0.1:8080; KIND is tcp or udp",
            ),
            list(
                "reach",
                "DESTINATION",
                "Reaches destinations, such as tcp:192.0.2.1:443, udp:10.0.0.0/8:1-1024, tcp:example.org:443, tcp:*:443, \
                 icmp:192.0.2.1, unix:/run/its.sock or unixgram:/dev/log",
            ),
            list(
                "listen",
                "NAME=KIND:ADDRESS",
                "Listens, as a descriptor from 3 up, at such as tcp:127.0.0.1:8080, udp:[::1]:5353, unix:/path, unixgram:/path or unixpacket:/path",
            ),
            list(
                "activation",
                "NAME=KIND:ADDRESS",
                "The same, or the socket of this name that a service manager hands in",
            ),
            flag("loopback", "Brings the loopback interface of its own network up"),
            flag("unix", "Has AF_UNIX sockets, among its own paths"),
            list("env", "NAME=VALUE", "Sets a variable"),
            option("argv0", "NAME", "The program's name for itself"),
            option("libraries", "WHICH", "auto (default) or none"),
            list(
                "open",
                "NAME=FILE[:ACCESS]",
                "Opens a file as a descriptor from 3 up; ACCESS is r (default), w, rw or a",
            ),
        ])
        .args([
            host_path(option("stdin", "STREAM", "null (default), inherit or FILE")),
            host_path(option(
                "stdout",
                "STREAM",
                "null (default), inherit or FILE[:ACCESS]; ACCESS is w (default) or a",
            )),
            host_path(option(
                "stderr",
                "STREAM",
                "null (default), inherit or FILE[:ACCESS]",
            )),
            flag("stdio", "Inherits all three standard streams"),
            option("directory", "PATH", "The working directory in the void"),
            option("hostname", "NAME", "The host name"),
            option("umask", "OCTAL", "The file mode creation mask"),
            option("uid", "NUMBER", "The user's number inside").value_parser(value_parser!(u64)),
            option("gid", "NUMBER", "The group's number inside").value_parser(value_parser!(u64)),
            list(
                "capability",
                "NAME",
                "Keeps a capability over the void's own namespaces",
            ),
            list(
                "syscall",
                "NAME",
                "Allows a system call that the default refuses",
            ),
            list(
                "limit",
                "NAME=VALUE",
                "Limits memory, processes, open_files, cpu_seconds, wall_seconds or file_size",
            ),
            flag("no-init", "Makes the program pid 1 of its void"),
            option("restart", "WHEN", "never (default) or on-failure"),
            flag(
                "print-spec",
                "Prints the specification that the flags stand for; starts nothing",
            ),
        ])
        .arg(
            rest("PROGRAM", "The program, and its arguments")
                .num_args(1..)
                .required(true)
                .value_hint(ValueHint::CommandWithArguments),
        )
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| "a number of seconds is needed".to_owned())?;
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| "a number of seconds, 0 or more, is needed".to_owned())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_consistent() {
        super::command().debug_assert();
    }
}
