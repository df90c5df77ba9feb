/** siginfo_t as strace 6.1 prints it on x86-64 for the same signals. */
import { expect, it } from 'vitest';
import * as signal from '../abi/signal.ts';
import { signalInfoText } from './signal-text.ts';

it.each([
  [
    signal.SIGUSR1,
    { code: 0, pid: 7, uid: 0 },
    '{si_signo=SIGUSR1, si_code=SI_USER, si_pid=7, si_uid=0}',
  ],
  [signal.SIGALRM, { code: 0x80 }, '{si_signo=SIGALRM, si_code=SI_KERNEL}'],
  [
    signal.SIGSEGV,
    { code: 1, address: 16 },
    '{si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=0x10}',
  ],
  [
    signal.SIGCHLD,
    { code: 2, pid: 9, uid: 0, status: 11, utimeNs: 280_000_000, stimeNs: 0 },
    '{si_signo=SIGCHLD, si_code=CLD_KILLED, si_pid=9, si_uid=0, si_status=SIGSEGV, si_utime=28 /* 0.28 s */, si_stime=0}',
  ],
  [
    signal.SIGUSR1,
    { code: -1, pid: 1, uid: 2, value: 0xffff_ffffn },
    '{si_signo=SIGUSR1, si_code=SI_QUEUE, si_pid=1, si_uid=2, si_int=-1, si_ptr=0xffffffff}',
  ],
  [
    signal.SIGALRM,
    { code: -2, value: 3n, timer: { id: 0, overrun: 0, leftQueue: () => undefined } },
    '{si_signo=SIGALRM, si_code=SI_TIMER, si_timerid=0, si_overrun=0, si_int=3, si_ptr=0x3}',
  ],
  [
    signal.SIGUSR1,
    { code: -20, pid: 1, uid: 2 },
    '{si_signo=SIGUSR1, si_code=0xffffffec, si_pid=1, si_uid=2}',
  ],
  [
    signal.SIGSYS,
    { code: 1, address: 0x4011d0, call: 172, errno: 5 },
    '{si_signo=SIGSYS, si_code=SYS_SECCOMP, si_errno=EIO, si_call_addr=0x4011d0, si_syscall=__NR_getpid, si_arch=AUDIT_ARCH_RISCV64}',
  ],
])('signal %i of %o', (number, info, text) => expect(signalInfoText(number, info)).toBe(text));
