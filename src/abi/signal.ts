/** Signals: asm-generic/signal.h, asm-generic/siginfo.h; layouts of struct sigaction (kernel form), siginfo_t, stack_t. */
import { layout } from '../lib/layout.ts';

export const SIGHUP = 1;
export const SIGINT = 2;
export const SIGQUIT = 3;
export const SIGILL = 4;
export const SIGTRAP = 5;
export const SIGABRT = 6;
export const SIGBUS = 7;
export const SIGFPE = 8;
export const SIGKILL = 9;
export const SIGUSR1 = 10;
export const SIGSEGV = 11;
export const SIGUSR2 = 12;
export const SIGPIPE = 13;
export const SIGALRM = 14;
export const SIGTERM = 15;
export const SIGSTKFLT = 16;
export const SIGCHLD = 17;
export const SIGCONT = 18;
export const SIGSTOP = 19;
export const SIGTSTP = 20;
export const SIGTTIN = 21;
export const SIGTTOU = 22;
export const SIGURG = 23;
export const SIGXCPU = 24;
export const SIGXFSZ = 25;
export const SIGVTALRM = 26;
export const SIGPROF = 27;
export const SIGWINCH = 28;
export const SIGIO = 29;
export const SIGPWR = 30;
export const SIGSYS = 31;
export const SIGRTMIN = 32;
export const SIGRTMAX = 64;

export const SIG_BLOCK = 0;
export const SIG_UNBLOCK = 1;
export const SIG_SETMASK = 2;
export const SIG_DFL = 0;
export const SIG_IGN = 1;

export const SA_NOCLDSTOP = 1;
export const SA_NOCLDWAIT = 2;
export const SA_SIGINFO = 4;
export const SA_ONSTACK = 0x0800_0000;
export const SA_RESTART = 0x1000_0000;
export const SA_NODEFER = 0x4000_0000;
export const SA_RESETHAND = 0x8000_0000;

export const SS_ONSTACK = 1;
export const SS_DISABLE = 2;
export const SS_AUTODISARM = 0x8000_0000;
export const MINSIGSTKSZ = 2048;

export const SI_USER = 0;
export const SI_KERNEL = 0x80;
export const SI_QUEUE = -1;
export const SI_TIMER = -2;
export const SI_MESGQ = -3;
export const SI_TKILL = -6;
export const SEGV_MAPERR = 1;
export const SEGV_ACCERR = 2;
export const BUS_ADRALN = 1;
export const BUS_ADRERR = 2;
export const ILL_ILLOPC = 1;
export const TRAP_BRKPT = 1;
export const SYS_SECCOMP = 1;
export const CLD_EXITED = 1;
export const CLD_KILLED = 2;
export const CLD_DUMPED = 3;
export const CLD_TRAPPED = 4;
export const CLD_STOPPED = 5;
export const CLD_CONTINUED = 6;

/** Kernel struct sigaction on riscv64: no restorer field. The mask is two 32-bit words here. */
export const Sigaction = layout({
  sa_handler: 'u64',
  // An int of the library, whose sign bit (SA_RESETHAND) fills the upper word.
  sa_flags: 'u32',
  sa_flags_high: 'u32',
  sa_mask_low: 'u32',
  sa_mask_high: 'u32',
});

/** siginfo_t, 128 bytes; the union starts at 16. One layout per member of the union. */
export const SiginfoKill = layout({
  si_signo: 'i32',
  si_errno: 'i32',
  si_code: 'i32',
  pad: 'i32',
  si_pid: 'i32',
  si_uid: 'u32',
  si_value: 'u64',
  rest: 'bytes96',
});
export const SiginfoFault = layout({
  si_signo: 'i32',
  si_errno: 'i32',
  si_code: 'i32',
  pad: 'i32',
  si_addr: 'u64',
  rest: 'bytes104',
});
export const SiginfoChild = layout({
  si_signo: 'i32',
  si_errno: 'i32',
  si_code: 'i32',
  pad: 'i32',
  si_pid: 'i32',
  si_uid: 'u32',
  si_status: 'i32',
  pad2: 'i32',
  si_utime: 'i64',
  si_stime: 'i64',
  rest: 'bytes80',
});

/** stack_t. */
export const StackT = layout({ ss_sp: 'u64', ss_flags: 'i32', ss_size: 'u64' });

const SIGNAL_NAMES = (
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP ' +
  'TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS'
).split(' ');

/** `SIGKILL`, `SIGRT_3` for real-time signals as strace has them, the number for others. */
export function signalName(signal: number): string {
  const name = SIGNAL_NAMES[signal - 1];
  if (name !== undefined) return `SIG${name}`;
  if (signal === SIGRTMIN) return 'SIGRTMIN';
  return signal >= SIGRTMIN && signal <= SIGRTMAX ? `SIGRT_${signal - SIGRTMIN}` : String(signal);
}
