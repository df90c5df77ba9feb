/** Who a process acts as: credentials(7), capabilities(7). Linux: struct cred. */
import type { TaskKeyrings } from './keys/task-keyrings.ts';

/** What capabilities a program brings along: file-capabilities.ts. */
export interface FileCapabilities {
  readonly permitted: number;
  readonly inheritable: number;
  /** They are effective at once. */
  readonly isEffective: boolean;
}

/** Capability numbers of linux/capability.h that the kernel asks for. */
export const CAP_CHOWN = 0;
export const CAP_DAC_OVERRIDE = 1;
export const CAP_DAC_READ_SEARCH = 2;
export const CAP_FOWNER = 3;
export const CAP_FSETID = 4;
export const CAP_KILL = 5;
export const CAP_SETGID = 6;
export const CAP_SETUID = 7;
export const CAP_SETPCAP = 8;
export const CAP_LINUX_IMMUTABLE = 9;
export const CAP_NET_ADMIN = 12;
export const CAP_IPC_LOCK = 14;
export const CAP_IPC_OWNER = 15;
export const CAP_SYS_MODULE = 16;
export const CAP_SYS_RAWIO = 17;
export const CAP_SYS_CHROOT = 18;
export const CAP_SYS_PTRACE = 19;
export const CAP_SYS_ADMIN = 21;
export const CAP_SYS_BOOT = 22;
export const CAP_SYS_NICE = 23;
export const CAP_SYS_RESOURCE = 24;
export const CAP_SYS_TIME = 25;
export const CAP_SYS_TTY_CONFIG = 26;
export const CAP_MKNOD = 27;
export const CAP_LEASE = 28;
export const CAP_SETFCAP = 31;
export const CAP_SYSLOG = 34;
export const CAP_WAKE_ALARM = 35;
export const CAP_PERFMON = 38;
export const CAP_CHECKPOINT_RESTORE = 40;
export const CAP_LAST = 40;

/** Capability sets as numbers below 2^41: bit n by arithmetic, since it does not fit 32 bits. */
export const ALL_CAPABILITIES = 2 ** (CAP_LAST + 1) - 1;

/** Every capability of `part` is in `whole`. */
export function isWithin(part: number, whole: number): boolean {
  const high = Math.floor(part / HIGH) & ~Math.floor(whole / HIGH);
  return (part & ~whole) === 0 && high === 0;
}

const HIGH = 0x1_0000_0000;

export class Credentials {
  ruid = 0;
  euid = 0;
  suid = 0;
  fsuid = 0;
  rgid = 0;
  egid = 0;
  sgid = 0;
  fsgid = 0;
  /** Supplementary groups, at most 65536. */
  groups: readonly number[] = [];
  permitted = ALL_CAPABILITIES;
  effective = ALL_CAPABILITIES;
  inheritable = 0;
  bounding = ALL_CAPABILITIES;
  /** Kept by exec of programs that gain nothing: within permitted and inheritable. */
  ambient = 0;
  /** SECBIT_*. */
  securebits = 0;
  noNewPrivileges = false;
  /** Made when a key is first spoken of. */
  keyrings: TaskKeyrings | undefined = undefined;

  /** Credentials of a plain login: all ids the same; capabilities only for uid 0. */
  static of(uid: number, gid: number, groups: readonly number[] = []): Credentials {
    const credentials = new Credentials();
    credentials.ruid = credentials.euid = credentials.suid = credentials.fsuid = uid;
    credentials.rgid = credentials.egid = credentials.sgid = credentials.fsgid = gid;
    credentials.groups = groups;
    if (uid !== 0) credentials.permitted = credentials.effective = 0;
    return credentials;
  }

  copy(): Credentials {
    const copy = new Credentials();
    copy.ruid = this.ruid;
    copy.euid = this.euid;
    copy.suid = this.suid;
    copy.fsuid = this.fsuid;
    copy.rgid = this.rgid;
    copy.egid = this.egid;
    copy.sgid = this.sgid;
    copy.fsgid = this.fsgid;
    copy.groups = this.groups;
    copy.permitted = this.permitted;
    copy.effective = this.effective;
    copy.inheritable = this.inheritable;
    copy.bounding = this.bounding;
    copy.ambient = this.ambient;
    copy.securebits = this.securebits;
    copy.noNewPrivileges = this.noNewPrivileges;
    copy.keyrings = this.keyrings;
    return copy;
  }

  hasCapability(capability: number): boolean {
    return hasBit(this.effective, capability);
  }

  /** Membership as file permission checks see it: the fs gid or a supplementary group. */
  isInGroup(gid: number): boolean {
    return gid === this.fsgid || this.groups.includes(gid);
  }

  /** Capabilities follow the uids: gained and lost as capabilities(7), "Effect of user ID changes". */
  adjustCapabilities(before: Credentials): void {
    if ((this.securebits & SECBIT_NO_SETUID_FIXUP) !== 0) return;
    const wasRoot = before.ruid === 0 || before.euid === 0 || before.suid === 0;
    const isRoot = this.ruid === 0 || this.euid === 0 || this.suid === 0;
    if (wasRoot && !isRoot) {
      if ((this.securebits & SECBIT_KEEP_CAPS) === 0) this.permitted = this.effective = 0;
      this.ambient = 0;
    }
    if (before.euid === 0 && this.euid !== 0) this.effective = 0;
    if (before.euid !== 0 && this.euid === 0) this.effective = this.permitted;
  }

  /** setfsuid(2) moves those that are about files. */
  adjustFileCapabilities(before: Credentials): void {
    if ((this.securebits & SECBIT_NO_SETUID_FIXUP) !== 0) return;
    if (before.fsuid === 0 && this.fsuid !== 0)
      this.effective = without(this.effective, FILE_CAPABILITIES);
    if (before.fsuid !== 0 && this.fsuid === 0)
      this.effective = union(this.effective, intersection(this.permitted, FILE_CAPABILITIES));
  }

  /**
   * As capabilities(7), "Transformation of capabilities during execve()". The ids are set. False if the program must have
   * capabilities that it cannot get.
   */
  adjustForExec(isSetId: boolean, file: FileCapabilities | undefined): boolean {
    if (isSetId || file) this.ambient = 0;
    let permitted = 0;
    let isEffective = file?.isEffective ?? false;
    if (file)
      permitted = union(
        intersection(this.bounding, file.permitted),
        intersection(this.inheritable, file.inheritable),
      );
    const isComplete = !file || !isEffective || isWithin(file.permitted, permitted);
    const mayBeRoot = (this.securebits & SECBIT_NOROOT) === 0;
    // A set-user-ID program of root's with capabilities of its own gets those only.
    const isLimited = file !== undefined && this.ruid !== 0 && this.euid === 0;
    if (mayBeRoot && !isLimited) {
      if (this.euid === 0 || this.ruid === 0) permitted = union(this.bounding, this.inheritable);
      if (this.euid === 0) isEffective = true;
    }
    this.permitted = union(permitted, this.ambient);
    this.effective = isEffective ? this.permitted : this.ambient;
    this.securebits &= ~SECBIT_KEEP_CAPS;
    return isComplete;
  }
}

const SECBIT_NOROOT = 1;
const SECBIT_NO_SETUID_FIXUP = 4;
export const SECBIT_KEEP_CAPS = 16;

/** CAP_FS_MASK: chown, dac_override, dac_read_search, fowner, fsetid, linux_immutable, mknod, mac_override. */
const FILE_CAPABILITIES = [0, 1, 2, 3, 4, 9, 27, 32].reduce((set, n) => set + 2 ** n, 0);

/** The sets are numbers below 2^41: two halves, for the operations of words. */
function combine(a: number, b: number, operation: (a: number, b: number) => number): number {
  const high = operation(Math.floor(a / HIGH), Math.floor(b / HIGH));
  return (high >>> 0) * HIGH + (operation(a % HIGH, b % HIGH) >>> 0);
}

export function union(a: number, b: number): number {
  return combine(a, b, (x, y) => x | y);
}

export function intersection(a: number, b: number): number {
  return combine(a, b, (x, y) => x & y);
}

export function without(a: number, b: number): number {
  return combine(a, b, (x, y) => x & ~y);
}

export function hasBit(set: number, capability: number): boolean {
  return Math.floor(set / 2 ** capability) % 2 === 1;
}
