/** Who may look into another process, or change it: ptrace(2), "Ptrace access mode checking". Linux: __ptrace_may_access. */
import { EPERM, fail } from '../abi/errno.ts';
import { CAP_SYS_PTRACE, type Credentials, isWithin } from './credentials.ts';
import type { Task } from './task.ts';

/** PTRACE_MODE_REALCREDS: the same user and group in all three ids, a process that may be dumped, no capability more. */
export function mayTrace(own: Task, target: Task): boolean {
  if (own.process === target.process) return true;
  const mine = own.credentials;
  const other = target.credentials;
  if (mine.hasCapability(CAP_SYS_PTRACE)) return true;
  return (
    isSameUser(mine, other) &&
    target.process.isDumpable &&
    isWithin(other.permitted, mine.permitted)
  );
}

/** Throws EPERM. */
export function checkTrace(own: Task, target: Task): void {
  if (!mayTrace(own, target)) throw fail(EPERM, `access to process ${target.tid}`);
}

function isSameUser(mine: Credentials, { ruid, euid, suid, rgid, egid, sgid }: Credentials) {
  return (
    [ruid, euid, suid].every((uid) => uid === mine.ruid) &&
    [rgid, egid, sgid].every((gid) => gid === mine.rgid)
  );
}
