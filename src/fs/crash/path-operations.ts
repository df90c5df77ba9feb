/** File operations by path, as one process of root would call them, on a file system without a kernel. */
import {
  EBUSY,
  EEXIST,
  EINVAL,
  EISDIR,
  ENOENT,
  ENOTDIR,
  ENOTEMPTY,
  fail,
} from '../../abi/errno.ts';
import { O_ACCMODE, O_CREAT, O_EXCL, O_RDONLY, O_TRUNC } from '../../abi/fcntl.ts';
import { S_IFDIR, S_IFMT } from '../../abi/stat.ts';
import { BytesBuffer } from '../../lib/io-buffer.ts';
import type { Dentry } from '../dentry.ts';
import { lookup } from '../dentry-cache.ts';
import {
  createFile,
  makeDirectory,
  makeLink,
  makeNode,
  makeSymlink,
  removeDirectory,
  removeFile,
  renameEntry,
} from '../directory-operations.ts';
import type { File } from '../file.ts';
import type { FileSystem } from '../filesystem.ts';
import type { Inode } from '../inode.ts';
import { MountTable } from '../mount-table.ts';
import { type PathContext, resolve, resolveForOpen, resolveNew, resolveParent } from '../path.ts';
import { type AccessIdentity, ROOT_IDENTITY } from '../permission.ts';

export class PathOperations {
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
