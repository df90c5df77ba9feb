/** Performs the API's file operations in the guest, as root from the root directory. Synchronous; errors are KernelErrors. */
import { EEXIST, EISDIR, ENOENT, ENOTDIR, fail, KernelError } from '../abi/errno.ts';
import {
  AT_FDCWD,
  O_APPEND,
  O_CREAT,
  O_EXCL,
  O_NONBLOCK,
  O_RDONLY,
  O_TRUNC,
  O_WRONLY,
} from '../abi/fcntl.ts';
import { S_IFDIR, S_IFLNK, S_IFMT } from '../abi/stat.ts';
import type { Dentry } from '../fs/dentry.ts';
import {
  makeDirectory,
  makeLink,
  makeSymlink,
  removeDirectory,
  removeFile,
  renameEntry,
} from '../fs/directory-operations.ts';
import type { File } from '../fs/file.ts';
import type { AttributeChange, Inode, Timestamp } from '../fs/inode.ts';
import { type PathContext, pathOf, resolve, resolveNew, resolveParent } from '../fs/path.ts';
import { ROOT_IDENTITY } from '../fs/permission.ts';
import type { Process } from '../kernel/process.ts';
import { fileIdentity } from '../kernel/vfs.ts';
import { fromUnicode, toUnicode } from '../lib/bytes.ts';
import { BytesBuffer } from '../lib/io-buffer.ts';
import type { DirectoryItem, FileAttributes, FileOperation, FileResult } from '../protocol.ts';

const CHUNK_BYTES = 64 * 1024;
const ENTRIES_PER_READ = 256;
/** A file of /proc or a device may have no end: this much is read of it. */
const LARGEST_FILE_BYTES = 1024 * 1024 * 1024;

function milliseconds(time: Timestamp): number {
  return time.seconds * 1000 + time.nanoseconds / 1e6;
}

function timestamp(ms: number): Timestamp {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanoseconds: Math.round((ms - seconds * 1000) * 1e6) };
}

function isDirectory(inode: Inode): boolean {
  return (inode.mode & S_IFMT) === S_IFDIR;
}

export class FileRequests {
  /** Whose root directory the paths are walked from. */
  private readonly process: Process;
  private readonly context: PathContext;

  constructor(process: Process) {
    this.process = process;
    this.context = { root: process.root, cwd: process.root, identity: ROOT_IDENTITY };
  }

  /** In the name of init, whoever ran last: /proc/self and its like ask who reads. Throws KernelError. */
  perform(operation: FileOperation): FileResult {
    const { kernel, leader } = this.process;
    const before = kernel.current;
    kernel.current = leader;
    try {
      return this.performAs(operation);
    } finally {
      kernel.current = before;
    }
  }

  private performAs(operation: FileOperation): FileResult {
    switch (operation.name) {
      case 'readFile':
        return this.readFile(fromUnicode(operation.path));
      case 'writeFile':
        return this.writeFile(operation);
      case 'readdir':
        return this.readDirectory(fromUnicode(operation.path));
      case 'stat':
        return this.stat(this.resolve(operation.path, operation.follow).inode);
      case 'mkdir':
        return this.makeDirectory(fromUnicode(operation.path), operation.mode, operation.recursive);
      case 'remove':
        return this.remove(fromUnicode(operation.path), operation.recursive, operation.force);
      case 'unlink': {
        const { parent, name } = this.parentOf(operation.path);
        removeFile(parent, name, ROOT_IDENTITY);
        return undefined;
      }
      case 'rmdir': {
        const { parent, name } = this.parentOf(operation.path);
        removeDirectory(parent, name, ROOT_IDENTITY);
        return undefined;
      }
      case 'rename':
        return this.rename(operation.from, operation.to);
      case 'symlink': {
        const { parent, name } = this.newEntry(operation.path, false);
        makeSymlink(parent, name, fromUnicode(operation.target), ROOT_IDENTITY);
        return undefined;
      }
      case 'link': {
        const { parent, name } = this.newEntry(operation.path, false);
        makeLink(this.resolve(operation.existing, false), parent, name, ROOT_IDENTITY);
        return undefined;
      }
      case 'readlink':
        return toUnicode(this.resolve(operation.path, false).inode.readlink());
      case 'realpath':
        return toUnicode(pathOf(this.resolve(operation.path, true), this.process.root));
      case 'chmod':
        return this.change(operation.path, { mode: operation.mode & 0o7777 });
      case 'chown':
        return this.change(operation.path, { uid: operation.uid, gid: operation.gid });
      case 'utimes':
        return this.change(operation.path, {
          atime: timestamp(operation.atimeMs),
          mtime: timestamp(operation.mtimeMs),
        });
      case 'truncate':
        return this.truncate(operation.path, operation.size);
    }
  }

  private change(path: string, change: AttributeChange): undefined {
    this.resolve(path, true).inode.setAttributes(change);
    return undefined;
  }

  private resolve(path: string, follow: boolean): Dentry {
    return resolve(fromUnicode(path), this.context, follow);
  }

  private parentOf(path: string): { parent: Dentry; name: string } {
    const { parent, name, kind } = resolveParent(fromUnicode(path), this.context);
    if (kind !== 'name') throw fail(EISDIR, path);
    return { parent, name };
  }

  private newEntry(path: string, isForDirectory: boolean): { parent: Dentry; name: string } {
    return resolveNew(fromUnicode(path), this.context, isForDirectory);
  }

  private open<T>(path: string, flags: number, mode: number, use: (file: File) => T): T {
    const file = this.process.kernel.vfs.open(
      this.process.leader,
      AT_FDCWD,
      path,
      flags | O_NONBLOCK,
      mode,
    );
    try {
      return use(file);
    } finally {
      file.references--;
      if (file.references === 0) file.release();
    }
  }

  private readFile(path: string): Uint8Array {
    return this.open(path, O_RDONLY, 0, (file) => {
      if (isDirectory(file.inode)) throw fail(EISDIR, path);
      const chunks: Uint8Array[] = [];
      let total = 0;
      while (total < LARGEST_FILE_BYTES) {
        const chunk = new Uint8Array(CHUNK_BYTES);
        const count = file.read(new BytesBuffer(chunk), total);
        if (count === 0) break;
        chunks.push(chunk.subarray(0, count));
        total += count;
      }
      const bytes = new Uint8Array(total);
      let at = 0;
      for (const chunk of chunks) {
        bytes.set(chunk, at);
        at += chunk.length;
      }
      return bytes;
    });
  }

  private writeFile(operation: Extract<FileOperation, { name: 'writeFile' }>): undefined {
    const flags =
      O_WRONLY |
      O_CREAT |
      (operation.append ? O_APPEND : O_TRUNC) |
      (operation.exclusive ? O_EXCL : 0);
    this.open(fromUnicode(operation.path), flags, operation.mode, (file) => {
      const start = operation.append ? file.inode.size : 0;
      for (let done = 0; done < operation.bytes.length; ) {
        done += file.write(new BytesBuffer(operation.bytes.subarray(done)), start + done);
      }
    });
    return undefined;
  }

  private readDirectory(path: string): DirectoryItem[] {
    const { inode } = resolve(path, this.context, true);
    if (!isDirectory(inode)) throw fail(ENOTDIR, path);
    const items: DirectoryItem[] = [];
    for (let position = 0; ; ) {
      const entries = inode.readdir(position, ENTRIES_PER_READ);
      if (entries.length === 0) return items;
      for (const { name, type, next } of entries) {
        position = next;
        if (name !== '.' && name !== '..') items.push({ name: toUnicode(name), type });
      }
    }
  }

  private stat(inode: Inode): FileAttributes {
    inode.revalidate();
    return {
      ino: inode.ino,
      mode: inode.mode,
      nlink: inode.nlink,
      uid: inode.uid,
      gid: inode.gid,
      rdev: inode.rdev,
      size: inode.size,
      blocks: inode.blocks,
      atimeMs: milliseconds(inode.atime),
      mtimeMs: milliseconds(inode.mtime),
      ctimeMs: milliseconds(inode.ctime),
    };
  }

  private makeDirectory(path: string, mode: number, isRecursive: boolean): undefined {
    if (isRecursive) {
      const parent = path.replace(/\/+[^/]+\/*$/, '');
      if (parent !== '' && parent !== path) this.makeDirectory(parent, mode, true);
    }
    try {
      const { parent, name } = resolveNew(path, this.context, true);
      makeDirectory(parent, name, mode & 0o7777, fileIdentity(this.process.leader));
    } catch (error) {
      const exists = error instanceof KernelError && error.errno === EEXIST;
      if (!isRecursive || !exists || !isDirectory(resolve(path, this.context, true).inode))
        throw error;
    }
    return undefined;
  }

  private remove(path: string, isRecursive: boolean, isForced: boolean): undefined {
    let inode: Inode;
    try {
      inode = resolve(path, this.context, false).inode;
    } catch (error) {
      if (isForced && error instanceof KernelError && error.errno === ENOENT) return undefined;
      throw error;
    }
    const isFolder = (inode.mode & S_IFMT) === S_IFDIR;
    const { parent, name } = resolveParent(path, this.context);
    if (!isFolder) removeFile(parent, name, ROOT_IDENTITY);
    else if (!isRecursive) throw fail(EISDIR, path);
    else {
      for (const item of this.readDirectory(path))
        this.remove(`${path}/${fromUnicode(item.name)}`, true, false);
      removeDirectory(parent, name, ROOT_IDENTITY);
    }
    return undefined;
  }

  private rename(from: string, to: string): undefined {
    const source = resolveParent(fromUnicode(from), this.context);
    const target = resolveParent(fromUnicode(to), this.context);
    renameEntry(
      source.parent,
      source.name,
      target.parent,
      target.name,
      0,
      ROOT_IDENTITY,
      source.hasTrailingSlash,
      target.hasTrailingSlash,
    );
    return undefined;
  }

  private truncate(path: string, size: number): undefined {
    const { inode } = this.resolve(path, true);
    if (isDirectory(inode)) throw fail(EISDIR, path);
    if ((inode.mode & S_IFMT) === S_IFLNK) throw fail(ENOENT, path);
    inode.setAttributes({ size });
    return undefined;
  }
}
