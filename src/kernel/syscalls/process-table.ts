/** System calls on processes, signals and time, in order of their numbers (table). */
import { partial, type Row, row } from '../syscall-row.ts';
import { addKey, requestKey } from './add-key.ts';
import { adjtimex, clockAdjtime } from './adjtimex.ts';
import * as clock from './clock.ts';
import { clone, clone3, unshare } from './clone.ts';
import { execve, execveat } from './execve.ts';
import { exit, exitGroupCall } from './exit.ts';
import * as futex from './futex.ts';
import * as ids from './getpid.ts';
import * as limits from './getrlimit.ts';
import { riscvHwprobe } from './hwprobe.ts';
import { ioprioGet, ioprioSet } from './ioprio.ts';
import * as itimer from './itimer.ts';
import { kcmp } from './kcmp.ts';
import { keyctl } from './keyctl.ts';
import * as kill from './kill.ts';
import * as madvise from './madvise.ts';
import { membarrier } from './membarrier.ts';
import * as module from './module.ts';
import { perfEventOpen } from './perf-event-open.ts';
import { pidfdGetfd, pidfdOpen, pidfdSendSignal } from './pidfd.ts';
import { personality, prctl } from './prctl.ts';
import { processVmReadv, processVmWritev } from './process-vm.ts';
import { rseq } from './rseq.ts';
import * as sched from './sched.ts';
import { schedGetattr, schedSetattr } from './sched-attr.ts';
import { seccomp } from './seccomp.ts';
import * as credentials from './setuid.ts';
import * as sigaction from './sigaction.ts';
import * as uname from './uname.ts';
import { wait4, waitid } from './wait.ts';

export const PROCESS_ROWS: readonly Row[] = [
  row(30, 'ioprio_set', ioprioSet, 'int int uint'),
  row(31, 'ioprio_get', ioprioGet, 'int int'),
  row(90, 'capget', credentials.capget, 'address address'),
  row(91, 'capset', credentials.capset, 'address address'),
  row(92, 'personality', personality, 'uint'),
  row(93, 'exit', exit, 'int'),
  row(94, 'exit_group', exitGroupCall, 'int'),
  row(95, 'waitid', waitid, 'waitidtype pid siginfo waitoptions rusage'),
  row(96, 'set_tid_address', ids.setTidAddress, 'address'),
  row(58, 'vhangup', uname.vhangup, ''),
  row(97, 'unshare', partial(unshare, 'no namespaces'), 'cloneflags'),
  row(98, 'futex', futex.futex, 'address futexop int address address int'),
  row(99, 'set_robust_list', futex.setRobustList, 'address size'),
  row(100, 'get_robust_list', futex.getRobustList, 'pid address address'),
  row(101, 'nanosleep', clock.nanosleep, 'timespec timespec'),
  row(102, 'getitimer', itimer.getitimer, 'int address'),
  row(103, 'setitimer', itimer.setitimer, 'int address address'),
  row(105, 'init_module', module.initModule, 'address size address'),
  row(106, 'delete_module', module.deleteModule, 'address flags'),
  row(107, 'timer_create', itimer.timerCreate, 'clock address address'),
  row(108, 'timer_gettime', itimer.timerGettime, 'int address'),
  row(109, 'timer_getoverrun', itimer.timerGetoverrun, 'int'),
  row(110, 'timer_settime', itimer.timerSettime, 'int flags address address'),
  row(111, 'timer_delete', itimer.timerDelete, 'int'),
  row(112, 'clock_settime', clock.clockSettime, 'clock timespec'),
  row(113, 'clock_gettime', clock.clockGettime, 'clock timespec'),
  row(114, 'clock_getres', clock.clockGetres, 'clock timespec'),
  row(115, 'clock_nanosleep', clock.clockNanosleep, 'clock flags timespec timespec'),
  row(116, 'syslog', uname.syslog, 'int address size'),
  row(118, 'sched_setparam', sched.schedSetparam, 'pid address'),
  row(119, 'sched_setscheduler', sched.schedSetscheduler, 'pid policy address'),
  row(120, 'sched_getscheduler', sched.schedGetscheduler, 'pid'),
  row(121, 'sched_getparam', sched.schedGetparam, 'pid address'),
  row(122, 'sched_setaffinity', sched.schedSetaffinity, 'pid size address'),
  row(123, 'sched_getaffinity', sched.schedGetaffinity, 'pid size address'),
  row(124, 'sched_yield', sched.schedYield, ''),
  row(125, 'sched_get_priority_max', sched.schedGetPriorityMax, 'policy'),
  row(126, 'sched_get_priority_min', sched.schedGetPriorityMin, 'policy'),
  row(127, 'sched_rr_get_interval', sched.schedRrGetInterval, 'pid timespec'),
  row(129, 'kill', kill.kill, 'pid signal'),
  row(130, 'tkill', kill.tkill, 'pid signal'),
  row(131, 'tgkill', kill.tgkill, 'pid pid signal'),
  row(132, 'sigaltstack', sigaction.sigaltstack, 'address address'),
  row(133, 'rt_sigsuspend', sigaction.rtSigsuspend, 'sigset size'),
  row(134, 'rt_sigaction', sigaction.rtSigaction, 'signal sigaction sigaction size'),
  row(135, 'rt_sigprocmask', sigaction.rtSigprocmask, 'sigmaskhow sigset sigset size'),
  row(136, 'rt_sigpending', sigaction.rtSigpending, 'sigset size'),
  row(137, 'rt_sigtimedwait', sigaction.rtSigtimedwait, 'sigset siginfo timespec size'),
  row(138, 'rt_sigqueueinfo', kill.rtSigqueueinfo, 'pid signal siginfo'),
  row(139, 'rt_sigreturn', sigaction.rtSigreturn, ''),
  row(140, 'setpriority', sched.setpriority, 'int int int'),
  row(141, 'getpriority', sched.getpriority, 'int int'),
  row(142, 'reboot', uname.reboot, 'uint uint uint address'),
  row(143, 'setregid', credentials.setregid, 'gid gid'),
  row(144, 'setgid', credentials.setgid, 'gid'),
  row(145, 'setreuid', credentials.setreuid, 'uid uid'),
  row(146, 'setuid', credentials.setuid, 'uid'),
  row(147, 'setresuid', credentials.setresuid, 'uid uid uid'),
  row(148, 'getresuid', credentials.getresuid, 'address address address'),
  row(149, 'setresgid', credentials.setresgid, 'gid gid gid'),
  row(150, 'getresgid', credentials.getresgid, 'address address address'),
  row(151, 'setfsuid', credentials.setfsuid, 'uid'),
  row(152, 'setfsgid', credentials.setfsgid, 'gid'),
  row(153, 'times', clock.times, 'address'),
  row(154, 'setpgid', ids.setpgid, 'pid pid'),
  row(155, 'getpgid', ids.getpgid, 'pid'),
  row(156, 'getsid', ids.getsid, 'pid'),
  row(157, 'setsid', ids.setsid, ''),
  row(158, 'getgroups', credentials.getgroups, 'int address'),
  row(159, 'setgroups', credentials.setgroups, 'int address'),
  row(160, 'uname', uname.uname, 'address'),
  row(161, 'sethostname', uname.sethostname, 'buffer size'),
  row(162, 'setdomainname', uname.setdomainname, 'buffer size'),
  row(163, 'getrlimit', limits.getrlimit, 'resource address'),
  row(164, 'setrlimit', limits.setrlimit, 'resource address'),
  row(165, 'getrusage', limits.getrusage, 'int rusage'),
  row(167, 'prctl', partial(prctl, 'no speculation control'), 'int size size size size'),
  row(168, 'getcpu', sched.getcpu, 'address address'),
  row(169, 'gettimeofday', clock.gettimeofday, 'timeval address'),
  row(170, 'settimeofday', clock.settimeofday, 'timeval address'),
  row(
    171,
    'adjtimex',
    partial(adjtimex, 'no leap seconds; the monotonic clock is not slewed'),
    'address',
  ),
  row(172, 'getpid', ids.getpid, ''),
  row(173, 'getppid', ids.getppid, ''),
  row(174, 'getuid', credentials.getuid, ''),
  row(175, 'geteuid', credentials.geteuid, ''),
  row(176, 'getgid', credentials.getgid, ''),
  row(177, 'getegid', credentials.getegid, ''),
  row(178, 'gettid', ids.gettid, ''),
  row(179, 'sysinfo', uname.sysinfo, 'address'),
  row(
    220,
    'clone',
    partial(clone, 'no namespaces'),
    'lowcloneflags address address address address',
  ),
  row(217, 'add_key', addKey, 'address address address size int'),
  row(218, 'request_key', requestKey, 'address address address int'),
  row(219, 'keyctl', keyctl, 'int offset offset offset offset'),
  row(221, 'execve', execve, 'path argv argv'),
  row(241, 'perf_event_open', perfEventOpen, 'address pid int int size'),
  row(240, 'rt_tgsigqueueinfo', kill.rtTgsigqueueinfo, 'pid pid signal siginfo'),
  row(258, 'riscv_hwprobe', riscvHwprobe, 'address size size address flags'),
  row(259, 'riscv_flush_icache', madvise.riscvFlushIcache, 'address address flags'),
  row(260, 'wait4', wait4, 'pid address waitoptions rusage'),
  row(261, 'prlimit64', limits.prlimit64, 'pid resource address address'),
  row(266, 'clock_adjtime', partial(clockAdjtime, 'as adjtimex'), 'clock address'),
  row(270, 'process_vm_readv', processVmReadv, 'pid iovec count address count flags'),
  row(271, 'process_vm_writev', processVmWritev, 'pid iovec count address count flags'),
  row(272, 'kcmp', kcmp, 'pid pid int size size'),
  row(273, 'finit_module', module.finitModule, 'fd address flags'),
  row(
    274,
    'sched_setattr',
    partial(schedSetattr, 'no SCHED_FLAG_RECLAIM, no utilization clamping'),
    'pid address flags',
  ),
  row(275, 'sched_getattr', schedGetattr, 'pid address uint flags'),
  row(277, 'seccomp', partial(seccomp, 'no listeners'), 'seccompop flags address'),
  row(278, 'getrandom', uname.getrandom, 'buffer size flags'),
  row(281, 'execveat', execveat, 'dirfd path argv argv atflags'),
  row(283, 'membarrier', membarrier, 'int flags int'),
  row(293, 'rseq', rseq, 'address uint flags uint'),
  row(424, 'pidfd_send_signal', pidfdSendSignal, 'fd signal siginfo flags'),
  row(434, 'pidfd_open', pidfdOpen, 'pid flags'),
  row(435, 'clone3', partial(clone3, 'as clone; no cgroups'), 'address size'),
  row(438, 'pidfd_getfd', pidfdGetfd, 'fd fd flags'),
  row(449, 'futex_waitv', futex.futexWaitv, 'address uint flags timespec clock'),
  row(454, 'futex_wake', futex.futex2Wake, 'address size int flags'),
  row(455, 'futex_wait', futex.futex2Wait, 'address size size flags timespec clock'),
  row(456, 'futex_requeue', futex.futex2Requeue, 'address flags int int'),
];
