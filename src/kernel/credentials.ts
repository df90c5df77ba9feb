/** Who a process acts as: credentials(7), capabilities(7). Linux: struct cred. */

/** Capability numbers of linux/capability.h that the kernel asks for. */
export const CAP_CHOWN = 0;
export const CAP_DAC_READ_SEARCH = 2;
export const CAP_FSETID = 4;
export const CAP_KILL = 5;
export const CAP_SETGID = 6;
export const CAP_SETUID = 7;
export const CAP_SETPCAP = 8;
export const CAP_NET_ADMIN = 12;
export const CAP_IPC_LOCK = 14;
export const CAP_IPC_OWNER = 15;
export const CAP_SYS_MODULE = 16;
export const CAP_SYS_CHROOT = 18;
export const CAP_SYS_PTRACE = 19;
export const CAP_SYS_ADMIN = 21;
export const CAP_SYS_BOOT = 22;
export const CAP_SYS_NICE = 23;
export const CAP_SYS_RESOURCE = 24;
export const CAP_SYS_TIME = 25;
export const CAP_MKNOD = 27;
export const CAP_SYSLOG = 34;
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
  noNewPrivileges = false;

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
    return Object.assign(new Credentials(), this);
  }

  hasCapability(capability: number): boolean {
    return Math.floor(this.effective / 2 ** capability) % 2 === 1;
  }

  /** Membership as file permission checks see it: the fs gid or a supplementary group. */
  isInGroup(gid: number): boolean {
    return gid === this.fsgid || this.groups.includes(gid);
  }

  /** Capabilities follow the uids: gained and lost as capabilities(7), "Effect of user ID changes". */
  adjustCapabilities(before: Credentials): void {
    const wasRoot = before.ruid === 0 || before.euid === 0 || before.suid === 0;
    const isRoot = this.ruid === 0 || this.euid === 0 || this.suid === 0;
    if (wasRoot && !isRoot) this.permitted = this.effective = 0;
    if (before.euid === 0 && this.euid !== 0) this.effective = 0;
    if (before.euid !== 0 && this.euid === 0) this.effective = this.permitted;
  }
}
