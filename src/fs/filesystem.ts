/** File-system types and mounted instances. Linux: struct file_system_type, struct super_block. */

import { EBUSY, fail } from '../abi/errno.ts';
import type { BlockDevice } from './block-device.ts';
import type { ErrorSequence } from './error-sequence.ts';
import type { Inode, Timestamp } from './inode.ts';
import type { Mount } from './mount.ts';
import type { InodeWatch } from './notify.ts';
import type { PageCache } from './page-cache.ts';
import type { FrameSource } from './page-frames.ts';
import type { SwapSpace } from './swap-space.ts';

/** What a file system may use of its surroundings. */
export interface FileSystemContext {
  readonly frames: FrameSource;
  /** Memory that objects on behalf of users take elsewhere than in frames: charged (or, negative, given back). Throws ENOMEM. */
  charge?(bytes: number): void;
  /** Where pages that have no store go when memory is short. */
  readonly swap?: SwapSpace;
  /** RAM that the kernel manages, for limits given in percent (tmpfs). */
  readonly memoryBytes?: number;
  /** Wall-clock time for timestamps. */
  now(): Timestamp;
  /** The block device that `source` names (a path such as /dev/vda, resolved by the kernel). Throws ENOTBLK, ENXIO. */
  blockDevice(source: string): BlockDevice;
  /** The 9p channel whose mount tag is `source`. Throws ENOENT. */
  channel(source: string): NinePChannel;
  /** A mount of its own, in no tree, of what `path` names for whoever mounts: it keeps the file system. Left out where there is no tree. */
  privateMount?(path: string): Mount;
  /** The other way. */
  dropMount?(mount: Mount): void;
  /** What the key holds that whoever mounts finds in their keyrings: `user` or `logon`. Left out where there are none. */
  key?(description: string): Uint8Array | undefined;
  /** Somebody runs now who may be put to sleep until a slow disk has what he needs, and will then do all from its start: MustWait. */
  readonly maySleep?: boolean;
  /** A line for dmesg. */
  log(text: string): void;
  /** Metadata differs from what is stored: call the file system's writeBack in so many seconds, or when dirty pages are due. */
  metadataChanged?(fs: FileSystem, seconds: number | undefined): void;
  /** Times of inodes are in memory only: call the file system's storeTimes when vm.dirtytime_expire_seconds have passed. */
  timesChanged?(fs: FileSystem): void;
  /** It is unmounted: there are none any more. */
  timesStored?(fs: FileSystem): void;
}

/** How far a search for pages that can be released goes, each stage farther than the one before. */
export const ReclaimStage = {
  /** Clean pages that no mapping has used of late. */
  UNUSED: 0,
  /** Those that are clean once they are written, too. */
  WRITTEN: 1,
  /** All that are clean. */
  ALL: 2,
} as const;
export type ReclaimStage = (typeof ReclaimStage)[keyof typeof ReclaimStage];

/** Synchronous request/response transport of 9P messages: the kernel's virtio-9p driver. */
export interface NinePChannel {
  /** Longest message in either direction, in bytes. */
  readonly maxMessageBytes: number;
  /** `room`: how long the reply may be, in bytes; a page if it is left out. */
  request(message: Uint8Array, room?: number): Uint8Array;
  /** Tread whose data goes straight into frames; the reply is what comes before the data. Linux: zc_request. */
  readPages?(message: Uint8Array, frames: readonly number[]): Uint8Array;
  /** The file system that is mounted from it: one session per channel. Set by the file system. */
  mounted?: FileSystem | undefined;
}

export interface FileSystemStatistics {
  /** f_type magic. */
  type: number;
  blockSize: number;
  blocks: number;
  blocksFree: number;
  blocksAvailable: number;
  files: number;
  filesFree: number;
  nameLength: number;
}

/** What may still be taken of what is free; without a number, all of it. */
export interface SpaceLimit {
  readonly bytes?: number | undefined;
  readonly inodes?: number | undefined;
}

/** Guest frames that a file system holds. */
export interface FileSystemMemory {
  /** Page cache, and of it what differs from the store. */
  cachedPages: number;
  dirtyPages: number;
  /** Metadata blocks. */
  bufferPages: number;
  /** False for tmpfs, whose pages are its only store and count as shared memory. */
  isStored: boolean;
}

/** A mounted instance. */
export interface FileSystem {
  /** Who is told of all that happens in it. */
  watches?: Set<InodeWatch> | undefined;
  readonly type: FileSystemType;
  readonly root: Inode;
  /** st_dev, unique per instance; set by the VFS at mount. */
  device: number;
  isReadOnly: boolean;
  /** lazytime: what changes of an inode but its times stay in memory. Where nothing is stored so it is only shown. */
  keepsTimes?: boolean;
  /** These times are stored. */
  storeTimes?(): void;
  /** st_blksize of its inodes; a page where it is left out. */
  readonly ioBlockBytes?: number | undefined;
  /** Bytes of its largest file; left out where offsets end before. */
  readonly maxFileBytes?: number;
  /** True: names change only through this kernel, so looked-up ones, and absences, may be cached. Else each lookup asks. */
  readonly cachesNames?: boolean;
  /** Nobody makes files in it. Who would make a name finds 'absent': ENOENT, as for any that is not there, or 'refused': EACCES, EPERM. */
  readonly newNames?: 'absent' | 'refused';
  /** Renaming may leave a whiteout: RENAME_WHITEOUT. */
  readonly keepsWhiteouts?: boolean;
  /** From now on, no more than that is given out, and statfs(2) says so. */
  restrict?(space: SpaceLimit): void;
  /** True for pipefs and the like, which are mounted nowhere: a path is just the entry's name, e.g. `pipe:[12]`. */
  readonly describesItself?: boolean;
  /** Where names of a directory that differ (by case, or a short form) lead to one file: the spelling that stands for all. */
  spelling?(directory: Inode, name: string): string;
  /** Its options as /proc/mounts shows them; left out where they are as they were given. */
  shownOptions?(): string;
  /** Most pages that a file reads ahead; left out where nobody sets it. */
  readonly readAheadPages?: number;
  /** Inodes in memory. Views of kernel state leave it out. */
  readonly cachedInodes?: number;
  statistics(): FileSystemStatistics;
  /** Frames that it uses, for /proc/meminfo. Views of kernel state leave it out. */
  memoryUse?(): FileSystemMemory;
  /** For file handles: the inode of a number. Left out where files are only reached by names. Throws ESTALE. */
  inodeByNumber?(ino: number): Inode;
  /** Files that may have pages in memory. Left out where there are none. */
  cachedFiles?(): Iterable<{ readonly pages?: PageCache | undefined }>;
  /** What could not be stored, files and structures alike: syncfs(2) tells it once to each open file. */
  readonly errors?: ErrorSequence;
  /** Write everything dirty through. */
  sync(): void;
  /**
   * mount -o remount: sets isReadOnly, which may be what it was, and what of its own options may change. Left out where nothing is to be
   * done for it. Throws EACCES, EINVAL.
   */
  remount?(isReadOnly: boolean, options: string): void;
  /** Metadata that was changed is stored: with a journal, commit. Throws EIO. */
  writeBack?(): void;
  /** Memory is short: release up to `count` page frames that are stored elsewhere too; returns how many. */
  reclaim?(count: number, stage: ReclaimStage): number;
  /** Memory is short: about `count` pages that are stored nowhere go to swap, those that mappings used of late only without `sparesUsed`. */
  swapOut?(count: number, sparesUsed: boolean): number;
  /** Pages in slots [first, end) come back. Throws ENOMEM, EIO. */
  swapIn?(first: number, end: number): void;
  /** Forget metadata that can be read again; returns how many objects. */
  shrink?(): number;
  /** The instance is being unmounted: sync and let go of the device, which may be gone: what it does not take is lost. */
  unmount(): void;
}

export interface FileSystemType {
  readonly name: string;
  readonly requiresDevice: boolean;
  /** options: comma-separated as in mount(2). Throws EINVAL for a bad superblock or option. */
  mount(
    source: string,
    options: string,
    isReadOnly: boolean,
    context: FileSystemContext,
  ): FileSystem;
}

/**
 * One disk is one instance: that which is mounted from it already, if it is what is asked for, or else what `make` gives.
 * Throws EBUSY, and what `make` throws. Linux: get_tree_bdev.
 */
export function mountDisk(
  disk: BlockDevice,
  isWanted: (mounted: FileSystem) => boolean,
  make: () => FileSystem,
): FileSystem {
  const { mounted } = disk;
  if (mounted === undefined) {
    const fs = make();
    disk.mounted = fs;
    return fs;
  }
  if (!isWanted(mounted)) throw fail(EBUSY, `${disk.name} is mounted`);
  return mounted;
}
