/** hugetlbfs: files whose pages are 2 MiB of the pool; memfds, SysV segments and MAP_HUGETLB are such files. Linux: fs/hugetlbfs. */
import { EINVAL, ENOSYS, EPERM, fail } from '../../abi/errno.ts';
import { F_SEAL_GROW, F_SEAL_SEAL, F_SEAL_SHRINK } from '../../abi/fcntl.ts';
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../../abi/poll.ts';
import { S_IFDIR } from '../../abi/stat.ts';
import { applyAttributes } from '../../fs/attributes.ts';
import { BaseInode } from '../../fs/base-inode.ts';
import type { Dentry } from '../../fs/dentry.ts';
import type { File } from '../../fs/file.ts';
import type { FileSystem, FileSystemStatistics, FileSystemType } from '../../fs/filesystem.ts';
import type { AttributeChange } from '../../fs/inode.ts';
import type { IoBuffer } from '../../lib/io-buffer.ts';
import { HUGE_BYTES } from '../arch/page-table.ts';
import type { Kernel } from '../kernel.ts';
import { KernelFile } from '../kernel-file.ts';
import { spacesOf, type Vma } from './vma.ts';

const HUGETLBFS_MAGIC = 0x958458f6;
const SECTORS_PER_PAGE = HUGE_BYTES / 512;
/** Read at a time. */
const CHUNK = 65_536;

export class HugetlbInode extends BaseInode {
  readonly fs: HugetlbFileSystem;
  seals: number = F_SEAL_SEAL;
  readonly mappings = new Set<Vma>();
  /** The file's pages, and those promised to its shared mappings. */
  private readonly content = new Map<number, number>();
  private readonly promised = new Set<number>();

  constructor(fs: HugetlbFileSystem, mode: number, uid: number, gid: number, ino: number) {
    super(ino, mode);
    this.fs = fs;
    this.uid = uid;
    this.gid = gid;
    this.atime = this.mtime = this.ctime = fs.kernel.clock.realtime();
  }

  get residentPages(): number {
    return this.content.size;
  }

  /** Page `index`, if the file has it. */
  knownPage(index: number): number | undefined {
    return this.content.get(index);
  }

  /** Page `index`, made if need be. Throws ENOMEM. */
  pageAt(index: number): number {
    const known = this.content.get(index);
    if (known !== undefined) return known;
    const page = this.fs.pool.take(this.promised.delete(index));
    this.content.set(index, page);
    this.blocks += SECTORS_PER_PAGE;
    return page;
  }

  /** Promise the pages [first, end) to shared mappings. Throws ENOMEM. */
  promise(first: number, end: number): void {
    const wanted: number[] = [];
    for (let index = first; index < end; index++)
      if (!this.content.has(index) && !this.promised.has(index)) wanted.push(index);
    this.fs.pool.reserve(wanted.length);
    for (const index of wanted) this.promised.add(index);
  }

  override setAttributes(change: AttributeChange): void {
    const { size } = change;
    if (size !== undefined && size !== this.size) {
      if (size % HUGE_BYTES !== 0) throw fail(EINVAL, 'not a multiple of the page size');
      const seal = size < this.size ? F_SEAL_SHRINK : F_SEAL_GROW;
      if ((this.seals & seal) !== 0) throw fail(EPERM, 'sealed');
      if (size < this.size) this.punch(size / HUGE_BYTES, this.size / HUGE_BYTES);
      this.size = size;
    }
    applyAttributes(this, change, this.fs.kernel.clock.realtime());
  }

  private punch(first: number, end: number): void {
    for (const vma of this.mappings) {
      const start = Math.max(vma.start, vma.start + first * HUGE_BYTES - vma.offset);
      const stop = Math.min(vma.end, vma.start + end * HUGE_BYTES - vma.offset);
      if (start < stop) for (const space of spacesOf(vma)) space.zap(vma, start, stop);
    }
    for (const [index, page] of this.content) {
      if (index < first || index >= end) continue;
      this.content.delete(index);
      this.blocks -= SECTORS_PER_PAGE;
      this.fs.pool.release(page);
    }
    for (const index of this.promised)
      if (index >= first && index < end && this.promised.delete(index)) this.fs.pool.unreserve(1);
  }

  override open(flags: number): File {
    return new HugetlbFile(this, flags);
  }

  override evict(): void {
    this.punch(0, Number.POSITIVE_INFINITY);
  }
}

/** Can be read, and written through mappings alone. */
export class HugetlbFile extends KernelFile {
  override readonly isSeekable = true;
  override readonly isStream = false;
  private readonly huge: HugetlbInode;

  constructor(inode: HugetlbInode, flags: number) {
    super(inode, flags);
    this.huge = inode;
  }

  poll(): number {
    return POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;
  }

  override read(buffer: IoBuffer, offset: number): number {
    const length = Math.max(0, Math.min(buffer.length, this.inode.size - offset));
    const { ram } = this.huge.fs.kernel.arch;
    for (let done = 0; done < length; ) {
      const at = offset + done;
      const within = at % HUGE_BYTES;
      const count = Math.min(CHUNK, HUGE_BYTES - within, length - done);
      const page = this.huge.knownPage((at - within) / HUGE_BYTES);
      buffer.copyIn(
        page === undefined ? new Uint8Array(count) : ram.bytes(page + within, count),
        done,
      );
      done += count;
    }
    return length;
  }
}

export class HugetlbDirectory extends BaseInode {
  readonly fs: HugetlbFileSystem;

  constructor(fs: HugetlbFileSystem) {
    super(1, S_IFDIR | 0o755);
    this.fs = fs;
  }
}

/** One instance, mounted nowhere: files without names. */
export class HugetlbFileSystem implements FileSystem {
  readonly type: FileSystemType = hugetlbfs;
  readonly kernel: Kernel;
  readonly root = new HugetlbDirectory(this);
  readonly isReadOnly = false;
  device = 0;
  private nextIno = 2;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  get pool(): Kernel['hugePages']['pool'] {
    return this.kernel.hugePages.pool;
  }

  /** A file of `bytes` without a name. */
  create(
    name: string,
    mode: number,
    uid: number,
    gid: number,
    bytes: number,
    ino?: number,
  ): Dentry {
    const inode = new HugetlbInode(this, mode, uid, gid, ino ?? this.nextIno++);
    inode.nlink = 0;
    inode.size = Math.ceil(bytes / HUGE_BYTES) * HUGE_BYTES;
    return this.kernel.vfs.placeOfUnnamed(inode, `/${name} (deleted)`);
  }

  /** Promise all of a file. Throws ENOMEM; then the file is to be forgotten. */
  promise({ inode }: Dentry, bytes: number): void {
    if (inode instanceof HugetlbInode) inode.promise(0, Math.ceil(bytes / HUGE_BYTES));
  }

  statistics(): FileSystemStatistics {
    const { total, free, reserved } = this.pool;
    return {
      type: HUGETLBFS_MAGIC,
      blockSize: HUGE_BYTES,
      blocks: total,
      blocksFree: free - reserved,
      blocksAvailable: free - reserved,
      files: 0,
      filesFree: 0,
      nameLength: 255,
    };
  }

  sync(): void {
    return;
  }

  unmount(): void {
    return;
  }
}

export const hugetlbfs: FileSystemType = {
  name: 'hugetlbfs',
  requiresDevice: false,
  mount(): FileSystem {
    throw fail(ENOSYS, 'hugetlbfs is not mounted by users');
  },
};
