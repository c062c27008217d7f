#!/usr/bin/python3
"""Runs a program where there is nothing but a folder, /proc and /dev: empty_root.py FOLDER PROGRAM [WORD...]

In a mount namespace of its own (unshare -m). By pivot_root: below a chroot Linux grants no user namespaces.
"""
import ctypes
import os
import sys

MS_BIND, MS_REC = 4096, 16384
MNT_DETACH = 2
PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}  # glibc has no function for it

libc = ctypes.CDLL(None, use_errno=True)


def must(result):
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def bind(source, target):
    os.makedirs(target, exist_ok=True)
    must(libc.mount(source.encode(), target.encode(), None, MS_BIND | MS_REC, None))


root, *command = sys.argv[1:]
bind(root, root)
os.chdir(root)
bind("/proc", "proc")
bind("/dev", "dev")
must(libc.syscall(PIVOT_ROOT[os.uname().machine], b".", b"."))
must(libc.umount2(b".", MNT_DETACH))
os.chdir("/")
os.execve(command[0], command, {"PATH": "/bin", "HOME": "/"})
