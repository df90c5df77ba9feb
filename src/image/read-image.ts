/** The files of an ext2 image, read without a machine. */

import { KernelError } from '../abi/errno.ts';
import { O_RDONLY } from '../abi/fcntl.ts';
import { S_IFBLK, S_IFCHR, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../abi/stat.ts';
import { ext4, openExt4 } from '../fs/ext4/mount.ts';
import type { File } from '../fs/file.ts';
import type { Inode } from '../fs/inode.ts';
import { MemoryFrames } from '../fs/memory-frames.ts';
import { evictPages } from '../fs/page-eviction.ts';
import type { Content } from '../fs/populate.ts';
import { BytesBuffer } from '../lib/io-buffer.ts';
import { FileDevice } from './file-device.ts';
import { ImageSourceError } from './image-source-error.ts';
import { type ImageNode, ImageTree } from './image-tree.ts';
import { hostContext } from './write-image.ts';

const DIRECTORY_BATCH = 512;

export interface OpenImage {
  readonly tree: ImageTree;
  close(): void;
}

/** Contents are read later, until close(). Throws ImageSourceError for what is no image that this version reads. */
export function openImage(path: string): OpenImage {
  const frames = new MemoryFrames();
  let device: FileDevice;
  try {
    device = new FileDevice(path, frames);
  } catch (cause) {
    throw new ImageSourceError(`cannot read '${path}': ${(cause as NodeJS.ErrnoException).code}`, {
      cause,
    });
  }
  try {
    const image = openExt4(device, true, hostContext(frames, device, 0), ext4);
    const tree = new ImageTree();
    addInode(tree, '', image.root, new Map());
    return {
      tree,
      close: () => {
        image.unmount();
        device.close();
      },
    };
  } catch (cause) {
    device.close();
    if (cause instanceof RangeError) throw new ImageSourceError(`'${path}' is damaged`, { cause });
    if (!(cause instanceof KernelError)) throw cause;
    throw new ImageSourceError(
      `'${path}' is no ext2 image that can be read here: ${cause.message}`,
      { cause },
    );
  }
}

function addInode(tree: ImageTree, path: string, inode: Inode, seen: Map<number, ImageNode>): void {
  const known = seen.get(inode.ino);
  const kind = inode.mode & S_IFMT;
  if (kind === S_IFDIR && known)
    throw new ImageSourceError(`'${path}' lies within itself: the image is damaged`);
  const node = known ?? nodeOf(inode);
  if (kind === S_IFDIR || inode.nlink > 1) seen.set(inode.ino, node);
  tree.put(path, node);
  if (kind !== S_IFDIR) return;
  for (let from = 0; ; ) {
    const entries = inode.readdir(from, DIRECTORY_BATCH);
    const last = entries.at(-1);
    if (last === undefined) return;
    for (const { name } of entries) {
      const child = name === '.' || name === '..' ? undefined : inode.lookup(name);
      if (child) addInode(tree, `${path}/${name}`, child, seen);
    }
    from = last.next;
  }
}

function nodeOf(inode: Inode): ImageNode {
  const { mode, uid, gid, rdev } = inode;
  const node: ImageNode = { mode, uid, gid, mtime: { ...inode.mtime } };
  const { xattrs } = inode;
  const names = xattrs?.names() ?? [];
  if (names.length > 0) {
    node.xattrs = new Map(names.map((name) => [name, xattrs?.get(name) ?? new Uint8Array()]));
  }
  switch (mode & S_IFMT) {
    case S_IFREG:
      node.content = new InodeContent(inode);
      break;
    case S_IFDIR:
      node.children = new Map();
      break;
    case S_IFLNK:
      node.target = inode.readlink();
      break;
    case S_IFCHR:
    case S_IFBLK:
      node.rdev = rdev;
      break;
    default:
  }
  return node;
}

class InodeContent implements Content {
  readonly size: number;
  private readonly inode: Inode;
  private file: File | undefined;

  constructor(inode: Inode) {
    this.inode = inode;
    this.size = inode.size;
  }

  read(offset: number, target: Uint8Array): void {
    try {
      this.fill(offset, target);
    } catch (cause) {
      if (!(cause instanceof KernelError)) throw cause;
      throw new ImageSourceError(`a file of the image cannot be read: ${cause.message}`, { cause });
    }
  }

  private fill(offset: number, target: Uint8Array): void {
    this.file ??= this.inode.open(O_RDONLY);
    for (let done = 0; done < target.length; ) {
      const count = this.file.read(new BytesBuffer(target.subarray(done)), offset + done);
      if (count === 0) throw new ImageSourceError('a file of the image ends early: it is damaged');
      done += count;
    }
    if (this.inode.pages) evictPages(this.inode.pages, Number.POSITIVE_INFINITY);
    if (offset + target.length < this.size) return;
    this.file.release();
    this.file = undefined;
  }
}
