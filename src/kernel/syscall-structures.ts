/** Structures in user memory as strace(1) shows them: which arguments are such, and what the kernel writes to (tables). */
import * as poll from '../abi/poll.ts';
import { Rlimit, Rusage } from '../abi/resource.ts';
import * as signal from '../abi/signal.ts';
import * as stat from '../abi/stat.ts';
import { TIOCGPGRP, TIOCGWINSZ, TIOCSPGRP, TIOCSWINSZ, Winsize } from '../abi/termios.ts';
import { Timespec, Timeval, UTIME_NOW, UTIME_OMIT } from '../abi/time.ts';
import { Utsname } from '../abi/utsname.ts';
import { fromBytes } from '../lib/bytes.ts';
import type { UserMemory } from './mm/user-memory.ts';
import { address, flagSet, hex, named, octal, waitStatus } from './syscall-format.ts';
import { quote, quoteBytes } from './syscall-quote.ts';
import type { TraceStyle } from './syscall-trace.ts';
import type { WordName } from './syscall-words.ts';

/** A call as the readers see it. */
export interface Look {
  readonly memory: Pick<UserMemory, 'read' | 'readBytes' | 'readU32' | 'readU64' | 'readI32'>;
  readonly style: TraceStyle;
  /** What the call returned; for what is read when it begins, 0. */
  readonly result: number;
  argument(index: number): number;
}

/** Text of the structure at an address that is not null. Throws KernelError EFAULT. */
export type Reader = (look: Look, at: number, index: number) => string;

const MOST_ITEMS = 32;
const IOVEC_BYTES = 16;

const timespec: Reader = ({ memory }, at) => {
  const { tv_sec, tv_nsec } = memory.read(Timespec, at);
  return `{tv_sec=${tv_sec}, tv_nsec=${tv_nsec}}`;
};

const timeval: Reader = ({ memory }, at) => {
  const { tv_sec, tv_usec } = memory.read(Timeval, at);
  return `{tv_sec=${tv_sec}, tv_usec=${tv_usec}}`;
};

/** The two times of utimensat. */
const fileTimes: Reader = (look, at) => {
  const one = (place: number) => {
    const nanoseconds = Number(look.memory.read(Timespec, place).tv_nsec);
    if (nanoseconds === UTIME_NOW) return 'UTIME_NOW';
    return nanoseconds === UTIME_OMIT ? 'UTIME_OMIT' : timespec(look, place, 0);
  };
  return `[${one(at)}, ${one(at + 16)}]`;
};

/** Names without SIG; where most of the 64 are in the set, those that are not, after a ~. */
function signalSet(low: number, high: number): string {
  const bits = Array.from(
    { length: 64 },
    (_, i) => ((i < 32 ? low >>> i : high >>> (i - 32)) & 1) === 1,
  );
  const isMost = bits.filter(Boolean).length > 32;
  const names = bits.flatMap((bit, i) =>
    bit === isMost
      ? []
      : [
          signal
            .signalName(i + 1)
            .replace('SIGRT_0', 'SIGRTMIN')
            .slice(3),
        ],
  );
  return `${isMost ? '~' : ''}[${names.join(' ')}]`;
}

const sigset: Reader = ({ memory }, at) => signalSet(memory.readU32(at), memory.readU32(at + 4));

const actionFlags = flagSet(named(signal, 'SA_'));

const sigaction: Reader = ({ memory }, at) => {
  const { sa_handler, sa_flags, sa_mask_low, sa_mask_high } = memory.read(signal.Sigaction, at);
  const handler = Number(sa_handler);
  const shown = ['SIG_DFL', 'SIG_IGN'][handler] ?? hex(handler);
  const field = (sa_flags & signal.SA_SIGINFO) !== 0 && handler > 1 ? 'sa_sigaction' : 'sa_handler';
  const mask = signalSet(sa_mask_low, sa_mask_high);
  return `{${field}=${shown}, sa_mask=${mask}, sa_flags=${actionFlags(sa_flags)}}`;
};

const FILE_TYPES = named(stat, 'S_IF').filter(([bits]) => bits !== stat.S_IFMT);

function fileMode(mode: number): string {
  const type = FILE_TYPES.find(([bits]) => bits === (mode & stat.S_IFMT));
  const flags = [
    [stat.S_ISUID, 'S_ISUID'],
    [stat.S_ISGID, 'S_ISGID'],
    [stat.S_ISVTX, 'S_ISVTX'],
  ] as const;
  const names = flags.flatMap(([bit, name]) => ((mode & bit) === 0 ? [] : [name]));
  return [type?.[1] ?? hex(mode & stat.S_IFMT), ...names, octal(mode & 0o777)].join('|');
}

/** dev_t of Linux: 12 bits of the major number above 8 of the minor one, the rest of that above. */
function device(value: number): string {
  return `makedev(${hex((value >>> 8) & 0xfff)}, ${hex((value & 0xff) | ((value >>> 12) & 0xfff00))})`;
}

function fileStatus(look: Look, at: number): string {
  const s = look.memory.read(stat.Stat, at);
  const type = s.st_mode & stat.S_IFMT;
  const isDevice = type === stat.S_IFCHR || type === stat.S_IFBLK;
  const extent = isDevice ? `st_rdev=${device(Number(s.st_rdev))}` : `st_size=${s.st_size}`;
  if (!look.style.isVerbose) return `{st_mode=${fileMode(s.st_mode)}, ${extent}, ...}`;
  const time = (name: string, seconds: number, nanoseconds: number) => {
    const date = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
    const fraction = Number(nanoseconds) === 0 ? '' : `.${String(nanoseconds).padStart(9, '0')}`;
    return `${name}=${seconds} /* ${date}${fraction}+0000 */, ${name}_nsec=${nanoseconds}`;
  };
  const parts = [
    `st_dev=${device(Number(s.st_dev))}`,
    `st_ino=${s.st_ino}`,
    `st_mode=${fileMode(s.st_mode)}`,
    `st_nlink=${s.st_nlink}`,
    `st_uid=${s.st_uid}`,
    `st_gid=${s.st_gid}`,
    `st_blksize=${s.st_blksize}`,
    `st_blocks=${s.st_blocks}`,
    extent,
    time('st_atime', s.st_atime, s.st_atime_nsec),
    time('st_mtime', s.st_mtime, s.st_mtime_nsec),
    time('st_ctime', s.st_ctime, s.st_ctime_nsec),
  ];
  return `{${parts.join(', ')}}`;
}

const rusage: Reader = ({ memory, style }, at) => {
  const { ru_utime_sec, ru_utime_usec, ru_stime_sec, ru_stime_usec, ...rest } = memory.read(
    Rusage,
    at,
  );
  const others = style.isVerbose
    ? Object.entries(rest).map(([name, value]) => `${name}=${value}`)
    : ['...'];
  const user = `ru_utime={tv_sec=${ru_utime_sec}, tv_usec=${ru_utime_usec}}`;
  const system = `ru_stime={tv_sec=${ru_stime_sec}, tv_usec=${ru_stime_usec}}`;
  return `{${[user, system, ...others].join(', ')}}`;
};

const rlimit: Reader = ({ memory }, at) => {
  const one = (place: number) => {
    if (memory.readU32(place) === 0xffff_ffff && memory.readU32(place + 4) === 0xffff_ffff)
      return 'RLIM64_INFINITY';
    const value = memory.readU64(place);
    return value > 1024 && value % 1024 === 0 ? `${value / 1024}*1024` : String(value);
  };
  return `{rlim_cur=${one(at)}, rlim_max=${one(at + Rlimit.size / 2)}}`;
};

const utsname: Reader = ({ memory, style }, at) => {
  const fields = Object.entries(memory.read(Utsname, at));
  const shown = style.isVerbose ? fields : fields.slice(0, 2);
  const parts = shown.map(([name, bytes]) => {
    const text = fromBytes(bytes);
    return `${name}=${quote(text.split('\0')[0] as string)}`;
  });
  return `{${parts.join(', ')}${style.isVerbose ? '' : ', ...'}}`;
};

const pollEvents = flagSet(named(poll, 'POLL'));

/** What is asked; with the result, what poll found: see formatResult. */
const pollfds: Reader = ({ memory, argument }, at) => {
  const count = argument(1);
  const shown = Math.min(count, MOST_ITEMS);
  const parts = Array.from({ length: shown }, (_, i) => {
    const { fd, events } = memory.read(poll.Pollfd, at + i * poll.Pollfd.size);
    return fd < 0 ? `{fd=${fd}}` : `{fd=${fd}, events=${pollEvents(events)}}`;
  });
  return `[${[...parts, ...(count > shown ? ['...'] : [])].join(', ')}]`;
};

/** Those of poll's descriptors that something happened to. */
export const pollResult: Reader = ({ memory, argument }, at) => {
  const count = Math.min(argument(1), MOST_ITEMS);
  const parts = Array.from({ length: count }, (_, i) => {
    const { fd, revents } = memory.read(poll.Pollfd, at + i * poll.Pollfd.size);
    return revents === 0 ? '' : `{fd=${fd}, revents=${pollEvents(revents)}}`;
  });
  return `[${parts.filter((part) => part !== '').join(', ')}]`;
};

function vectors({ memory, style }: Look, at: number, count: number, most: number): string {
  const parts: string[] = [];
  let left = most;
  for (let i = 0; i < Math.min(count, MOST_ITEMS); i++) {
    const base = memory.readU64(at + i * IOVEC_BYTES);
    const length = memory.readU64(at + i * IOVEC_BYTES + 8);
    const here = Math.min(length, left);
    left -= here;
    const bytes = memory.readBytes(base, Math.min(here, style.strings));
    parts.push(`{iov_base=${quoteBytes(bytes, here)}, iov_len=${length}}`);
  }
  if (count > MOST_ITEMS) parts.push('...');
  return `[${parts.join(', ')}]`;
}

const written: Reader = (look, at, index) => vectors(look, at, look.argument(index + 1), Infinity);
const read: Reader = (look, at, index) => vectors(look, at, look.argument(index + 1), look.result);

/** A buffer that the call filled, as far as it did. */
const filled: Reader = ({ memory, style, result }, at) =>
  quoteBytes(memory.readBytes(at, Math.min(result, style.strings)), result);

/** What is no text by its nature. */
const random: Reader = ({ memory, style, result }, at) => {
  const bytes = memory.readBytes(at, Math.min(result, style.strings));
  const digits = [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`);
  return `"${digits.join('')}"${result > bytes.length ? '...' : ''}`;
};

/** getcwd counts the zero byte, too. */
const folder: Reader = ({ memory, result }, at) =>
  quote(String.fromCharCode(...memory.readBytes(at, Math.max(0, result - 1))));

/** Records have their length in the third 16-bit word after two of 64 bits: linux_dirent64. */
const entries: Reader = ({ memory, result }, at) => {
  let count = 0;
  for (let done = 0; done + 20 <= result; count++) {
    const length = memory.readU32(at + done + 16) & 0xffff;
    if (length === 0) break;
    done += length;
  }
  return `${address(at)} /* ${count} ${count === 1 ? 'entry' : 'entries'} */`;
};

const pair: Reader = ({ memory }, at) => `[${memory.readI32(at)}, ${memory.readI32(at + 4)}]`;
const status: Reader = ({ memory, result }, at) =>
  result === 0 ? address(at) : `[${waitStatus(memory.readI32(at))}]`;

/** Of terminals: the size, and numbers of groups. */
const terminalAnswer: Reader = ({ memory, argument }, at) => {
  const request = argument(1);
  if (request === TIOCGWINSZ || request === TIOCSWINSZ) {
    const fields = Object.entries(memory.read(Winsize, at));
    return `{${fields.map(([name, value]) => `${name}=${value}`).join(', ')}}`;
  }
  const isGroup = request === TIOCGPGRP || request === TIOCSPGRP;
  return isGroup ? `[${memory.readI32(at)}]` : address(at);
};

const onlyAddress: Reader = (_, at) => address(at);

/** Read when the call begins, by the word of the argument. */
export const INPUT_WORDS: Readonly<Partial<Record<WordName, Reader>>> = {
  timespec,
  timeval,
  sigset,
  sigaction,
  pollfds,
  iovec: written,
};

/** Read when it begins, where the word does not tell: by call and argument. */
export const INPUT_ARGUMENTS: Readonly<Record<string, readonly (Reader | undefined)[]>> = {
  utimensat: [undefined, undefined, fileTimes],
  prlimit64: [undefined, undefined, rlimit],
  setrlimit: [undefined, rlimit],
};

/** What the kernel writes: read when the call has ended, and not if it failed. */
export const OUTPUT_ARGUMENTS: Readonly<Record<string, readonly (Reader | undefined)[]>> = {
  newfstatat: [undefined, undefined, fileStatus],
  fstat: [undefined, fileStatus],
  read: [undefined, filled],
  pread64: [undefined, filled],
  recvfrom: [undefined, filled],
  readlinkat: [undefined, undefined, filled],
  readv: [undefined, read],
  preadv: [undefined, read],
  preadv2: [undefined, read],
  getrandom: [random],
  getcwd: [folder],
  getdents64: [undefined, entries],
  ioctl: [undefined, undefined, terminalAnswer],
  pipe2: [pair],
  wait4: [undefined, status, undefined, rusage],
  getrusage: [undefined, rusage],
  rt_sigaction: [undefined, undefined, sigaction],
  rt_sigprocmask: [undefined, undefined, sigset],
  rt_sigpending: [sigset],
  clock_gettime: [undefined, timespec],
  clock_getres: [undefined, timespec],
  sched_rr_get_interval: [undefined, timespec],
  gettimeofday: [timeval],
  nanosleep: [undefined, onlyAddress],
  clock_nanosleep: [undefined, undefined, undefined, onlyAddress],
  getrlimit: [undefined, rlimit],
  prlimit64: [undefined, undefined, undefined, rlimit],
  uname: [utsname],
};
