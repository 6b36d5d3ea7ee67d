"""A process with files of a file system that it serves itself, and that does not answer everything: whoever asks waits for
ever. The way that is given by name is where it has such a file; root only."""
import ctypes
import mmap
import os
import select
import signal
import struct
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNS, CLONE_NEWUTS = 0x20000, 0x4000000
MS_NOSUID, MS_REC, MS_PRIVATE, MNT_DETACH = 2, 0x4000, 1 << 18, 2
PR_SET_NAME, SYS_CLONE = 15, 56
PROGRAM, SILENT, PLAN = 2, 3, 4
NAMES = {b"program": PROGRAM, b"silent": SILENT, b"memfd:clone-shim-plan (deleted)": PLAN}


def check(result):
    if result == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def serve(device, content):
    """Answers what it takes to find and open the files, and to read the program."""
    opened = set()

    def attributes(node):
        mode, size = (0o40755, 0) if node == 1 else (0o100755, len(content) if node == PROGRAM else 4096)
        return struct.pack("<6Q10I", node, size, 8, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)

    def answer(operation, node, body):
        if operation == 26:  # INIT
            return struct.pack("<4I2H2I2H8I", 7, 31, 4096, 0, 12, 9, 4096, 1, 1, 0, *[0] * 8)
        if operation == 1:  # LOOKUP
            found = NAMES.get(body.rstrip(b"\0"))
            return struct.pack("<4Q2I", found, 0, 0, 0, 0, 0) + attributes(found) if found else -2
        if operation == 3:  # GETATTR
            return struct.pack("<Q2I", 0, 0, 0) + attributes(node)
        if operation == 14 and not (node == PLAN and node in opened):  # OPEN
            opened.add(node)
            return struct.pack("<Q2I", 0, 0, 0)
        if operation == 15 and node == PROGRAM:  # READ
            offset, size = struct.unpack_from("<QI", body, 8)
            return content[offset : offset + size]
        # OPEN, READ, STATFS, GETXATTR; FORGET, INTERRUPT and BATCH_FORGET have no answer.
        return None if operation in (2, 14, 15, 17, 22, 36, 42) else -38

    # Who waits then goes on: a test that fails is to end, and who is traced by who waits is not even ended by SIGKILL.
    end = time.monotonic() + 30
    while select.select([device], [], [], end - time.monotonic())[0]:
        try:
            request = os.read(device, 1 << 20)
        except OSError:
            return
        _, operation, unique, node = struct.unpack_from("<IIQQ", request)
        said = answer(operation, node, request[40:])
        if said is not None:
            error, said = (said, b"") if isinstance(said, int) else (0, said)
            os.write(device, struct.pack("<IiQ", 16 + len(said), error, unique) + said)


def mount(folder):
    """Gives the number of who serves it."""
    check(libc.unshare(CLONE_NEWNS))
    check(libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None))
    device = os.open("/dev/fuse", os.O_RDWR)
    options = b"fd=%d,rootmode=40000,user_id=0,group_id=0" % device
    check(libc.mount(b"unanswering", folder.encode(), b"fuse", MS_NOSUID, options))
    with open("/bin/true", "rb") as true:
        content = true.read()
    server = os.fork()
    if server == 0:
        serve(device, content)
        os.close(device)
        os._exit(0)
    os.close(device)
    return server


def silent_memory(folder):
    """Gives a place in our memory that cannot be read."""
    file = os.open(folder + "/silent", os.O_RDONLY)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
    return libc.mmap(None, 4096, mmap.PROT_READ, mmap.MAP_PRIVATE, file, 0)


def child_elsewhere():
    """Makes a child in another namespace, of which more is looked at."""
    child = check(libc.syscall(SYS_CLONE, CLONE_NEWUTS | signal.SIGCHLD, 0, 0, 0, 0))
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def program(folder):
    child = os.fork()
    if child == 0:
        os.execv(folder + "/program", ["true"])
    assert os.waitpid(child, 0)[1] == 0


def plan(folder):
    held = os.open(folder + "/memfd:clone-shim-plan (deleted)", os.O_RDONLY)
    check(libc.umount2(folder.encode(), MNT_DETACH))
    assert os.readlink(f"/proc/self/fd/{held}") == "/memfd:clone-shim-plan (deleted)"
    libc.prctl(PR_SET_NAME, b"void:web", 0, 0, 0)
    child_elsewhere()


def failed(folder):
    place = silent_memory(folder)
    child = os.fork()
    if child == 0:
        # The kernel waits for it, as whoever reads it before does.
        libc.execve(ctypes.c_void_p(place), None, None)
        os._exit(0)
    time.sleep(3)


def main():
    way, folder = sys.argv[1:3]
    server = mount(folder)
    try:
        {f.__name__: f for f in (program, plan, failed)}[way](folder)
    finally:
        os.kill(server, signal.SIGKILL)
    print("done", flush=True)


main()
