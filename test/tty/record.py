#!/usr/bin/env python3
"""Record what Linux's own terminals do, as the table that native.test.ts compares with.

Usage: record.py > native-cases.json   (on any Linux host; needs no privilege)

A case is a list of steps on a fresh pty. Steps: ["type", text] bytes at the master; ["write", text] output of a program;
["read", n] one read of n bytes by a program; ["set", field, set, clear] flags of c_iflag, c_oflag or c_lflag;
["cc", index, value]; ["flush", queue]; ["count"] FIONREAD. Strings are latin-1. The record has one entry per step: what
the master shows after it, and what a read or count gave.
"""
import array
import errno
import fcntl
import json
import os
import select
import sys
import termios

I, O, L = "iflag", "oflag", "lflag"
FIELD = {I: 0, O: 1, L: 3}
ICANON, ISIG, ECHO, ECHOE, ECHOK, ECHONL = 2, 1, 8, 16, 32, 64
NOFLSH, ECHOCTL, ECHOPRT, ECHOKE, IEXTEN = 0o200, 0o1000, 0o2000, 0o4000, 0o100000
ISTRIP, INLCR, IGNCR, ICRNL, IUCLC, IXON, IXANY, IUTF8, PARMRK = 0o40, 0o100, 0o200, 0o400, 0o1000, 0o2000, 0o4000, 0o40000, 0o10
OPOST, OLCUC, ONLCR, OCRNL, ONOCR, ONLRET, XTABS = 1, 2, 4, 0o10, 0o20, 0o40, 0o14000
VEOL, VEOL2, VMIN, VERASE, VKILL, VEOF = 11, 16, 6, 2, 3, 4

RAW = [["set", L, 0, ICANON | ISIG | IEXTEN | ECHO], ["set", I, 0, ICRNL | IXON], ["set", O, 0, OPOST]]


def typed(text, *more):
    return [["type", text], ["read", 100], *more]


CASES = {
    "a line": typed("hello\n"),
    "two lines, one read each": typed("one\ntwo\n", ["read", 100], ["read", 100]),
    "a line in pieces": [["type", "ab"], ["read", 100], ["type", "c\n"], ["read", 2], ["read", 2], ["read", 2]],
    "carriage return is newline": typed("ok\r"),
    "erase": typed("helq\x7flo\n"),
    "erase at the start": typed("\x7f\x7fa\n"),
    "erase a control character": typed("a\x01\x7fb\n"),
    "erase a tab": typed("ab\tc\x7f\x7fd\n"),
    "erase a tab after output": [["write", "prompt> "], ["type", "ab\t\x7fc\n"], ["read", 100]],
    "erase tabs behind each other": typed("\t\t\x7f\x7fx\n"),
    "erase a tab behind control characters": typed("\x01\t\x7f!\n"),
    "erase a tab behind a tab and text": typed("a\tbc\t\x7fd\n"),
    "erase word": typed("foo bar\x17baz\n"),
    "erase word with punctuation": typed("foo.bar--\x17baz\n"),
    "erase word with underscore": typed("a b_c\x17d\n"),
    "erase word, only spaces": typed("   \x17x\n"),
    "erase word of latin letters": typed("a \xe9\xe8\x17x\n"),
    "kill": typed("garbage\x15good\n"),
    "kill with a tab": typed("a\tb\x15good\n"),
    "kill an empty line": typed("\x15x\n"),
    "literal next": typed("a\x16\x7fb\x16\x03c\n"),
    "literal newline": typed("a\x16\nb\n"),
    "literal return": typed("a\x16\rb\n"),
    "erase a literal": typed("a\x16\x03\x7fb\n"),
    "reprint": typed("abc\x12d\n"),
    "reprint nothing": typed("\x12a\n"),
    "end of file at the start": typed("\x04", ["read", 100]),
    "end of file behind text": typed("abc\x04", ["read", 100]),
    "end of file twice behind text": typed("abc\x04\x04", ["read", 100], ["read", 100]),
    "exact read takes the end of file along": [["type", "abc\x04"], ["read", 3], ["read", 3]],
    "exact read and then the newline": [["type", "abc\n"], ["read", 3], ["read", 3], ["read", 3]],
    "end of file between lines": typed("a\n\x04b\n", ["read", 100], ["read", 100]),
    "count with end of file": [["type", "abc\x04"], ["count"], ["read", 100], ["count"]],
    "count of unfinished": [["type", "abc"], ["count"], ["type", "\n"], ["count"]],
    "interrupt flushes": typed("abc\x03def\n"),
    "interrupt without flush": [["set", L, NOFLSH, 0], *typed("abc\x03def\n")],
    "quit and suspend": typed("a\x1cb\x1ac\n"),
    "interrupt without ISIG": [["set", L, 0, ISIG], *typed("a\x03b\n")],
    "control characters": typed("\x01\x02\x1b\x00z\n"),
    "del without erase": [["cc", VERASE, 8], *typed("a\x7fb\x08c\n")],
    "high bytes": typed("\xff\xfe\x80\n"),
    "no echo": [["set", L, 0, ECHO], *typed("secret\x7fs\n")],
    "no echo but newline": [["set", L, ECHONL, ECHO], *typed("secret\n")],
    "no echo, kill": [["set", L, 0, ECHO], *typed("abc\x15d\n")],
    "no ECHOE": [["set", L, 0, ECHOE], *typed("ab\x7fc\n")],
    "no ECHOE, kill": [["set", L, 0, ECHOE], *typed("ab\x15c\n")],
    "no ECHOK": [["set", L, 0, ECHOK], *typed("ab\x15c\n")],
    "no ECHOKE": [["set", L, 0, ECHOKE], *typed("ab\x15c\n")],
    "no ECHOKE and no ECHOK": [["set", L, 0, ECHOKE | ECHOK], *typed("ab\x15c\n")],
    "no ECHOCTL": [["set", L, 0, ECHOCTL], *typed("a\x01b\x7f\x7fc\n")],
    "no ECHOCTL, literal": [["set", L, 0, ECHOCTL], *typed("a\x16\x03b\n")],
    "ECHOPRT": [["set", L, ECHOPRT, 0], *typed("abc\x7f\x7fd\n")],
    "ECHOPRT to the start": [["set", L, ECHOPRT, 0], *typed("ab\x7f\x7fc\n")],
    "ECHOPRT, word": [["set", L, ECHOPRT, 0], *typed("ab cd\x17e\n")],
    "ECHOPRT, newline while erasing": [["set", L, ECHOPRT, 0], *typed("abc\x7f\nd\n", ["read", 100])],
    "no IEXTEN": [["set", L, 0, IEXTEN], *typed("a b\x17\x16\x12c\n")],
    "IUTF8, erase": [["set", I, IUTF8, 0], *typed("a\xc3\xa9\x7fb\n")],
    "IUTF8, erase three bytes": [["set", I, IUTF8, 0], *typed("\xe2\x82\xac\x7fb\n")],
    "IUTF8, tab": [["set", I, IUTF8, 0], *typed("\xc3\xa9\t\x7fb\n")],
    "IUTF8, stray continuation": [["set", I, IUTF8, 0], *typed("\xa9\xa9\x7fb\n")],
    "IUTF8, ECHOPRT": [["set", I, IUTF8, 0], ["set", L, ECHOPRT, 0], *typed("a\xc3\xa9\x7fb\n")],
    "without IUTF8, erase": typed("a\xc3\xa9\x7fb\n"),
    "INLCR": [["set", I, INLCR, 0], *typed("a\nb\r")],
    "IGNCR": [["set", I, IGNCR, 0], *typed("a\rb\n")],
    "no ICRNL": [["set", I, 0, ICRNL], *typed("a\rb\n")],
    "ISTRIP": [["set", I, ISTRIP, 0], *typed("\xe1\xe2\n")],
    "IUCLC": [["set", I, IUCLC, 0], *typed("HeLLo\n")],
    "PARMRK doubles": [["set", I, PARMRK, 0], *typed("a\xffb\n")],
    "EOL": [["cc", VEOL, 59], *typed("a;b\n", ["read", 100])],
    "EOL2": [["cc", VEOL2, 46], *typed("a.b\n", ["read", 100])],
    "stop and start": [["type", "\x13"], ["type", "abc"], ["type", "\x11"], ["type", "\n"], ["read", 100]],
    "IXANY": [["set", I, IXANY, 0], ["type", "\x13"], ["type", "a"], ["type", "b\n"], ["read", 100]],
    "no IXON": [["set", I, 0, IXON], *typed("a\x13b\x11\n")],
    "stopped, interrupt starts": [["type", "\x13abc"], ["type", "\x03"], ["type", "d\n"], ["read", 100]],
    "output": [["write", "a\nb\tc\rd\n"]],
    "output without ONLCR": [["set", O, 0, ONLCR], ["write", "a\nb\n"]],
    "output without OPOST": [["set", O, 0, OPOST], ["write", "a\n\tb\n"]],
    "OCRNL": [["set", O, OCRNL, 0], ["write", "a\rb\n"]],
    "ONOCR": [["set", O, ONOCR, 0], ["write", "\ra\r\rb\n"]],
    "ONLRET": [["set", O, ONLRET, ONLCR], ["write", "abc\n\tx"]],
    "XTABS": [["set", O, XTABS, 0], ["write", "a\tb\x08\tc\x01\td\n\te\n"]],
    "XTABS, utf8": [["set", O, XTABS, 0], ["set", I, IUTF8, 0], ["write", "\xc3\xa9\te\n"]],
    "XTABS, without utf8": [["set", O, XTABS, 0], ["write", "\xc3\xa9\te\n"]],
    "OLCUC": [["set", O, OLCUC, 0], ["write", "aZ\xe9\n"]],
    "XTABS, typed tab and erase": [["set", O, XTABS, 0], *typed("a\t\x7fb\n")],
    "raw": [*RAW, *typed("a\r\n\x03\x7f\x13\x00\n")],
    "raw, pieces": [*RAW, ["type", "abcdef"], ["count"], ["read", 2], ["read", 100], ["read", 100]],
    "not canonical with echo": [["set", L, 0, ICANON], *typed("a\x01\r\n\x7f\tb\x15")],
    "not canonical with signals": [["set", L, 0, ICANON], *typed("ab\x03c")],
    "VMIN 0": [["set", L, 0, ICANON], ["cc", VMIN, 0], ["read", 100], *typed("x")],
    "canonical to raw": [["type", "abc"], ["set", L, 0, ICANON], ["read", 100]],
    "canonical line to raw": [["type", "ab\ncd"], ["set", L, 0, ICANON], ["read", 100]],
    "raw to canonical": [["set", L, 0, ICANON], ["type", "abc"], ["set", L, ICANON, 0], ["read", 100], *typed("d\n")],
    "raw to canonical, empty": [["set", L, 0, ICANON], ["set", L, ICANON, 0], *typed("d\n")],
    "raw, read, canonical": [["set", L, 0, ICANON], *typed("abc"), ["set", L, ICANON, 0], *typed("d\x7fe\n")],
    "flush input": [["type", "abc\nde"], ["flush", "input"], ["type", "f\n"], ["read", 100]],
    "long line": [["type", "x" * 4090], ["type", "abcdefghij"], ["type", "\n"], ["read", 5000], ["type", "ok\n"], ["read", 100]],
    "long line, erase at the limit": [["set", L, 0, ECHO], ["type", "x" * 4095], ["type", "y\x7f\x7fz\n"], ["read", 5000]],
    "typed while a line waits": [["type", "a\n"], ["type", "bc\x7f"], ["read", 100], ["type", "d\n"], ["read", 100]],
    "kill keeps the finished line": [["type", "a\nbc\x15d\n"], ["read", 100], ["read", 100]],
    "prompt and kill": [["write", "$ "], ["type", "ab\tc\x15x\n"], ["read", 100]],
    "output while typing, then erase a tab": [["type", "ab"], ["write", "!!\n"], ["type", "\t\x7fc\n"], ["read", 100]],
}


def drain(fd):
    """Everything that is shown until nothing more comes for a while: the kernel echoes from a work queue."""
    data = b""
    while select.select([fd], [], [], 0.03)[0]:
        try:
            part = os.read(fd, 65536)
        except OSError as error:
            if error.errno == errno.EIO:
                break
            raise
        if not part:
            break
        data += part
    return data.decode("latin-1")


def change(fd, index, update):
    settings = termios.tcgetattr(fd)
    update(settings)
    termios.tcsetattr(fd, termios.TCSANOW, settings)


def perform(master, slave, step):
    kind, *args = step
    if kind == "type":
        os.write(master, args[0].encode("latin-1"))
    elif kind == "write":
        os.write(slave, args[0].encode("latin-1"))
    elif kind == "read":
        try:
            return os.read(slave, args[0]).decode("latin-1")
        except BlockingIOError:
            return None
    elif kind == "set":
        field, add, remove = args

        def update(settings):
            settings[FIELD[field]] = (settings[FIELD[field]] & ~remove) | add

        change(slave, field, update)
    elif kind == "cc":
        index, value = args
        # struct termios by hand: Python gives VMIN and VTIME a meaning of their own.
        raw = bytearray(60)
        fcntl.ioctl(slave, termios.TCGETS, raw)
        raw[17 + index] = value
        fcntl.ioctl(slave, termios.TCSETS, bytes(raw))
    elif kind == "flush":
        termios.tcflush(slave, termios.TCIFLUSH)
    elif kind == "count":
        count = array.array("i", [0])
        fcntl.ioctl(slave, termios.FIONREAD, count)
        return count[0]
    return None


def record(steps):
    master, slave = os.openpty()
    os.set_blocking(slave, False)
    results = []
    for step in steps:
        value = perform(master, slave, step)
        results.append({"shown": drain(master), "value": value})
    os.close(slave)
    os.close(master)
    return results


def main():
    cases = [{"name": name, "steps": steps, "results": record(steps)} for name, steps in CASES.items()]
    lines = ",\n".join(json.dumps(case) for case in cases)
    sys.stdout.write(f"[\n{lines}\n]\n")


main()
