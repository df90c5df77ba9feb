/** Timestamps by the rules of POSIX and of relatime. mount(8) "relatime". */
import { MS_NODIRATIME } from '../abi/mount.ts';
import type { Timestamp } from './inode.ts';
import type { Mount } from './mount.ts';

const DAY_SECONDS = 86400;

export function isAfter(a: Timestamp, b: Timestamp): boolean {
  return a.seconds > b.seconds || (a.seconds === b.seconds && a.nanoseconds > b.nanoseconds);
}

interface Times {
  readonly atime: Timestamp;
  readonly mtime: Timestamp;
  readonly ctime: Timestamp;
}

/** Whether a read now must move atime: not before each change and each day once, unless the mount says otherwise. */
export function needsAccessTime(
  times: Times,
  now: Timestamp,
  mount: Mount | undefined,
  isDirectory: boolean,
): boolean {
  if (mount?.isWithoutAccessTimes) return false;
  if (isDirectory && mount !== undefined && (mount.flags & MS_NODIRATIME) !== 0) return false;
  if (mount?.hasStrictAccessTimes) return true;
  return (
    !isAfter(times.atime, times.mtime) ||
    !isAfter(times.atime, times.ctime) ||
    now.seconds - times.atime.seconds >= DAY_SECONDS
  );
}
