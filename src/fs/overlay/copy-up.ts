/** Copying a file of a lower layer to the upper one before it is changed. Linux: fs/overlayfs/copy_up.c. */
import { EIO, fail } from '../../abi/errno.ts';
import { O_NOATIME, O_RDONLY, O_WRONLY } from '../../abi/fcntl.ts';
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../../abi/stat.ts';
import { BytesBuffer } from '../../lib/io-buffer.ts';
import type { Dentry } from '../dentry.ts';
import {
  createFile,
  makeDirectory,
  makeNode,
  makeSymlink,
  renameEntry,
} from '../directory-operations.ts';
import type { Inode } from '../inode.ts';
import { ROOT_IDENTITY } from '../permission.ts';
import { discard } from './discard.ts';
import { isDirectory, type Layers } from './layers.ts';
import { encodeOrigin } from './origin.ts';

const COPY_BYTES = 65_536;

/** Where new files are made before they are seen. */
export interface Workplace {
  readonly work: Dentry;
  /** A name that nothing has there. */
  newName(): string;
}

/**
 * `source` comes to be `name` in `upper`, with all that it has; of a regular file only the first `size` bytes. What fails
 * leaves nothing behind. Throws ENOSPC, EIO …
 */
export function copyUp(
  source: Dentry,
  upper: Dentry,
  name: string,
  size: number,
  workplace: Workplace,
  layers: Layers,
): Dentry {
  const { work } = workplace;
  const temporary = workplace.newName();
  const { atime, mtime } = upper.inode;
  const made = makeLike(source.inode, work, temporary);
  try {
    if ((made.inode.mode & S_IFMT) === S_IFREG) copyContent(source.inode, made.inode, size);
    copyAttributes(source.inode, made.inode, layers);
    if (isDirectory(made) || source.inode.nlink === 1)
      layers.setAttribute(made.inode, 'origin', encodeOrigin(source.inode));
    renameEntry(work, temporary, upper, name, 0, ROOT_IDENTITY);
  } catch (error) {
    discard(work, temporary);
    throw error;
  }
  if (layers.attribute(upper.inode, 'impure') === undefined)
    layers.setAttribute(upper.inode, 'impure', 'y');
  // The directory is what it was, for whoever looks.
  upper.inode.setAttributes({ atime, mtime });
  return made;
}

function makeLike(source: Inode, parent: Dentry, name: string): Dentry {
  switch (source.mode & S_IFMT) {
    case S_IFREG:
      return createFile(parent, name, 0o600, ROOT_IDENTITY);
    case S_IFDIR:
      return makeDirectory(parent, name, 0o700, ROOT_IDENTITY);
    case S_IFLNK:
      return makeSymlink(parent, name, source.readlink(), ROOT_IDENTITY);
    default:
      return makeNode(parent, name, source.mode, source.rdev, ROOT_IDENTITY);
  }
}

/** Parts that are all zeros stay holes. */
function copyContent(source: Inode, target: Inode, size: number): void {
  const from = source.open(O_RDONLY | O_NOATIME);
  const to = target.open(O_WRONLY);
  const bytes = new Uint8Array(Math.min(COPY_BYTES, size));
  try {
    for (let at = 0; at < size; ) {
      const wanted = Math.min(bytes.length, size - at);
      const count = from.read(new BytesBuffer(bytes.subarray(0, wanted)), at);
      if (count === 0) throw fail(EIO, 'the lower file became shorter');
      const part = bytes.subarray(0, count);
      if (part.some((byte) => byte !== 0)) writeAll(to, part, at);
      at += count;
    }
    if (target.size < size) target.setAttributes({ size });
  } finally {
    from.release();
    to.release();
  }
}

function writeAll(to: ReturnType<Inode['open']>, part: Uint8Array, at: number): void {
  for (let done = 0; done < part.length; )
    done += to.write(new BytesBuffer(part.subarray(done)), at + done);
}

function copyAttributes(source: Inode, target: Inode, layers: Layers): void {
  const attributes = source.storedXattrs ? source.storedXattrs() : source.xattrs;
  for (const name of attributes?.names() ?? []) {
    const value = attributes?.get(name);
    if (value !== undefined && !layers.isMark(name)) target.xattrs?.set(name, value);
  }
  const { uid, gid, mode, atime, mtime } = source;
  target.setAttributes({ uid, gid });
  if ((mode & S_IFMT) !== S_IFLNK) target.setAttributes({ mode: mode & 0o7777 });
  target.setAttributes({ atime, mtime });
}
