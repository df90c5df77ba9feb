/** A small VFS for tests: one namespace over host memory, and file operations by path as a process would call them. */
import {
  EBUSY,
  EEXIST,
  EINVAL,
  EISDIR,
  ENOENT,
  ENOTDIR,
  ENOTEMPTY,
  errnoName,
  fail,
  KernelError,
} from '../../src/abi/errno.ts';
import { O_ACCMODE, O_CREAT, O_EXCL, O_RDONLY, O_TRUNC } from '../../src/abi/fcntl.ts';
import { S_IFDIR, S_IFMT } from '../../src/abi/stat.ts';
import type { BlockDevice } from '../../src/fs/block-device.ts';
import type { Dentry } from '../../src/fs/dentry.ts';
import { lookup } from '../../src/fs/dentry-cache.ts';
import {
  createFile,
  makeDirectory,
  makeLink,
  makeNode,
  makeSymlink,
  removeDirectory,
  removeFile,
  renameEntry,
} from '../../src/fs/directory-operations.ts';
import type { File } from '../../src/fs/file.ts';
import type { FileSystem, FileSystemContext, NinePChannel } from '../../src/fs/filesystem.ts';
import type { Inode } from '../../src/fs/inode.ts';
import { MemoryFrames } from '../../src/fs/memory-frames.ts';
import { MountTable } from '../../src/fs/mount.ts';
import {
  type PathContext,
  resolve,
  resolveForOpen,
  resolveNew,
  resolveParent,
} from '../../src/fs/path.ts';
import { type AccessIdentity, ROOT_IDENTITY } from '../../src/fs/permission.ts';
import { BytesBuffer } from '../../src/lib/io-buffer.ts';

/** A context whose clock moves 1 s with each look. */
export class TestContext implements FileSystemContext {
  readonly frames = new MemoryFrames();
  readonly memoryBytes = 64 * 2 ** 20;
  readonly devices = new Map<string, BlockDevice>();
  readonly channels = new Map<string, NinePChannel>();
  readonly lines: string[] = [];
  seconds = 1_000_000_000;

  now(): { seconds: number; nanoseconds: number } {
    return { seconds: this.seconds++, nanoseconds: 123_456_789 };
  }

  blockDevice(source: string): BlockDevice {
    const device = this.devices.get(source);
    if (device === undefined) throw fail(ENOENT, source);
    return device;
  }

  channel(source: string): NinePChannel {
    const channel = this.channels.get(source);
    if (channel === undefined) throw fail(ENOENT, source);
    return channel;
  }

  log(text: string): void {
    this.lines.push(text);
  }
}

export class TestSystem {
  readonly mounts = new MountTable();
  identity: AccessIdentity = ROOT_IDENTITY;
  cwd: Dentry;

  constructor(root: FileSystem, flags = 0) {
    this.mounts.mount(root, 'test', flags, '', undefined);
    this.cwd = this.mounts.root;
  }

  get paths(): PathContext {
    return { root: this.mounts.root, cwd: this.cwd, identity: this.identity };
  }

  open(path: string, flags: number, mode = 0o644): File {
    const isExclusive = (flags & (O_CREAT | O_EXCL)) === (O_CREAT | O_EXCL);
    const creates = (flags & O_CREAT) !== 0;
    const found = resolveForOpen(path, this.paths, !isExclusive, creates);
    let { dentry } = found;
    if (dentry === undefined) {
      if (!creates) throw fail(ENOENT, path);
      dentry = createFile(found.parent, found.name, mode, this.identity);
    } else if (isExclusive) {
      throw fail(EEXIST, path);
    }
    const isForDirectory = (flags & O_ACCMODE) === O_RDONLY && !creates;
    if (isDirectory(dentry.inode) && !isForDirectory) throw fail(EISDIR, path);
    if ((flags & O_TRUNC) !== 0) dentry.inode.setAttributes({ size: 0 });
    const file = dentry.inode.open(flags);
    file.dentry = dentry;
    return file;
  }

  stat(path: string): Inode {
    const { inode } = resolve(path, this.paths);
    inode.revalidate();
    return inode;
  }

  lstat(path: string): Inode {
    const { inode } = resolve(path, this.paths, false);
    inode.revalidate();
    return inode;
  }

  write(path: string, content: Uint8Array | string): void {
    const file = this.open(path, O_CREAT | O_TRUNC | 1);
    const bytes = typeof content === 'string' ? Buffer.from(content, 'latin1') : content;
    let done = 0;
    try {
      while (done < bytes.length) {
        done += file.write(new BytesBuffer(bytes.subarray(done)), done);
      }
    } finally {
      file.release();
    }
  }

  read(path: string): Uint8Array {
    const file = this.open(path, O_RDONLY);
    const bytes = new Uint8Array(file.inode.size + 1);
    let done = 0;
    for (;;) {
      const count = file.read(new BytesBuffer(bytes.subarray(done)), done);
      if (count === 0) break;
      done += count;
    }
    file.release();
    return bytes.subarray(0, done);
  }

  text(path: string): string {
    return Buffer.from(this.read(path)).toString('latin1');
  }

  mkdir(path: string, mode = 0o755): void {
    const { parent, name } = resolveNew(path, this.paths, true);
    makeDirectory(parent, name, mode, this.identity);
  }

  mknod(path: string, mode: number, rdev = 0): void {
    const { parent, name } = resolveNew(path, this.paths, false);
    makeNode(parent, name, mode, rdev, this.identity);
  }

  symlink(target: string, path: string): void {
    const { parent, name } = resolveNew(path, this.paths, false);
    makeSymlink(parent, name, target, this.identity);
  }

  link(from: string, path: string): void {
    const target = resolve(from, this.paths, false);
    const { parent, name } = resolveNew(path, this.paths, false);
    makeLink(target, parent, name, this.identity);
  }

  unlink(path: string): void {
    const { parent, name, kind, hasTrailingSlash } = resolveParent(path, this.paths);
    if (kind !== 'name') throw fail(EISDIR, path);
    const victim = hasTrailingSlash ? lookup(parent, name) : undefined;
    if (victim !== undefined && !isDirectory(victim.inode)) throw fail(ENOTDIR, path);
    removeFile(parent, name, this.identity);
  }

  rmdir(path: string): void {
    const { parent, name, kind } = resolveParent(path, this.paths);
    if (kind === 'dot') throw fail(EINVAL, path);
    if (kind === 'dotdot') throw fail(ENOTEMPTY, path);
    if (kind === 'root') throw fail(EBUSY, path);
    removeDirectory(parent, name, this.identity);
  }

  rename(from: string, to: string, flags = 0): void {
    const a = resolveParent(from, this.paths);
    const b = resolveParent(to, this.paths);
    if (a.kind !== 'name' || b.kind !== 'name') throw fail(EBUSY, from);
    renameEntry(
      a.parent,
      a.name,
      b.parent,
      b.name,
      flags,
      this.identity,
      a.hasTrailingSlash,
      b.hasTrailingSlash,
    );
  }

  /** Names without "." and "..", sorted. */
  list(path: string): string[] {
    const file = this.open(path, O_RDONLY);
    const names: string[] = [];
    let from = 0;
    for (;;) {
      const entries = file.readdir(from, 7);
      for (const { name, next } of entries) {
        names.push(name);
        from = next;
      }
      if (entries.length === 0) break;
    }
    file.release();
    return names.filter((name) => name !== '.' && name !== '..').sort();
  }
}

function isDirectory(inode: Inode): boolean {
  return (inode.mode & S_IFMT) === S_IFDIR;
}

/** The name of the errno that `call` fails with; 'ok' if it does not. */
export function errnoOf(call: () => void): string {
  try {
    call();
  } catch (error) {
    if (error instanceof KernelError) return errnoName(error.errno);
    throw error;
  }
  return 'ok';
}
