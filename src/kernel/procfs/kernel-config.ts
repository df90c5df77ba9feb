/** /proc/config.gz: what this kernel is, in the words of Linux's build options; programs ask it which features are there. */
import { gzipStored } from '../../lib/gzip.ts';
import type { Kernel } from '../kernel.ts';

/** Options that are on if the system call is there. */
const BY_CALL: Readonly<Record<string, string>> = {
  ADVISE_SYSCALLS: 'madvise',
  AIO: 'io_setup',
  BPF_SYSCALL: 'bpf',
  BSD_PROCESS_ACCT: 'acct',
  CROSS_MEMORY_ATTACH: 'process_vm_readv',
  EPOLL: 'epoll_create1',
  EVENTFD: 'eventfd2',
  FANOTIFY: 'fanotify_init',
  FHANDLE: 'name_to_handle_at',
  FUTEX: 'futex',
  INOTIFY_USER: 'inotify_init1',
  IO_URING: 'io_uring_setup',
  KCMP: 'kcmp',
  KEXEC: 'kexec_load',
  KEYS: 'add_key',
  MEMBARRIER: 'membarrier',
  MODULES: 'init_module',
  MODULE_UNLOAD: 'delete_module',
  NUMA: 'mbind',
  POSIX_MQUEUE: 'mq_open',
  POSIX_TIMERS: 'timer_create',
  QUOTA: 'quotactl',
  RSEQ: 'rseq',
  SECCOMP: 'seccomp',
  SECCOMP_FILTER: 'seccomp',
  SECURITY_LANDLOCK: 'landlock_create_ruleset',
  SIGNALFD: 'signalfd4',
  SWAP: 'swapon',
  SYSVIPC: 'msgget',
  TIMERFD: 'timerfd_create',
  USERFAULTFD: 'userfaultfd',
};

/** Options that are on if the file system is registered. */
const BY_FILE_SYSTEM: Readonly<Record<string, string>> = {
  '9P_FS': '9p',
  DEVTMPFS: 'devtmpfs',
  EXT2_FS: 'ext2',
  EXT4_FS: 'ext4',
  OVERLAY_FS: 'overlay',
  PROC_FS: 'proc',
  SYSFS: 'sysfs',
  VFAT_FS: 'vfat',
  TMPFS: 'tmpfs',
};

const ALWAYS =
  '64BIT AF_UNIX_OOB BLOCK CHECKPOINT_RESTORE COREDUMP DNOTIFY EXT4_FS_POSIX_ACL FILE_LOCKING FPU FS_POSIX_ACL HIGH_RES_TIMERS HUGETLBFS HUGETLB_PAGE IKCONFIG IKCONFIG_PROC MMU NET PREEMPT PRINTK PROC_SYSCTL RISCV SMP TMPFS_POSIX_ACL TMPFS_XATTR TRANSPARENT_HUGEPAGE TTY UNIX UNIX98_PTYS VIRTIO';
const NEVER = 'CGROUPS INET IPC_NS MEMCG NAMESPACES NET_NS PID_NS TIME_NS USER_NS UTS_NS';

export function showConfig({ syscalls, fileSystems }: Kernel): string {
  const calls = new Set(syscalls.map(({ name }) => name));
  const types = new Set(fileSystems.map(({ name }) => name));
  const options: [string, boolean][] = [
    ...Object.entries(BY_CALL).map(([option, call]): [string, boolean] => [
      option,
      calls.has(call),
    ]),
    ...Object.entries(BY_FILE_SYSTEM).map(([option, type]): [string, boolean] => [
      option,
      types.has(type),
    ]),
    ...ALWAYS.split(' ').map((option): [string, boolean] => [option, true]),
    ...NEVER.split(' ').map((option): [string, boolean] => [option, false]),
  ];
  const lines = options
    .map(([option, isOn]) => (isOn ? `CONFIG_${option}=y\n` : `# CONFIG_${option} is not set\n`))
    .sort();
  return gzipStored(
    `#\n# Hartix: the options of Linux that this kernel is as if built with\n#\n${lines.join('')}`,
  );
}
