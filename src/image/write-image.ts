/** Writes a list of files as an ext2 image. */
import { createHash } from 'node:crypto';
import { renameSync, rmSync } from 'node:fs';
import { ENOSPC, KernelError } from '../abi/errno.ts';
import { Ext4 } from '../fs/ext4/ext4.ts';
import { format } from '../fs/ext4/format.ts';
import { ext4 } from '../fs/ext4/mount.ts';
import type { FileSystemContext } from '../fs/filesystem.ts';
import { MemoryFrames } from '../fs/memory-frames.ts';
import { PAGE_SIZE } from '../fs/page-frames.ts';
import { populate, type TreeEntry } from '../fs/populate.ts';
import { FileDevice } from './file-device.ts';
import { ImageSourceError } from './image-source-error.ts';

export interface ImageOptions {
  /** Size of the file system in bytes. */
  readonly bytes: number;
  readonly label: string;
  /** Time of the file system and of entries that have none, in seconds since 1970. */
  readonly seconds: number;
  /** One inode for so many bytes; 16384 by default. */
  readonly bytesPerInode?: number;
}

/** 2026-01-01: the time of what has none of its own, so that an image depends on its content only. */
export const IMAGE_SECONDS = 1_767_225_600;
const GROUP_BYTES = 128 * 2 ** 20;
const SPARE_BYTES = 512 * 2 ** 20;
const SPARE_INODES = 32768;
const INODE_BYTES = 256;
const MIN_BYTES_PER_INODE = 1024;

/** A context for file systems that no kernel runs. */
export function hostContext(
  frames: MemoryFrames,
  device: FileDevice,
  seconds: number,
): FileSystemContext {
  return {
    frames,
    now: () => ({ seconds, nanoseconds: 0 }),
    blockDevice: () => device,
    channel: () => {
      throw new Error('an image has no channels');
    },
    log: (text) => console.warn(text),
  };
}

/** Room for the entries and as much again as a user will want: the file is sparse, so that what is free costs nothing. */
export function sizeFor(entries: Iterable<TreeEntry>): {
  files: number;
  content: number;
  bytes: number;
  bytesPerInode: number;
} {
  let files = 0;
  let content = 0;
  for (const { linkTo, content: bytes, target } of entries) {
    if (linkTo !== undefined) continue;
    files++;
    const size =
      bytes === undefined
        ? (target?.length ?? PAGE_SIZE)
        : 'length' in bytes
          ? bytes.length
          : bytes.size;
    content += Math.ceil(size / PAGE_SIZE) * PAGE_SIZE;
  }
  const inodes = files * 1.25 + SPARE_INODES;
  const wanted = content * 1.25 + inodes * INODE_BYTES + SPARE_BYTES;
  const bytes = Math.ceil(wanted / GROUP_BYTES) * GROUP_BYTES;
  return {
    files,
    content,
    bytes,
    bytesPerInode: Math.max(MIN_BYTES_PER_INODE, Math.floor(bytes / inodes)),
  };
}

/**
 * Writes `entries` to `outFile`, sparse; the file appears under its name only when it is complete. The same input gives the
 * same bytes. Throws ImageSourceError if it does not fit, and node's errors.
 */
export function writeImage(
  entries: Iterable<TreeEntry>,
  outFile: string,
  options: ImageOptions,
): void {
  const partial = `${outFile}.${process.pid}.new`;
  const frames = new MemoryFrames();
  rmSync(partial, { force: true });
  const device = new FileDevice(partial, frames, options.bytes);
  let isComplete = false;
  try {
    format(device, { ...options, uuid: uuidOf(options.label) });
    const image = new Ext4(device, false, hostContext(frames, device, options.seconds), ext4);
    populate(image, entries);
    image.unmount();
    isComplete = true;
  } catch (cause) {
    if (!(cause instanceof KernelError) || cause.errno !== ENOSPC) throw cause;
    throw new ImageSourceError(
      `the files do not fit into ${Math.floor(options.bytes / 2 ** 20)} MiB: ${cause.message}; give a larger --size`,
      { cause },
    );
  } finally {
    device.close();
    if (!isComplete) rmSync(partial, { force: true });
  }
  renameSync(partial, outFile);
}

/** A version 8 UUID that follows from the label. */
function uuidOf(label: string): Uint8Array {
  const uuid = createHash('sha256').update(`hartix image ${label}`).digest().subarray(0, 16);
  uuid[6] = ((uuid[6] ?? 0) & 0x0f) | 0x80;
  uuid[8] = ((uuid[8] ?? 0) & 0x3f) | 0x80;
  return uuid;
}
