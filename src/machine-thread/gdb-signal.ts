/** gdb's numbers of signals (include/gdb/signals.def), which are not Linux's. */
import {
  SIGBUS,
  SIGCHLD,
  SIGCONT,
  SIGIO,
  SIGPROF,
  SIGPWR,
  SIGRTMAX,
  SIGRTMIN,
  SIGSTOP,
  SIGSYS,
  SIGTSTP,
  SIGTTIN,
  SIGTTOU,
  SIGURG,
  SIGUSR1,
  SIGUSR2,
  SIGVTALRM,
  SIGWINCH,
  SIGXCPU,
  SIGXFSZ,
} from '../abi/signal.ts';

/** Those that differ; the others up to 15 are the same. */
const NUMBERS: Readonly<Record<number, number>> = {
  [SIGBUS]: 10,
  [SIGSYS]: 12,
  [SIGURG]: 16,
  [SIGSTOP]: 17,
  [SIGTSTP]: 18,
  [SIGCONT]: 19,
  [SIGCHLD]: 20,
  [SIGTTIN]: 21,
  [SIGTTOU]: 22,
  [SIGIO]: 23,
  [SIGXCPU]: 24,
  [SIGXFSZ]: 25,
  [SIGVTALRM]: 26,
  [SIGPROF]: 27,
  [SIGWINCH]: 28,
  [SIGUSR1]: 30,
  [SIGUSR2]: 31,
  [SIGPWR]: 32,
  [SIGRTMIN]: 77,
  [SIGRTMAX]: 78,
};
const FIRST_REALTIME = 33;
const GDB_REALTIME_33 = 45;
/** "Unknown signal". */
const GDB_UNKNOWN = 143;
const SAME_BELOW = 16;

export function gdbSignal(signal: number): number {
  const number = NUMBERS[signal];
  if (number !== undefined) return number;
  if (signal >= FIRST_REALTIME && signal < SIGRTMAX)
    return GDB_REALTIME_33 + signal - FIRST_REALTIME;
  return signal < SAME_BELOW ? signal : GDB_UNKNOWN;
}
