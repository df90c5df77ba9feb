/** What is done with a damaged disk: everything is tried, and only errnos may come of it. */
import { KernelError } from '../../../src/abi/errno.ts';
import { O_APPEND, O_RDONLY, O_WRONLY } from '../../../src/abi/fcntl.ts';
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../../../src/abi/stat.ts';
import type { Inode } from '../../../src/fs/inode.ts';
import type { MemoryDisk } from '../../../src/fs/memory-disk.ts';
import { BytesBuffer } from '../../../src/lib/io-buffer.ts';
import type { TestSystem } from '../harness.ts';

/** Reads and writes of one run, more than which means a loop without end. */
const MOST_REQUESTS = 200_000;
const MOST_FILES = 200;
/** Of them, those that are changed after all were read. */
const MOST_CHANGED = 60;

/** Whatever is thrown but an errno is a bug. */
export function attempt(operation: () => void): void {
  try {
    operation();
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
  }
}

/** Counts requests: a run that makes too many fails, and so does one for a sector that no disk can have. */
export function guard(disk: MemoryDisk): void {
  let requests = 0;
  const count = (sector: number, { length }: Uint8Array): void => {
    if (++requests > MOST_REQUESTS) throw new Error('a loop without end');
    if (!Number.isSafeInteger(sector) || sector < 0 || length === 0)
      throw new Error(`${length} bytes from sector ${sector} on`);
  };
  const { read, write } = disk;
  disk.read = (sector, target) => {
    count(sector, target);
    read.call(disk, sector, target);
  };
  disk.write = (sector, source) => {
    count(sector, source);
    write.call(disk, sector, source);
  };
}

/** Walk and read everything, then change, remove and create. */
export function useEverything(system: TestSystem): void {
  const paths = [''];
  for (let i = 0; i < paths.length && i < MOST_FILES; i++) {
    const path = paths[i] ?? '';
    attempt(() => {
      const inode = system.lstat(path === '' ? '/' : path);
      attempt(() => readAttributes(inode));
      const kind = inode.mode & S_IFMT;
      if (kind === S_IFLNK) inode.readlink();
      if (kind === S_IFREG) readSome(system, path);
      if (kind !== S_IFDIR) return;
      for (const { name } of inode.readdir(0, MOST_FILES)) {
        if (name !== '.' && name !== '..' && !name.includes('/')) paths.push(`${path}/${name}`);
      }
    });
  }
  for (const [i, path] of paths.slice(1, MOST_CHANGED).entries()) change(system, path, i);
  attempt(() => void system.mounts.root.inode.fs.statistics());
  attempt(() => system.mounts.syncAll());
  for (let i = 0; i < 20; i++) attempt(() => system.write(`/d/new-${i}`, 'x'.repeat(5000)));
  attempt(() => system.mkdir('/e'));
  attempt(() => system.symlink('x'.repeat(100), '/e/link'));
  attempt(() => system.rename('/d', '/e/d'));
  attempt(() => system.rmdir('/e/d'));
}

function readAttributes(inode: Inode): void {
  for (const name of inode.xattrs?.names() ?? []) inode.xattrs?.get(name);
  inode.fileExtents?.(0, Math.min(inode.size, 2 ** 20));
}

function change(system: TestSystem, path: string, number: number): void {
  attempt(() => {
    const file = system.open(path, O_WRONLY | O_APPEND);
    attempt(() => file.write(new BytesBuffer(new Uint8Array(3000)), 0));
    file.release();
  });
  attempt(() => system.lstat(path).xattrs?.set('user.new', new Uint8Array(number)));
  attempt(() => system.stat(path).setAttributes({ size: 1000 + number * 3000 }));
  attempt(() => system.stat(path).setAttributes({ size: number * 10 }));
  if (number % 3 === 0) attempt(() => system.rename(path, `${path}-renamed`));
  attempt(() => system.unlink(path));
  if (number % 3 === 1) attempt(() => system.rmdir(path));
}

/** A damaged size may be terabytes: the first part and the last. */
function readSome(system: TestSystem, path: string): void {
  const file = system.open(path, O_RDONLY);
  try {
    const buffer = new BytesBuffer(new Uint8Array(400_000));
    file.read(buffer, 0);
    file.read(buffer, Math.max(0, file.inode.size - 5000));
  } finally {
    file.release();
  }
}
