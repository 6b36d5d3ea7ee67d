#!/usr/bin/env python3
"""Gives a launcher everything that must not reach a void, and runs a command as that launcher.

    poison.py FOLDER COMMAND [ARGUMENT...]

FOLDER gets a file, two sockets, a FIFO, a program and a symlink that leads out. `@PLANTED@` among the arguments stands for
what was planted, in the words of the hostile program. The exit code is the command's."""
import ctypes, os, shutil, signal, socket, subprocess, sys

libc = ctypes.CDLL(None, use_errno=True)
KEYCTL, ADD_KEY = {"x86_64": (250, 248), "aarch64": (219, 217)}[os.uname().machine]


def must(value, what):
    if value < 0:
        sys.exit(f"poison: {what}: {os.strerror(ctypes.get_errno())}")
    return value


def folder(path):
    with open(f"{path}/file", "w") as file:
        file.write("read only\n")
    os.mkfifo(f"{path}/fifo")
    shutil.copy("/bin/busybox", f"{path}/program")
    os.symlink("../../../../../../etc/passwd", f"{path}/escape")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f"{path}/socket")
    listener.listen()
    datagrams = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    datagrams.bind(f"{path}/datagrams")
    datagrams.setblocking(False)
    return [listener, datagrams]


def raise_privileges():
    """Root as a launcher has inheritable and ambient capabilities and supplementary groups too."""
    if os.geteuid() == 0 and "POISONED" not in os.environ:
        os.environ["POISONED"] = "yes"
        capabilities = ["--inh-caps", "+chown", "--ambient-caps", "+chown", "--groups", "4,5"]
        os.execvp("setpriv", ["setpriv", *capabilities, sys.executable, *sys.argv])


def main():
    raise_privileges()
    where, command = sys.argv[1], sys.argv[2:]
    name = f"hostile-{os.getpid()}"
    keep = folder(where)
    abstract = socket.socket(socket.AF_UNIX)
    abstract.bind("\0" + name)
    abstract.listen()
    abstract_datagrams = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    abstract_datagrams.bind("\0datagrams-" + name)
    tcp = socket.socket()
    tcp.bind(("127.0.0.1", 0))
    tcp.listen()
    keep += [abstract, abstract_datagrams, tcp, open("/etc/passwd")]
    for fd in [one.fileno() for one in keep] + [os.open("/", os.O_RDONLY)]:
        os.set_inheritable(fd, True)
        os.dup2(fd, fd + 40)
    must(libc.syscall(KEYCTL, 1, 0), "session keyring")
    must(libc.syscall(ADD_KEY, b"user", name.encode(), b"secret", 6, -3), "key")
    shm = must(libc.shmget(0, 4096, 0o1600), "shared memory")
    msg = must(libc.msgget(0, 0o1600), "message queue")
    queue = must(libc.mq_open(f"/{name}".encode(), os.O_CREAT | os.O_RDWR, 0o600, None), "queue")
    os.set_inheritable(queue, True)
    os.umask(0)
    libc.personality(0x0040000)  # ADDR_NO_RANDOMIZE
    libc.prctl(29, 1234567, 0, 0, 0)  # PR_SET_TIMERSLACK
    for number in (signal.SIGUSR1, signal.SIGHUP, 40):
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2, 33, 50})
    with open("/proc/uptime") as file:
        uptime = int(float(file.read().split()[0]))
    planted = [
        f"pid={os.getpid()}", f"group={os.getpgrp()}", f"uptime={uptime}", f"abstract={name}", f"key={name}",
        f"abstract-datagrams=datagrams-{name}", f"shm={shm}", f"msg={msg}", f"queue=/{name}", f"port={tcp.getsockname()[1]}",
    ]
    planted += [f"ns-{kind}={os.readlink('/proc/self/ns/' + kind)}"
                for kind in ("user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time")]
    arguments = [word for argument in command for word in (planted if argument == "@PLANTED@" else [argument])]
    environment = dict(os.environ, SECRET="from the launcher")
    try:
        return subprocess.run(arguments, env=environment, close_fds=False, restore_signals=False).returncode
    finally:
        libc.shmctl(shm, 0, None)
        libc.msgctl(msg, 0, None)
        libc.mq_unlink(f"/{name}".encode())


sys.exit(main())
