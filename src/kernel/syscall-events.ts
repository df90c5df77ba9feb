/** What epoll, interval timers and queued signals pass, as strace(1) shows it. */

import * as poll from '../abi/poll.ts';
import * as signals from '../abi/signal.ts';
import { Itimerval } from '../abi/time.ts';
import * as epoll from './epoll.ts';
import { signalInfoText } from './signal-text.ts';
import { flagSet, named } from './syscall-format.ts';
import { type Look, MOST_ITEMS, type Reader } from './syscall-reader.ts';

const EVENT_BYTES = 16;
const EVENTS = flagSet(() => [
  ...named(poll, 'POLL').map(([bit, name]) => [bit, `E${name}`] as const),
  [epoll.EPOLLEXCLUSIVE, 'EPOLLEXCLUSIVE'],
  [epoll.EPOLLWAKEUP, 'EPOLLWAKEUP'],
  [epoll.EPOLLONESHOT, 'EPOLLONESHOT'],
  [epoll.EPOLLET, 'EPOLLET'],
]);

/** struct epoll_event, whose data lies at 8: packed on x86-64 only. */
const event: Reader = ({ memory }, at) => {
  const low = memory.readU32(at + 8);
  const all = (BigInt(memory.readU32(at + 12)) << 32n) | BigInt(low);
  return `{events=${EVENTS(memory.readU32(at))}, data={u32=${low}, u64=${all}}}`;
};

/** As many as the call returned. */
const ready: Reader = (look, at) => {
  const shown = Math.min(look.result, MOST_ITEMS);
  const parts = Array.from({ length: shown }, (_, i) => event(look, at + i * EVENT_BYTES, 0));
  return `[${[...parts, ...(look.result > shown ? ['...'] : [])].join(', ')}]`;
};

const interval: Reader = ({ memory }, at) => {
  const t = memory.read(Itimerval, at);
  const one = (seconds: number, microseconds: number) =>
    `{tv_sec=${seconds}, tv_usec=${microseconds}}`;
  return `{it_interval=${one(t.it_interval_sec, t.it_interval_usec)}, it_value=${one(t.it_value_sec, t.it_value_usec)}}`;
};

const SIGNAL_FAULTS: ReadonlySet<number> = new Set([
  signals.SIGSEGV,
  signals.SIGBUS,
  signals.SIGILL,
  signals.SIGFPE,
  signals.SIGTRAP,
]);

/** siginfo_t in memory; which member of its union counts is told by the signal and the code. */
const siginfo: Reader = ({ memory }, at) => {
  const signal = memory.readI32(at);
  const errno = memory.readI32(at + 4);
  const code = memory.readI32(at + 8);
  const isOwn = code > 0 && code !== signals.SI_KERNEL;
  if (isOwn && signal === signals.SIGCHLD) {
    const c = memory.read(signals.SiginfoChild, at);
    const info = { code, pid: c.si_pid, uid: c.si_uid, status: c.si_status };
    const times = { utimeNs: c.si_utime * 10_000_000, stimeNs: c.si_stime * 10_000_000 };
    return signalInfoText(signal, { ...info, ...times }, errno);
  }
  if (isOwn && SIGNAL_FAULTS.has(signal))
    return signalInfoText(signal, { code, address: memory.readU64(at + 16) }, errno);
  return signalInfoText(signal, { code, raw: memory.readBytes(at + 16, 16) }, errno);
};

export const EVENT_INPUTS: Readonly<Record<string, readonly (Reader | undefined)[]>> = {
  epoll_ctl: [undefined, undefined, undefined, event],
  setitimer: [undefined, interval],
  rt_sigqueueinfo: [undefined, undefined, siginfo],
  rt_tgsigqueueinfo: [undefined, undefined, undefined, siginfo],
};

export const EVENT_OUTPUTS: Readonly<Record<string, readonly (Reader | undefined)[]>> = {
  epoll_pwait: [undefined, ready],
  epoll_pwait2: [undefined, ready],
  setitimer: [undefined, undefined, interval],
  getitimer: [undefined, interval],
  rt_sigtimedwait: [undefined, siginfo],
};

const OPERATIONS = ['EPOLL_CTL_ADD', 'EPOLL_CTL_DEL', 'EPOLL_CTL_MOD'];
const TIMERS = ['ITIMER_REAL', 'ITIMER_VIRTUAL', 'ITIMER_PROF'];
const timer = (_: Look, value: number) => TIMERS[value] ?? String(value);

/** Numbers with names of their own. */
export const EVENT_VALUES: Readonly<
  Record<string, readonly (((look: Look, value: number) => string) | undefined)[]>
> = {
  epoll_ctl: [undefined, (_, value) => OPERATIONS[value - 1] ?? String(value)],
  epoll_create1: [(_, value) => (value === 0o2000000 ? 'EPOLL_CLOEXEC' : String(value))],
  setitimer: [timer],
  getitimer: [timer],
};
