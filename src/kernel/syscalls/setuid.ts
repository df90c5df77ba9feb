/** The set*id(2) family, getgroups(2), capget(2): credentials(7). */
import { EINVAL, EPERM, ESRCH, fail } from '../../abi/errno.ts';
import {
  ALL_CAPABILITIES,
  CAP_SETGID,
  CAP_SETPCAP,
  CAP_SETUID,
  type Credentials,
  intersection,
  isWithin,
  union,
} from '../credentials.ts';
import { isAboveProcessLimit } from '../process-limit.ts';
import type { Task } from '../task.ts';

/** (uid_t) -1: leave this id. */
const KEEP = 0xffff_ffff;
const NGROUPS_MAX = 65536;

export function getuid(task: Task): number {
  return task.credentials.ruid;
}
export function geteuid(task: Task): number {
  return task.credentials.euid;
}
export function getgid(task: Task): number {
  return task.credentials.rgid;
}
export function getegid(task: Task): number {
  return task.credentials.egid;
}

/** Change the credentials; capabilities follow the uids. */
function change(task: Task, edit: (credentials: Credentials) => void): number {
  const before = task.credentials;
  const after = before.copy();
  edit(after);
  after.adjustCapabilities(before);
  return commit(task, after);
}

/** A process that acts for another from now on may have read what its new self must not show. Linux: commit_creds. */
function commit(task: Task, after: Credentials): number {
  const { process } = task;
  const before = task.credentials;
  if (after.ruid !== before.ruid)
    task.hadTooManyProcesses = after.ruid !== 0 && isAboveProcessLimit(task, after.ruid);
  task.credentials = after;
  const isSame =
    before.euid === after.euid &&
    before.egid === after.egid &&
    before.fsuid === after.fsuid &&
    before.fsgid === after.fsgid &&
    isWithin(after.permitted, before.permitted);
  if (!isSame) {
    process.isDumpable = false;
    task.parentDeathSignal = 0;
  }
  return 0;
}

function checkId(id: number): void {
  if (id === KEEP) throw fail(EINVAL, 'id -1');
}

/** setuid(2). Errors: EINVAL, EPERM. */
export function setuid(task: Task, uid: number): number {
  checkId(uid);
  const old = task.credentials;
  const isPrivileged = old.hasCapability(CAP_SETUID);
  if (!isPrivileged && uid !== old.ruid && uid !== old.suid) throw fail(EPERM, `uid ${uid}`);
  return change(task, (c) => {
    if (isPrivileged) c.ruid = c.suid = uid;
    c.euid = c.fsuid = uid;
  });
}

export function setgid(task: Task, gid: number): number {
  checkId(gid);
  const old = task.credentials;
  const isPrivileged = old.hasCapability(CAP_SETGID);
  if (!isPrivileged && gid !== old.rgid && gid !== old.sgid) throw fail(EPERM, `gid ${gid}`);
  return change(task, (c) => {
    if (isPrivileged) c.rgid = c.sgid = gid;
    c.egid = c.fsgid = gid;
  });
}

/** setreuid(2): the saved id follows when the real one is set, or the effective one to another value than the old real one. */
export function setreuid(task: Task, ruid: number, euid: number): number {
  const old = task.credentials;
  if (!old.hasCapability(CAP_SETUID)) {
    if (ruid !== KEEP && ruid !== old.ruid && ruid !== old.euid) throw fail(EPERM, 'ruid');
    if (euid !== KEEP && ![old.ruid, old.euid, old.suid].includes(euid)) throw fail(EPERM, 'euid');
  }
  return change(task, (c) => {
    if (ruid !== KEEP) c.ruid = ruid;
    if (euid !== KEEP) c.euid = euid;
    if (ruid !== KEEP || (euid !== KEEP && euid !== old.ruid)) c.suid = c.euid;
    c.fsuid = c.euid;
  });
}

export function setregid(task: Task, rgid: number, egid: number): number {
  const old = task.credentials;
  if (!old.hasCapability(CAP_SETGID)) {
    if (rgid !== KEEP && rgid !== old.rgid && rgid !== old.egid) throw fail(EPERM, 'rgid');
    if (egid !== KEEP && ![old.rgid, old.egid, old.sgid].includes(egid)) throw fail(EPERM, 'egid');
  }
  return change(task, (c) => {
    if (rgid !== KEEP) c.rgid = rgid;
    if (egid !== KEEP) c.egid = egid;
    if (rgid !== KEEP || (egid !== KEEP && egid !== old.rgid)) c.sgid = c.egid;
    c.fsgid = c.egid;
  });
}

export function setresuid(task: Task, ruid: number, euid: number, suid: number): number {
  const old = task.credentials;
  if (!old.hasCapability(CAP_SETUID))
    for (const id of [ruid, euid, suid])
      if (id !== KEEP && ![old.ruid, old.euid, old.suid].includes(id))
        throw fail(EPERM, `uid ${id}`);
  return change(task, (c) => {
    if (ruid !== KEEP) c.ruid = ruid;
    if (euid !== KEEP) c.euid = euid;
    if (suid !== KEEP) c.suid = suid;
    c.fsuid = c.euid;
  });
}

export function setresgid(task: Task, rgid: number, egid: number, sgid: number): number {
  const old = task.credentials;
  if (!old.hasCapability(CAP_SETGID))
    for (const id of [rgid, egid, sgid])
      if (id !== KEEP && ![old.rgid, old.egid, old.sgid].includes(id))
        throw fail(EPERM, `gid ${id}`);
  return change(task, (c) => {
    if (rgid !== KEEP) c.rgid = rgid;
    if (egid !== KEEP) c.egid = egid;
    if (sgid !== KEEP) c.sgid = sgid;
    c.fsgid = c.egid;
  });
}

function writeIds(task: Task, addresses: readonly number[], ids: readonly number[]): number {
  addresses.forEach((address, i) => {
    task.memory.writeU32(address, ids[i] as number);
  });
  return 0;
}

export function getresuid(task: Task, ruid: number, euid: number, suid: number): number {
  const c = task.credentials;
  return writeIds(task, [ruid, euid, suid], [c.ruid, c.euid, c.suid]);
}

export function getresgid(task: Task, rgid: number, egid: number, sgid: number): number {
  const c = task.credentials;
  return writeIds(task, [rgid, egid, sgid], [c.rgid, c.egid, c.sgid]);
}

/** setfsuid(2): always the previous id. */
export function setfsuid(task: Task, uid: number): number {
  const old = task.credentials;
  const isAllowed =
    old.hasCapability(CAP_SETUID) || [old.ruid, old.euid, old.suid, old.fsuid].includes(uid);
  if (!isAllowed || uid === KEEP) return old.fsuid;
  const after = old.copy();
  after.fsuid = uid;
  after.adjustFileCapabilities(old);
  commit(task, after);
  return old.fsuid;
}

export function setfsgid(task: Task, gid: number): number {
  const old = task.credentials;
  const isAllowed =
    old.hasCapability(CAP_SETGID) || [old.rgid, old.egid, old.sgid, old.fsgid].includes(gid);
  if (isAllowed && gid !== KEEP) change(task, (c) => (c.fsgid = gid));
  return old.fsgid;
}

/** getgroups(2). Errors: EFAULT, EINVAL. */
export function getgroups(task: Task, size: number, list: number): number {
  const { groups } = task.credentials;
  if (size < 0) throw fail(EINVAL, 'size');
  if (size === 0) return groups.length;
  if (size < groups.length) throw fail(EINVAL, 'list is too small');
  groups.forEach((gid, i) => {
    task.memory.writeU32(list + 4 * i, gid);
  });
  return groups.length;
}

/** setgroups(2). Errors: EFAULT, EINVAL, EPERM. */
export function setgroups(task: Task, size: number, list: number): number {
  if (!task.credentials.hasCapability(CAP_SETGID)) throw fail(EPERM, 'CAP_SETGID');
  if (size < 0 || size > NGROUPS_MAX) throw fail(EINVAL, 'size');
  const groups = Array.from({ length: size }, (_, i) => task.memory.readU32(list + 4 * i));
  return change(task, (c) => (c.groups = groups));
}

const CAPABILITY_VERSION_1 = 0x19980330;
const CAPABILITY_VERSION_2 = 0x20071026;
const CAPABILITY_VERSION_3 = 0x20080522;

/** Words of each set, by the version in the header: 1 or 2. A wrong one is answered with the right one. */
function checkHeader(task: Task, header: number, data: number): number {
  const { memory } = task;
  const version = memory.readU32(header);
  if (version === CAPABILITY_VERSION_1) return 1;
  if (version === CAPABILITY_VERSION_2 || version === CAPABILITY_VERSION_3) return 2;
  memory.writeU32(header, CAPABILITY_VERSION_3);
  // Asking for the version is no error.
  if (data === 0) return 0;
  throw fail(EINVAL, 'capability version');
}

/** capget(2): effective, permitted and inheritable, low words then high words. Errors: EFAULT, EINVAL, ESRCH. */
export function capget(task: Task, header: number, data: number): number {
  const words = checkHeader(task, header, data);
  if (words === 0 || data === 0) return 0;
  const pid = task.memory.readI32(header + 4);
  if (pid < 0) throw fail(EINVAL, 'pid');
  const target = pid === 0 ? task : task.kernel.pids.task(pid);
  if (!target) throw fail(ESRCH, `process ${pid}`);
  const c = target.credentials;
  [c.effective, c.permitted, c.inheritable].forEach((set, i) => {
    task.memory.writeU32(data + 4 * i, set);
    if (words === 2) task.memory.writeU32(data + 12 + 4 * i, Math.floor(set / 0x1_0000_0000));
  });
  return 0;
}

/** capset(2). Errors: EFAULT, EINVAL, EPERM. */
export function capset(task: Task, header: number, data: number): number {
  const words = checkHeader(task, header, header);
  const pid = task.memory.readI32(header + 4);
  if (pid !== 0 && pid !== task.tid) throw fail(EPERM, 'another process');
  const [effective, permitted, inheritable] = [0, 4, 8].map((at) => {
    const high = words === 2 ? task.memory.readU32(data + 12 + at) * 0x1_0000_0000 : 0;
    return (high + task.memory.readU32(data + at)) % (ALL_CAPABILITIES + 1);
  }) as [number, number, number];
  const old = task.credentials;
  const mayAdd = old.hasCapability(CAP_SETPCAP);
  if (!mayAdd && !isWithin(inheritable, union(old.inheritable, old.permitted)))
    throw fail(EPERM, 'inheritable set');
  if (!isWithin(inheritable, union(old.inheritable, old.bounding)))
    throw fail(EPERM, 'inheritable set');
  if (!isWithin(permitted, old.permitted) || !isWithin(effective, permitted))
    throw fail(EPERM, 'permitted set');
  const after = old.copy();
  const ambient = intersection(old.ambient, intersection(permitted, inheritable));
  Object.assign(after, { effective, permitted, inheritable, ambient });
  return commit(task, after);
}
