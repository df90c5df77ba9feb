/** tmpfs: files that live in guest memory only. tmpfs(5); Linux: mm/shmem.c. */

import { EINVAL, ENOSPC, ESTALE, fail } from '../../abi/errno.ts';
import { S_IFDIR } from '../../abi/stat.ts';
import type {
  FileSystem,
  FileSystemContext,
  FileSystemMemory,
  FileSystemStatistics,
  FileSystemType,
} from '../filesystem.ts';
import { parseNumber, parseOptions, parseSize } from '../mount-options.ts';
import { swapOutPages } from '../page-eviction.ts';
import { PAGE_SIZE } from '../page-frames.ts';
import { TmpfsInode } from './tmpfs-inode.ts';

const TMPFS_MAGIC = 0x01021994;
/** Size when memory's size is unknown. */
const FALLBACK_BYTES = 64 * 2 ** 20;
/** What an inode takes of the space that nr_inodes= gives to inodes and extended attributes: mm/shmem.c, BOGO_INODE_SIZE. */
const INODE_BYTES = 1024;
/** What it costs the guest's memory besides its name and its pages: what the host takes for it. */
const CHARGED_BYTES = 2048;
/** So many are charged at a time, and given back with some delay: a file that comes and goes costs nothing then. */
const CHARGED_STEP = 8;

const DEFAULT_MODE = 0o1777;
/** Of the root, when it is mounted. */
const ROOT_OPTIONS: readonly string[] = ['mode', 'uid', 'gid'];

interface Limits {
  pages?: number;
  inodes?: number;
}

export class Tmpfs implements FileSystem {
  readonly type: FileSystemType = tmpfs;
  readonly root: TmpfsInode;
  readonly context: FileSystemContext;
  readonly cachesNames = true;
  readonly keepsWhiteouts: boolean = true;
  device = 0;
  isReadOnly: boolean;
  /** Limits by size= and nr_inodes=, which a remount may change; without an end where 0 was given. */
  private maxPages: number;
  private maxInodes: number;
  /** What /proc/mounts tells, whatever was made of it since. */
  private readonly rootAsMade = { mode: DEFAULT_MODE, uid: 0, gid: 0 };
  usedPages = 0;
  /** Regular files. */
  readonly files = new Set<TmpfsInode>();
  usedInodes = 0;
  /** Of maxInodes * INODE_BYTES. */
  private usedInodeSpace = 0;
  private nextIno = 1;
  /** Inodes and further names. */
  private places = 0;
  /** As many are charged. */
  private paidPlaces = 0;
  /** What its inodes cost was given back. */
  private isUnmounted = false;

  constructor(options: string, isReadOnly: boolean, context: FileSystemContext) {
    this.context = context;
    this.isReadOnly = isReadOnly;
    this.maxPages = this.defaultLimit;
    this.maxInodes = this.defaultLimit;
    const root = this.rootAsMade;
    for (const [name, value] of parseOptions(options)) {
      if (name === 'mode') root.mode = parseNumber(value, 8) & 0o7777;
      else if (name === 'uid' || name === 'gid') root[name] = parseNumber(value, 10);
    }
    this.setLimits(this.limitsOf(options));
    this.root = this.createInode(S_IFDIR | root.mode, root.uid, root.gid);
    this.root.nlink = 2;
  }

  /** Of pages, and of inodes: half of memory. */
  private get defaultLimit(): number {
    return Math.floor(this.memoryBytes / 2 / PAGE_SIZE);
  }

  private get memoryBytes(): number {
    return this.context.memoryBytes ?? 2 * FALLBACK_BYTES;
  }

  /** The limits that `options` name, 0 for none. Throws EINVAL, also for options that it does not know. */
  private limitsOf(options: string): Limits {
    const limits: Limits = {};
    for (const [name, value] of parseOptions(options)) {
      const number = (): number => parseSize(value, this.memoryBytes);
      if (name === 'size') limits.pages = Math.ceil(number() / PAGE_SIZE);
      else if (name === 'nr_blocks') limits.pages = number();
      else if (name === 'nr_inodes') limits.inodes = number();
      else if (!ROOT_OPTIONS.includes(name)) throw fail(EINVAL, `tmpfs option ${name}`);
    }
    return limits;
  }

  private setLimits({ pages, inodes }: Limits): void {
    if (pages !== undefined) this.maxPages = pages || Number.POSITIVE_INFINITY;
    if (inodes !== undefined) this.maxInodes = inodes || Number.POSITIVE_INFINITY;
  }

  /**
   * Other limits; mode, uid and gid stay. Linux: shmem_reconfigure. Throws EINVAL for a limit below what is in use, and where there was
   * none: memory may be used that nobody counted.
   */
  remount(isReadOnly: boolean, options: string): void {
    const limits = this.limitsOf(options);
    const { pages = 0, inodes = 0 } = limits;
    const isUnlimited = (limit: number, given: number): boolean =>
      given > 0 && limit === Number.POSITIVE_INFINITY;
    if (isUnlimited(this.maxPages, pages) || isUnlimited(this.maxInodes, inodes))
      throw fail(EINVAL, 'tmpfs: no limit before');
    if (pages > 0 && pages < this.usedPages) throw fail(EINVAL, 'tmpfs: size in use');
    if (inodes > 0 && inodes * INODE_BYTES < this.usedInodeSpace)
      throw fail(EINVAL, 'tmpfs: inodes in use');
    this.setLimits(limits);
    this.isReadOnly = isReadOnly;
  }

  shownOptions(): string {
    const { mode, uid, gid } = this.rootAsMade;
    const finite = (limit: number): number => (Number.isFinite(limit) ? limit : 0);
    const shown: string[] = [];
    if (this.maxPages !== this.defaultLimit)
      shown.push(`size=${finite(this.maxPages) * (PAGE_SIZE / 1024)}k`);
    if (this.maxInodes !== this.defaultLimit) shown.push(`nr_inodes=${finite(this.maxInodes)}`);
    if (mode !== DEFAULT_MODE) shown.push(`mode=${mode.toString(8).padStart(3, '0')}`);
    if (uid !== 0) shown.push(`uid=${uid}`);
    if (gid !== 0) shown.push(`gid=${gid}`);
    return shown.join(',');
  }

  /** A new inode without a name. Throws ENOSPC at the limit, ENOMEM. */
  createInode(mode: number, uid: number, gid: number, ino?: number): TmpfsInode {
    this.takePlace();
    this.usedInodes++;
    return this.newInode(ino ?? this.nextIno++, mode, uid, gid);
  }

  /** For an inode, or a further name of one: both stay in memory. Throws ENOSPC at the limit, ENOMEM. */
  takePlace(): void {
    this.takeInodeSpace(INODE_BYTES);
    try {
      if (this.places === this.paidPlaces) this.payPlaces(CHARGED_STEP);
    } catch (error) {
      this.takeInodeSpace(-INODE_BYTES);
      throw error;
    }
    this.places++;
  }

  private payPlaces(count: number): void {
    this.context.charge?.(count * CHARGED_BYTES);
    this.paidPlaces += count;
  }

  protected newInode(ino: number, mode: number, uid: number, gid: number): TmpfsInode {
    return new TmpfsInode(this, ino, mode, uid, gid);
  }

  /** An inode without a name and users is gone. */
  inodeFreed(): void {
    this.leavePlace();
    this.usedInodes--;
  }

  /** An inode, or a further name of one, is gone. */
  leavePlace(): void {
    if (this.isUnmounted) return;
    this.takeInodeSpace(-INODE_BYTES);
    this.places--;
    if (this.paidPlaces - this.places >= 2 * CHARGED_STEP) this.payPlaces(-CHARGED_STEP);
  }

  /** Space for inodes and their attributes, or less of it. Throws ENOSPC at the limit. */
  takeInodeSpace(bytes: number): void {
    const used = this.usedInodeSpace + bytes;
    if (bytes > 0 && used > this.maxInodes * INODE_BYTES) throw fail(ENOSPC, 'tmpfs inodes');
    this.usedInodeSpace = used;
  }

  inodeByNumber(ino: number): TmpfsInode {
    const find = (inode: TmpfsInode): TmpfsInode | undefined => {
      if (inode.ino === ino) return inode;
      for (const child of inode.names?.inodes() ?? []) {
        const found = find(child);
        if (found) return found;
      }
      return undefined;
    };
    const found = find(this.root);
    if (!found) throw fail(ESTALE, `inode ${ino}`);
    return found;
  }

  /** One page more in use. Throws ENOSPC at the limit. */
  takePage(): void {
    if (this.usedPages >= this.maxPages) throw fail(ENOSPC, 'tmpfs size');
    this.usedPages++;
  }

  private get freeInodes(): number {
    return this.maxInodes - Math.ceil(this.usedInodeSpace / INODE_BYTES);
  }

  get cachedInodes(): number {
    return this.usedInodes;
  }

  statistics(): FileSystemStatistics {
    const limited = Number.isFinite(this.maxPages);
    const free = limited ? this.maxPages - this.usedPages : 0;
    const limitedInodes = Number.isFinite(this.maxInodes);
    return {
      type: TMPFS_MAGIC,
      blockSize: PAGE_SIZE,
      blocks: limited ? this.maxPages : 0,
      blocksFree: free,
      blocksAvailable: free,
      files: limitedInodes ? this.maxInodes : 0,
      filesFree: limitedInodes ? this.freeInodes : 0,
      nameLength: 255,
    };
  }

  memoryUse(): FileSystemMemory {
    return { cachedPages: this.usedPages, dirtyPages: 0, bufferPages: 0, isStored: false };
  }

  cachedFiles(): Iterable<TmpfsInode> {
    return this.files;
  }

  swapOut(count: number, sparesUsed: boolean): number {
    let released = 0;
    for (const { pages } of this.files) {
      if (released >= count) break;
      if (pages) released += swapOutPages(pages, count - released, sparesUsed);
    }
    return released;
  }

  swapIn(first: number, end: number): void {
    for (const file of this.files) file.swapIn(first, end);
  }

  /** Memory is the store. */
  sync(): void {
    return;
  }

  unmount(): void {
    this.root.freeTree();
    this.payPlaces(-this.paidPlaces);
    this.isUnmounted = true;
  }
}

export const tmpfs: FileSystemType = {
  name: 'tmpfs',
  requiresDevice: false,
  mount(_source, options, isReadOnly, context): FileSystem {
    return new Tmpfs(options, isReadOnly, context);
  },
};
