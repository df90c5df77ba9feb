/** The words of a system call's argument list: how each is decoded from its register and shown by strace (table). */
import * as format from './syscall-format.ts';

/** How an argument register becomes a parameter. */
export type Kind =
  | 'i32'
  | 'u32'
  /** Unsigned 64-bit, exact below 2^53; the rest rounds. */
  | 'u64'
  | 's64'
  | 'path'
  | 'optpath'
  /** A path that the handler reads when it comes to it: its other checks are first. */
  | 'latepath'
  | 'lateoptpath'
  /** Address; with the next word, the length, one UserBuffer. */
  | 'buffer'
  /** Address of struct iovec; with the next word, the count, one IoBuffer. */
  | 'iovec';

export interface Word {
  readonly kind: Kind;
  readonly show?: (value: number) => string;
}

const word = <K extends Kind>(kind: K, show?: (value: number) => string) =>
  show ? { kind, show } : { kind };

export const WORDS = {
  int: word('i32'),
  uint: word('u32'),
  fd: word('i32'),
  dirfd: word('i32', format.dirfd),
  pid: word('i32'),
  uid: word('u32', format.id),
  gid: word('u32', format.id),
  mode: word('u32', format.octal),
  dev: word('u32', format.hex),
  size: word('u64'),
  count: word('u64'),
  offset: word('s64'),
  address: word('u64', format.address),
  path: word('path'),
  optpath: word('optpath'),
  latepath: word('latepath'),
  lateoptpath: word('lateoptpath'),
  buffer: word('buffer'),
  iovec: word('iovec'),
  // structures in user memory: the handler reads or writes them
  stat: word('u64', format.address),
  sigset: word('u64', format.address),
  siginfo: word('u64', format.address),
  sigaction: word('u64', format.address),
  timespec: word('u64', format.address),
  timeval: word('u64', format.address),
  rusage: word('u64', format.address),
  argv: word('u64', format.address),
  fdset: word('u64', format.address),
  pollfds: word('u64', format.address),
  sockaddr: word('u64', format.address),
  // sets of flags and enumerations
  flags: word('u32', format.hex),
  openflags: word('i32', format.openFlags),
  fdflags: word('i32', format.descriptorFlags),
  atflags: word('u32', format.atFlags),
  accessmode: word('i32', format.accessMode),
  mmapprot: word('u32', format.protection),
  mmapflags: word('u32', format.mapFlags),
  cloneflags: word('u64', format.cloneFlags),
  // clone(2) takes the lower half, whatever an int with the sign bit became
  lowcloneflags: word('u32', format.cloneFlags),
  waitoptions: word('i32', format.waitOptions),
  waitidtype: word('i32', format.waitIdType),
  signal: word('i32', format.signal),
  sigmaskhow: word('i32', format.sigmaskHow),
  whence: word('i32', format.whence),
  clock: word('i32', format.clock),
  fcntlcmd: word('i32', format.fcntlCommand),
  ioctl: word('u32', format.ioctlRequest),
  futexop: word('i32', format.futexOperation),
  resource: word('i32', format.resource),
  seccompop: word('i32', format.seccompOperation),
  policy: word('i32', format.schedulingPolicy),
  madvice: word('i32', format.advice),
  domain: word('i32'),
  socktype: word('i32'),
} as const satisfies Record<string, Word>;

export type WordName = keyof typeof WORDS;

/** Whether it is the address of a path. */
export function isPath(kind: Kind): boolean {
  return kind === 'path' || kind === 'optpath' || kind === 'latepath' || kind === 'lateoptpath';
}
