/** Structures in user memory as strace(1) shows them: which arguments are such, and what the kernel writes to (tables). */
import * as poll from '../abi/poll.ts';
import { Rlimit, Rusage } from '../abi/resource.ts';
import * as signal from '../abi/signal.ts';
import { Timespec, Timeval, UTIME_NOW, UTIME_OMIT } from '../abi/time.ts';
import { Utsname } from '../abi/utsname.ts';
import { fromBytes } from '../lib/bytes.ts';
import { EVENT_INPUTS, EVENT_OUTPUTS } from './syscall-events.ts';
import { fileStatus, statxStatus } from './syscall-file-status.ts';
import { address, flagSet, hex, named, waitStatus } from './syscall-format.ts';
import { quote, quoteBytes } from './syscall-quote.ts';
import { MOST_ITEMS, type Reader, vectors } from './syscall-reader.ts';
import { RECEIVED_ADDRESS, SOCKET_INPUTS, SOCKET_OUTPUTS } from './syscall-sockets.ts';
import { ioctlArgument } from './syscall-terminals.ts';
import { RESTART_RESULTS } from './syscall-trace.ts';
import type { WordName } from './syscall-words.ts';

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
export function signalSet(low: number, high: number): string {
  const bits = Array.from(
    { length: 64 },
    (_, i) => ((i < 32 ? low >>> i : high >>> (i - 32)) & 1) === 1,
  );
  const isMost = bits.filter(Boolean).length > 32;
  const names = bits.flatMap((bit, i) =>
    bit === isMost ? [] : [signal.signalName(i + 1).slice(3)],
  );
  return `${isMost ? '~' : ''}[${names.join(' ')}]`;
}

const sigset: Reader = ({ memory }, at) => signalSet(memory.readU32(at), memory.readU32(at + 4));

const actionFlags = flagSet(() => named(signal, 'SA_'));

const sigaction: Reader = ({ memory }, at) => {
  const { sa_handler, sa_flags, sa_mask_low, sa_mask_high } = memory.read(signal.Sigaction, at);
  const handler = Number(sa_handler);
  const shown = ['SIG_DFL', 'SIG_IGN'][handler] ?? hex(handler);
  const field = (sa_flags & signal.SA_SIGINFO) !== 0 && handler > 1 ? 'sa_sigaction' : 'sa_handler';
  const mask = signalSet(sa_mask_low, sa_mask_high);
  return `{${field}=${shown}, sa_mask=${mask}, sa_flags=${actionFlags(sa_flags)}}`;
};

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

const pollEvents = flagSet(() => named(poll, 'POLL'));

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

/** What is left of a sleep that a signal broke off: written only then. */
const rest: Reader = (look, at, index) =>
  look.result === RESTART_RESULTS.restart_block ? timespec(look, at, index) : address(at);

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
  ...SOCKET_INPUTS,
  ...EVENT_INPUTS,
};

/** What the kernel writes: read when the call has ended, and not if it failed. */
export const OUTPUT_ARGUMENTS: Readonly<Record<string, readonly (Reader | undefined)[]>> = {
  newfstatat: [undefined, undefined, fileStatus],
  fstat: [undefined, fileStatus],
  read: [undefined, filled],
  pread64: [undefined, filled],
  recvfrom: [undefined, filled, undefined, undefined, ...RECEIVED_ADDRESS],
  readlinkat: [undefined, undefined, filled],
  readv: [undefined, read],
  preadv: [undefined, read],
  preadv2: [undefined, read],
  getrandom: [random],
  getcwd: [folder],
  getdents64: [undefined, entries],
  ioctl: [undefined, undefined, ioctlArgument],
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
  nanosleep: [undefined, rest],
  clock_nanosleep: [undefined, undefined, undefined, rest],
  getrlimit: [undefined, rlimit],
  prlimit64: [undefined, undefined, undefined, rlimit],
  uname: [utsname],
  statx: [undefined, undefined, undefined, undefined, statxStatus],
  socketpair: [undefined, undefined, undefined, pair],
  ...SOCKET_OUTPUTS,
  ...EVENT_OUTPUTS,
};
