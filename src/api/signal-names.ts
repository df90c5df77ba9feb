/** Names of the Linux riscv64 signals, as node:child_process spells them. */
import { OptionError } from './errors.ts';

const NAMES = [
  '',
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGILL',
  'SIGTRAP',
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGKILL',
  'SIGUSR1',
  'SIGSEGV',
  'SIGUSR2',
  'SIGPIPE',
  'SIGALRM',
  'SIGTERM',
  'SIGSTKFLT',
  'SIGCHLD',
  'SIGCONT',
  'SIGSTOP',
  'SIGTSTP',
  'SIGTTIN',
  'SIGTTOU',
  'SIGURG',
  'SIGXCPU',
  'SIGXFSZ',
  'SIGVTALRM',
  'SIGPROF',
  'SIGWINCH',
  'SIGIO',
  'SIGPWR',
  'SIGSYS',
];

/** Real-time signals: 'SIGRTMIN+n' counted from 32. */
export function signalName(number: number): string {
  return NAMES[number] ?? `SIGRTMIN+${number - 32}`;
}

/** 1 to 64; throws OptionError for an unknown name. */
export function signalNumber(signal: string | number): number {
  if (typeof signal === 'number' && signal >= 1 && signal <= 64) return signal;
  const name = String(signal).toUpperCase();
  const realTime = /^SIGRTMIN\+(\d+)$/.exec(name);
  if (realTime) return 32 + Number(realTime[1]);
  const number = NAMES.indexOf(name.startsWith('SIG') ? name : `SIG${name}`);
  if (number < 1) throw new OptionError(`no signal '${signal}'`);
  return number;
}
