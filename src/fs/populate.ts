/** Filling a file system from a list of files: root images. */

import { EEXIST, ENOENT, ENOTDIR, fail } from '../abi/errno.ts';
import { O_WRONLY } from '../abi/fcntl.ts';
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../abi/stat.ts';
import { BytesBuffer } from '../lib/io-buffer.ts';
import type { File } from './file.ts';
import type { FileSystem } from './filesystem.ts';
import type { Inode, Timestamp } from './inode.ts';
import { evictPages } from './page-eviction.ts';

/** Bytes that are read when they are needed. */
export interface Content {
  readonly size: number;
  /** Fills `target` from `offset` on; the caller asks for nothing beyond `size`. */
  read(offset: number, target: Uint8Array): void;
}

export interface TreeEntry {
  /** Relative to the root, as a byte string, without slashes at the ends. */
  readonly path: string;
  /** Type (S_IF*) and permission bits. */
  readonly mode: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtime?: Timestamp;
  /** A regular file's bytes. */
  readonly content?: Uint8Array | Content;
  /** Extended attributes by their full names, such as `security.capability`. */
  readonly xattrs?: ReadonlyMap<string, Uint8Array>;
  /** A symbolic link's target. */
  readonly target?: string;
  /** Another name of the file with this path, which comes earlier in the list. */
  readonly linkTo?: string;
  /** A device's number. */
  readonly rdev?: number;
}

/**
 * Makes the entries in order; an entry for a directory that exists sets its attributes. Parents that the list leaves out
 * are made with mode 755. Throws EEXIST for a path given twice, ENOTDIR, ENOENT, ENOSPC.
 */
export function populate(fs: FileSystem, entries: Iterable<TreeEntry>): void {
  const directories = new Map<string, Inode>([['', fs.root]]);
  const times: [Inode, Timestamp][] = [];
  for (const entry of entries) {
    const inode = makeEntry(fs, directories, entry);
    const { mtime, xattrs } = entry;
    for (const [name, value] of xattrs ?? []) inode.xattrs?.set(name, value);
    if (mtime !== undefined) times.push([inode, mtime]);
  }
  // Last, because every name that is made moves its directory's time.
  for (const [inode, mtime] of times) inode.setAttributes({ mtime, atime: mtime });
}

function makeEntry(fs: FileSystem, directories: Map<string, Inode>, entry: TreeEntry): Inode {
  const { path, mode, uid = 0, gid = 0 } = entry;
  const known = directories.get(path);
  if (known !== undefined) {
    if ((mode & S_IFMT) !== S_IFDIR) throw fail(EEXIST, path);
    known.setAttributes({ mode, uid, gid });
    return known;
  }
  const slash = path.lastIndexOf('/');
  const parent = directoryFor(directories, slash < 0 ? '' : path.slice(0, slash));
  const name = path.slice(slash + 1);
  if (parent.lookup(name) !== undefined) throw fail(EEXIST, path);
  if (entry.linkTo !== undefined) {
    const target = find(fs, entry.linkTo);
    parent.link(name, target);
    return target;
  }
  switch (mode & S_IFMT) {
    case S_IFDIR: {
      const made = parent.mkdir(name, mode, uid, gid);
      directories.set(path, made);
      return made;
    }
    case S_IFREG:
      return makeFile(parent, name, entry);
    case S_IFLNK:
      return parent.symlink(name, entry.target ?? '', uid, gid);
    default:
      return parent.mknod(name, mode, entry.rdev ?? 0, uid, gid);
  }
}

/** Written, and given back, at a time: an image may be larger than memory. */
const PIECE_BYTES = 4 * 2 ** 20;

function makeFile(parent: Inode, name: string, entry: TreeEntry): Inode {
  const inode = parent.create(name, entry.mode, entry.uid ?? 0, entry.gid ?? 0);
  const { content } = entry;
  if (content === undefined) return inode;
  const size = content instanceof Uint8Array ? content.length : content.size;
  if (size === 0) return inode;
  const file = inode.open(O_WRONLY);
  for (let start = 0; start < size; start += PIECE_BYTES) {
    writeAll(file, start, piece(content, start, Math.min(PIECE_BYTES, size - start)));
    inode.sync(true);
    if (inode.pages) evictPages(inode.pages, Number.POSITIVE_INFINITY);
  }
  file.release();
  return inode;
}

function piece(content: Uint8Array | Content, start: number, length: number): Uint8Array {
  if (content instanceof Uint8Array) return content.subarray(start, start + length);
  const bytes = new Uint8Array(length);
  content.read(start, bytes);
  return bytes;
}

function writeAll(file: File, start: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) {
    done += file.write(new BytesBuffer(bytes.subarray(done)), start + done);
  }
}

function directoryFor(directories: Map<string, Inode>, path: string): Inode {
  const known = directories.get(path);
  if (known !== undefined) return known;
  const slash = path.lastIndexOf('/');
  const parent = directoryFor(directories, slash < 0 ? '' : path.slice(0, slash));
  const name = path.slice(slash + 1);
  const found = parent.lookup(name);
  if (found !== undefined && (found.mode & S_IFMT) !== S_IFDIR) throw fail(ENOTDIR, path);
  const inode = found ?? parent.mkdir(name, S_IFDIR | 0o755, 0, 0);
  directories.set(path, inode);
  return inode;
}

function find(fs: FileSystem, path: string): Inode {
  let inode: Inode = fs.root;
  for (const name of path.split('/')) {
    const child = inode.lookup(name);
    if (child === undefined) throw fail(ENOENT, path);
    inode = child;
  }
  return inode;
}
