/** Advisory locks: fcntl(2) "Advisory record locking", flock(2). */
import { beforeEach, describe, expect, it } from 'vitest';
import { errnoOf, TestContext, TestSystem } from '../../test/fs/harness.ts';
import { F_RDLCK, F_UNLCK, F_WRLCK } from '../abi/fcntl.ts';
import { type FileLock, LOCK_TO_END, type LockKind, LockTable } from './file-lock.ts';
import type { Inode } from './inode.ts';
import { tmpfs } from './tmpfs/tmpfs.ts';

let table: LockTable;
let inode: Inode;
const [A, B, C] = [{ id: 1 }, { id: 2 }, { id: 3 }];

beforeEach(() => {
  table = new LockTable();
  const system = new TestSystem(tmpfs.mount('', '', false, new TestContext()));
  system.write('/f', '');
  inode = system.stat('/f');
});

function lock(
  owner: { id: number },
  type: number,
  start: number,
  end: number,
  kind: LockKind = 'POSIX',
): FileLock {
  return { kind, owner, pid: owner.id, type, start, end };
}

/** Locks as `owner type start-end`. */
function held(): string[] {
  return (inode.locks?.held ?? []).map(
    ({ pid, type, start, end }) => `${pid} ${type === F_WRLCK ? 'W' : 'R'} ${start}-${end}`,
  );
}

describe('record locks', () => {
  it('split, shrink and join', () => {
    table.set(inode, lock(A, F_WRLCK, 0, 99));
    table.set(inode, lock(A, F_UNLCK, 40, 59));
    expect(held()).toEqual(['1 W 0-39', '1 W 60-99']);
    table.set(inode, lock(A, F_RDLCK, 30, 69));
    expect(held()).toEqual(['1 W 0-29', '1 R 30-69', '1 W 70-99']);
    table.set(inode, lock(A, F_WRLCK, 30, 69));
    expect(held()).toEqual(['1 W 0-99']);
    table.set(inode, lock(A, F_WRLCK, 100, LOCK_TO_END));
    expect(held()).toEqual(['1 W 0-Infinity']);
    table.set(inode, lock(A, F_UNLCK, 0, LOCK_TO_END));
    expect(held()).toEqual([]);
    expect(table.inodes.size).toBe(0);
  });

  it('are shared for reading and exclusive for writing', () => {
    table.set(inode, lock(A, F_RDLCK, 0, 9));
    table.set(inode, lock(B, F_RDLCK, 5, 14));
    expect(errnoOf(() => table.set(inode, lock(B, F_WRLCK, 5, 14)))).toBe('EAGAIN');
    expect(table.findConflict(inode, lock(B, F_WRLCK, 0, LOCK_TO_END))?.pid).toBe(1);
    expect(table.findConflict(inode, lock(B, F_WRLCK, 10, 10))).toBeUndefined();
    table.releaseOwner(inode, A);
    table.set(inode, lock(B, F_WRLCK, 5, 14));
    expect(held()).toEqual(['2 W 5-14']);
  });

  it('wait for each other, but not in a circle: EDEADLK', () => {
    table.set(inode, lock(A, F_WRLCK, 0, 0));
    table.set(inode, lock(B, F_WRLCK, 1, 1));
    table.set(inode, lock(C, F_WRLCK, 2, 2));
    const [a, b, c] = [{}, {}, {}];
    expect(table.setOrWait(inode, lock(A, F_WRLCK, 1, 1), a)).toBe(false);
    expect(table.setOrWait(inode, lock(B, F_WRLCK, 2, 2), b)).toBe(false);
    const last = () => table.setOrWait(inode, lock(C, F_WRLCK, 0, 0), c);
    expect(errnoOf(last)).toBe('EDEADLK');
    table.cancel(b);
    expect(last()).toBe(false);
    let wakes = 0;
    const waitingOn = new Set<never>();
    const sleeper = { waitingOn, wake: () => wakes++ };
    inode.locks?.queue.enlist(sleeper);
    table.releaseOwner(inode, B);
    expect(wakes).toBe(1);
    expect(table.setOrWait(inode, lock(A, F_WRLCK, 1, 1), a)).toBe(true);
    expect(held()).toEqual(['3 W 2-2', '1 W 0-1']);
  });

  it('of descriptions are apart from those of processes, flocks from both', () => {
    table.set(inode, lock(A, F_WRLCK, 0, LOCK_TO_END, 'FLOCK'));
    table.set(inode, lock(B, F_WRLCK, 0, 9, 'POSIX'));
    expect(errnoOf(() => table.set(inode, lock(C, F_WRLCK, 5, 5, 'OFDLCK')))).toBe('EAGAIN');
    expect(errnoOf(() => table.set(inode, lock(C, F_RDLCK, 0, LOCK_TO_END, 'FLOCK')))).toBe(
      'EAGAIN',
    );
    table.set(inode, lock(A, F_RDLCK, 0, LOCK_TO_END, 'FLOCK'));
    table.set(inode, lock(C, F_RDLCK, 0, LOCK_TO_END, 'FLOCK'));
  });
});
