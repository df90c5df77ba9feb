/** seccomp(2): linux/seccomp.h, linux/audit.h. */
import { layout } from '../lib/layout.ts';

/** prctl(PR_SET_SECCOMP), and `Seccomp:` of /proc/<pid>/status, where 0 is none. */
export const SECCOMP_MODE_STRICT = 1;
export const SECCOMP_MODE_FILTER = 2;

export const SECCOMP_SET_MODE_STRICT = 0;
export const SECCOMP_SET_MODE_FILTER = 1;
export const SECCOMP_GET_ACTION_AVAIL = 2;
export const SECCOMP_GET_NOTIF_SIZES = 3;

export const SECCOMP_FILTER_FLAG_TSYNC = 1;
export const SECCOMP_FILTER_FLAG_LOG = 2;
export const SECCOMP_FILTER_FLAG_SPEC_ALLOW = 4;
export const SECCOMP_FILTER_FLAG_TSYNC_ESRCH = 16;

/** What a filter returns: the smallest as a signed number wins; the low 16 bits are data. */
export const SECCOMP_RET_KILL_PROCESS = 0x8000_0000;
export const SECCOMP_RET_KILL_THREAD = 0;
export const SECCOMP_RET_TRAP = 0x0003_0000;
export const SECCOMP_RET_ERRNO = 0x0005_0000;
export const SECCOMP_RET_TRACE = 0x7ff0_0000;
export const SECCOMP_RET_LOG = 0x7ffc_0000;
export const SECCOMP_RET_ALLOW = 0x7fff_0000;
export const SECCOMP_RET_ACTION_FULL = 0xffff_0000;
export const SECCOMP_RET_DATA = 0xffff;

/** struct seccomp_data: what a filter looks at. */
export const SeccompData = layout({
  nr: 'i32',
  arch: 'u32',
  instruction_pointer: 'u64',
  args: 'bytes48',
});

/** EM_RISCV, 64 bits, little-endian. */
export const AUDIT_ARCH_RISCV64 = 0xc000_00f3;
/** Type of an audit record. */
export const AUDIT_SECCOMP = 1326;
