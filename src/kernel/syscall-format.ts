/** How strace shows the values of system-call arguments: names of flags and enumerations (table). */
import * as fcntl from '../abi/fcntl.ts';
import * as mman from '../abi/mman.ts';
import * as resources from '../abi/resource.ts';
import * as sched from '../abi/sched.ts';
import * as seccomp from '../abi/seccomp.ts';
import { signalName } from '../abi/signal.ts';
import * as termios from '../abi/termios.ts';

type Names = readonly (readonly [value: number, name: string])[];
/** Where they come from a module's constants they are collected when first asked for: all of them took 1.5 ms of each start. */
type NamesOrMaker = Names | (() => Names);

export function hex(value: number): string {
  return value === 0 ? '0' : `0x${value.toString(16)}`;
}

export function octal(value: number): string {
  return `0${value.toString(8)}`;
}

export function address(value: number | bigint): string {
  return Number(value) === 0 ? 'NULL' : `0x${value.toString(16)}`;
}

/** User and group ids: -1 means "leave it". */
export function id(value: number): string {
  return value === 0xffff_ffff ? '-1' : String(value);
}

export function dirfd(value: number): string {
  return value === fcntl.AT_FDCWD ? 'AT_FDCWD' : String(value);
}

/** `A|B|0x40`: known bits by name, the rest in hexadecimal. */
export function flagSet(given: NamesOrMaker, zero = '0'): (value: number) => string {
  let names = typeof given === 'function' ? undefined : given;
  return (value) => {
    names ??= (given as () => Names)();
    let rest = value;
    const parts: string[] = [];
    for (const [bits, name] of names) {
      if ((rest & bits) >>> 0 !== bits >>> 0 || bits === 0) continue;
      parts.push(name);
      rest = (rest & ~bits) >>> 0;
    }
    if (rest !== 0) parts.push(hex(rest));
    return parts.length === 0 ? zero : parts.join('|');
  };
}

/** The name of a value, if it has one. */
export function nameOf(given: NamesOrMaker): (value: number) => string | undefined {
  let byValue: ReadonlyMap<number, string> | undefined;
  return (value) => {
    byValue ??= new Map(typeof given === 'function' ? given() : given);
    return byValue.get(value);
  };
}

function oneOf(given: NamesOrMaker): (value: number) => string {
  const name = nameOf(given);
  return (value) => name(value) ?? String(value);
}

/** [value, name] of the constants of an abi module whose name starts with `prefix`, by value: a bundler has its own order of names. */
export function named(module: object, prefix: string): [number, string][] {
  const pairs: [number, string][] = [];
  for (const [name, value] of Object.entries(module))
    if (name.startsWith(prefix) && typeof value === 'number') pairs.push([value, name]);
  return pairs.sort(([a], [b]) => a - b);
}

const OPEN_FLAGS = flagSet(
  [
    [fcntl.O_CREAT, 'O_CREAT'],
    [fcntl.O_EXCL, 'O_EXCL'],
    [fcntl.O_NOCTTY, 'O_NOCTTY'],
    [fcntl.O_TRUNC, 'O_TRUNC'],
    [fcntl.O_APPEND, 'O_APPEND'],
    [fcntl.O_NONBLOCK, 'O_NONBLOCK'],
    [fcntl.O_SYNC, 'O_SYNC'],
    [fcntl.O_DSYNC, 'O_DSYNC'],
    [fcntl.O_DIRECT, 'O_DIRECT'],
    [fcntl.O_LARGEFILE, 'O_LARGEFILE'],
    [fcntl.O_TMPFILE, 'O_TMPFILE'],
    [fcntl.O_DIRECTORY, 'O_DIRECTORY'],
    [fcntl.O_NOFOLLOW, 'O_NOFOLLOW'],
    [fcntl.O_NOATIME, 'O_NOATIME'],
    [fcntl.O_CLOEXEC, 'O_CLOEXEC'],
    [fcntl.O_PATH, 'O_PATH'],
  ],
  '',
);
const ACCESS_MODES = ['O_RDONLY', 'O_WRONLY', 'O_RDWR', 'O_ACCMODE'];

export function openFlags(value: number): string {
  const mode = ACCESS_MODES[value & fcntl.O_ACCMODE] as string;
  const rest = OPEN_FLAGS(value & ~fcntl.O_ACCMODE);
  return rest === '' ? mode : `${mode}|${rest}`;
}

/** What the third argument of fcntl is depends on the second. */
export function fcntlArgument(command: number, value: number): string {
  if (command === fcntl.F_SETFD) return value === fcntl.FD_CLOEXEC ? 'FD_CLOEXEC' : hex(value);
  if (command === fcntl.F_SETFL) return openFlags(value);
  if (command === fcntl.F_DUPFD || command === fcntl.F_DUPFD_CLOEXEC) return String(value);
  return address(value);
}

/** Flags of a descriptor that is no open(2): O_RDONLY is not said. */
export function descriptorFlags(value: number): string {
  return OPEN_FLAGS(value) || '0';
}

export const atFlags = flagSet([
  [fcntl.AT_SYMLINK_NOFOLLOW, 'AT_SYMLINK_NOFOLLOW'],
  [fcntl.AT_REMOVEDIR, 'AT_REMOVEDIR'],
  [fcntl.AT_SYMLINK_FOLLOW, 'AT_SYMLINK_FOLLOW'],
  [fcntl.AT_NO_AUTOMOUNT, 'AT_NO_AUTOMOUNT'],
  [fcntl.AT_EMPTY_PATH, 'AT_EMPTY_PATH'],
]);
export const accessMode = flagSet(
  [
    [fcntl.R_OK, 'R_OK'],
    [fcntl.W_OK, 'W_OK'],
    [fcntl.X_OK, 'X_OK'],
  ],
  'F_OK',
);
export const protection = flagSet(
  [
    [mman.PROT_READ, 'PROT_READ'],
    [mman.PROT_WRITE, 'PROT_WRITE'],
    [mman.PROT_EXEC, 'PROT_EXEC'],
    [mman.PROT_GROWSDOWN, 'PROT_GROWSDOWN'],
  ],
  'PROT_NONE',
);
export const mapFlags = flagSet(() =>
  named(mman, 'MAP_').filter(([, name]) => name !== 'MAP_TYPE' && name !== 'MAP_SHARED_VALIDATE'),
);
export const waitOptions = flagSet([
  [resources.WNOHANG, 'WNOHANG'],
  [resources.WUNTRACED, 'WUNTRACED'],
  [resources.WEXITED, 'WEXITED'],
  [resources.WCONTINUED, 'WCONTINUED'],
  [resources.WNOWAIT, 'WNOWAIT'],
]);
/** clone(2) looks at the lower 32 bits only: what lies above is clone3's. */
const CLONE_FLAGS = flagSet(() => named(sched, 'CLONE_').filter(([bit]) => bit <= 0xffff_ffff), '');

export function cloneFlags(value: number): string {
  const exitSignal = value & sched.CSIGNAL;
  const parts = [CLONE_FLAGS((value & ~sched.CSIGNAL) >>> 0)];
  if (exitSignal !== 0) parts.push(signalName(exitSignal));
  return parts.filter((part) => part !== '').join('|') || '0';
}

export function signal(value: number): string {
  return value === 0 ? '0' : signalName(value);
}

export const sigmaskHow = oneOf([
  [0, 'SIG_BLOCK'],
  [1, 'SIG_UNBLOCK'],
  [2, 'SIG_SETMASK'],
]);
export const whence = oneOf(() => named(fcntl, 'SEEK_'));
export const fcntlCommand = oneOf(() =>
  named(fcntl, 'F_').filter(([, name]) => !name.endsWith('LCK') && !name.startsWith('F_SEAL_')),
);
export const resource = oneOf(() => named(resources, 'RLIMIT_'));
export const advice = oneOf(() => named(mman, 'MADV_'));
export const waitIdType = oneOf(() => named(resources, 'P_'));
/** Of terminals; other devices' numbers are as they are. */
const terminalRequest = nameOf(() =>
  [...named(termios, 'TC'), ...named(termios, 'TIOC')].filter(([value]) => value > 0xff),
);

export function ioctlRequest(value: number): string {
  return terminalRequest(value) ?? hex(value);
}

/** What wait(2) stores, as an expression of its macros. */
export function waitStatus(value: number): string {
  const signalNumber = value & 0x7f;
  if (value === 0xffff) return '{WIFCONTINUED(s)}';
  if (signalNumber === 0) return `{WIFEXITED(s) && WEXITSTATUS(s) == ${(value >>> 8) & 0xff}}`;
  if (signalNumber === 0x7f)
    return `{WIFSTOPPED(s) && WSTOPSIG(s) == ${signalName((value >>> 8) & 0xff)}}`;
  const core = (value & 0x80) === 0 ? '' : ' && WCOREDUMP(s)';
  return `{WIFSIGNALED(s) && WTERMSIG(s) == ${signalName(signalNumber)}${core}}`;
}

export const seccompOperation = oneOf(() => [
  ...named(seccomp, 'SECCOMP_SET_MODE_'),
  ...named(seccomp, 'SECCOMP_GET_'),
]);
export const schedulingPolicy = oneOf(() => named(sched, 'SCHED_'));
export const clock = oneOf([
  [0, 'CLOCK_REALTIME'],
  [1, 'CLOCK_MONOTONIC'],
  [2, 'CLOCK_PROCESS_CPUTIME_ID'],
  [3, 'CLOCK_THREAD_CPUTIME_ID'],
  [4, 'CLOCK_MONOTONIC_RAW'],
  [5, 'CLOCK_REALTIME_COARSE'],
  [6, 'CLOCK_MONOTONIC_COARSE'],
  [7, 'CLOCK_BOOTTIME'],
]);
const futexName = nameOf(() => named(sched, 'FUTEX_'));

export function futexOperation(value: number): string {
  const name = futexName(value & 127) ?? String(value & 127);
  const isPrivate = (value & sched.FUTEX_PRIVATE_FLAG) !== 0;
  return `${name}${isPrivate ? '_PRIVATE' : ''}${(value & sched.FUTEX_CLOCK_REALTIME) === 0 ? '' : '|FUTEX_CLOCK_REALTIME'}`;
}
