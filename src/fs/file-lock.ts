/** Advisory locks: POSIX record locks, open-file-description locks and flock(2). fcntl(2) "Advisory record locking". */
import { EAGAIN, EDEADLK, fail } from '../abi/errno.ts';
import { F_RDLCK, F_UNLCK, F_WRLCK } from '../abi/fcntl.ts';
import { WaitQueue } from '../lib/wait-queue.ts';
import type { Inode } from './inode.ts';

/** End of a lock that reaches to the end of the file, however far it grows. */
export const LOCK_TO_END = Number.POSITIVE_INFINITY;

/** The first column of /proc/locks; flock and record locks do not see each other. */
export type LockKind = 'POSIX' | 'OFDLCK' | 'FLOCK';

/** Who holds a lock: the process for POSIX locks, the open file description for the others. Compared by identity. */
export type LockOwner = object;

export interface FileLock {
  readonly kind: LockKind;
  readonly owner: LockOwner;
  /** Shown by F_GETLK and /proc/locks; -1 for OFD locks. */
  readonly pid: number;
  /** F_RDLCK or F_WRLCK. */
  readonly type: number;
  /** First and last byte, inclusive; LOCK_TO_END. A flock is [0, LOCK_TO_END]. */
  readonly start: number;
  readonly end: number;
}

/** A task that waits for a lock, for deadlock detection. */
interface PendingLock {
  readonly wanted: FileLock;
  /** The owners that are in the way. */
  readonly blockers: LockOwner[];
}

/** The locks of one inode. */
export class FileLocks {
  /** Sorted by start within an owner's run; the order of /proc/locks. */
  held: readonly FileLock[] = [];
  /** Woken whenever a lock is given up or weakened. */
  readonly queue = new WaitQueue();
}

/** All locks of a system; the kernel has one. */
export class LockTable {
  /** Inodes that have locks. */
  readonly inodes = new Set<Inode>();
  /** By waiter, a task. */
  private readonly pending = new Map<object, PendingLock>();

  private heldCount = 0;
  /** Those who ever had a record lock. */
  private readonly recordOwners = new WeakSet<LockOwner>();

  /** There may come to be so many locks. Throws ENOLCK, where somebody limits them. */
  protected reserveLocks(_count: number): void {
    return;
  }

  /** F_GETLK: the first lock that is in the way of `wanted`, or undefined. */
  findConflict(inode: Inode, wanted: FileLock): FileLock | undefined {
    return inode.locks?.held.find((lock) => conflicts(lock, wanted));
  }

  /** F_SETLK, LOCK_NB: take or, with type F_UNLCK, give up the range. Throws EAGAIN if another lock is in the way. */
  set(inode: Inode, wanted: FileLock): void {
    if (wanted.type === F_UNLCK) {
      if (inode.locks !== undefined) this.change(inode, inode.locks, wanted);
      return;
    }
    if (this.findConflict(inode, wanted) !== undefined) throw fail(EAGAIN, 'lock is held');
    inode.locks ??= new FileLocks();
    this.change(inode, inode.locks, wanted);
  }

  /**
   * F_SETLKW: as set(), but false means that `waiter` has to wait on inode.locks.queue and call again. While it waits it is
   * known here, until it gets the lock or calls cancel(). Throws EDEADLK if it would wait for itself (POSIX locks only).
   */
  setOrWait(inode: Inode, wanted: FileLock, waiter: object): boolean {
    this.pending.delete(waiter);
    const held = inode.locks?.held ?? [];
    const blockers = held.filter((lock) => conflicts(lock, wanted)).map((lock) => lock.owner);
    if (wanted.type === F_UNLCK || blockers.length === 0) {
      this.set(inode, wanted);
      return true;
    }
    if (wanted.kind === 'POSIX' && this.leadsTo(blockers, wanted.owner)) {
      throw fail(EDEADLK, 'lock cycle');
    }
    this.pending.set(waiter, { wanted, blockers });
    return false;
  }

  /** The waiter gave up: a signal, a timeout. */
  cancel(waiter: object): void {
    this.pending.delete(waiter);
  }

  /** close(2) by a process (POSIX: any fd of the file), or the last close of a description: its locks are gone. */
  releaseOwner(inode: Inode, owner: LockOwner): void {
    const { locks } = inode;
    if (locks === undefined) return;
    const kept = locks.held.filter((lock) => lock.owner !== owner);
    if (kept.length === locks.held.length) return;
    this.replace(inode, locks, kept);
    locks.queue.wakeAll();
  }

  /** Whether the owner has, or has had, a record lock on any file. */
  hasOwned(owner: LockOwner): boolean {
    return this.recordOwners.has(owner);
  }

  /** True if one of `owners` waits, directly or through others, for `target`. */
  private leadsTo(owners: readonly LockOwner[], target: LockOwner): boolean {
    const seen = new Set<LockOwner>();
    const todo = [...owners];
    for (let owner = todo.pop(); owner !== undefined; owner = todo.pop()) {
      if (owner === target) return true;
      if (seen.has(owner)) continue;
      seen.add(owner);
      for (const { wanted, blockers } of this.pending.values()) {
        if (wanted.owner === owner && wanted.kind === 'POSIX') todo.push(...blockers);
      }
    }
    return false;
  }

  /** The owner's locks over the wanted range are replaced, split and joined; others are compatible by now. */
  private change(inode: Inode, locks: FileLocks, wanted: FileLock): void {
    // One is new, and what it cuts in two is one more.
    this.reserveLocks(this.heldCount + 2);
    const mine: FileLock[] = [];
    const others: FileLock[] = [];
    let isWeakened = false;
    let { start, end } = wanted;
    for (const lock of locks.held) {
      if (lock.owner !== wanted.owner || lock.kind !== wanted.kind) {
        others.push(lock);
      } else if (lock.type === wanted.type && lock.end + 1 >= start && lock.start <= end + 1) {
        start = Math.min(start, lock.start);
        end = Math.max(end, lock.end);
      } else if (lock.end < wanted.start || lock.start > wanted.end) {
        mine.push(lock);
      } else {
        isWeakened ||= lock.type === F_WRLCK || wanted.type === F_UNLCK;
        if (lock.start < wanted.start) mine.push({ ...lock, end: wanted.start - 1 });
        if (lock.end > wanted.end) mine.push({ ...lock, start: wanted.end + 1 });
      }
    }
    if (wanted.type !== F_UNLCK) mine.push({ ...wanted, start, end });
    if (wanted.kind === 'POSIX') this.recordOwners.add(wanted.owner);
    mine.sort((a, b) => a.start - b.start);
    this.replace(inode, locks, [...others, ...mine]);
    if (isWeakened) locks.queue.wakeAll();
  }

  private replace(inode: Inode, locks: FileLocks, held: readonly FileLock[]): void {
    this.heldCount += held.length - locks.held.length;
    locks.held = held;
    if (held.length > 0) this.inodes.add(inode);
    else this.inodes.delete(inode);
  }
}

function conflicts(held: FileLock, wanted: FileLock): boolean {
  return (
    held.owner !== wanted.owner &&
    (held.kind === 'FLOCK') === (wanted.kind === 'FLOCK') &&
    (held.type === F_WRLCK || wanted.type === F_WRLCK) &&
    held.start <= wanted.end &&
    wanted.start <= held.end &&
    wanted.type !== F_UNLCK &&
    (held.type === F_RDLCK || held.type === F_WRLCK)
  );
}
