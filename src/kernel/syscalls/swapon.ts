/** swapon(2), swapoff(2). Linux: mm/swapfile.c. */

import { EBUSY, EINVAL, EISDIR, ENOMEM, EPERM, EROFS, fail } from '../../abi/errno.ts';
import { AT_FDCWD, O_RDWR } from '../../abi/fcntl.ts';
import { S_IFBLK, S_IFDIR, S_IFMT, S_IFREG } from '../../abi/stat.ts';
import type { Dentry } from '../../fs/dentry.ts';
import type { File } from '../../fs/file.ts';
import { dropPages } from '../../fs/page-eviction.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { pathOf } from '../../fs/path.ts';
import { BytesBuffer } from '../../lib/io-buffer.ts';
import { claimDisk } from '../block/claim.ts';
import { CAP_SYS_ADMIN } from '../credentials.ts';
import { BlockFile } from '../devfs/block-file.ts';
import type { Kernel } from '../kernel.ts';
import {
  alignedPages,
  DiskSwapStore,
  FileSwapStore,
  readHeader,
  SwapArea,
  type SwapStore,
} from '../mm/swap-area.ts';
import { emptyArea } from '../mm/swap-in.ts';
import type { Task } from '../task.ts';

const SWAP_FLAG_PRIO_MASK = 0x7fff;
const SWAP_FLAG_PREFER = 0x8000;
/** SWAP_FLAG_DISCARD, _ONCE and _PAGES: no disk here takes hints about what it may forget. */
const SWAP_FLAGS = 0x7_0000 | SWAP_FLAG_PREFER | SWAP_FLAG_PRIO_MASK;
/** MAX_SWAPFILES of Linux 6.6 without migration, poisoned and device memory: one of 32 types marks entries of page tables. */
const MOST_AREAS = 31;
const SECTORS_PER_PAGE = PAGE_SIZE / 512;
const KB_PER_PAGE = PAGE_SIZE / 1024;

/** Errors: EBUSY, EINVAL, EISDIR, EIO, ENOMEM, EPERM and those of path resolution. */
export function swapon(task: Task, path: string, flags: number): number {
  if ((flags & ~SWAP_FLAGS) !== 0) throw fail(EINVAL, 'flags');
  checkPrivilege(task);
  const { kernel } = task;
  if (kernel.swap.areas.length >= MOST_AREAS) throw fail(EPERM, 'too many areas');
  const place = kernel.vfs.resolve(task, AT_FDCWD, path);
  if (areaAt(kernel, place)) throw fail(EBUSY, 'in use for swap');
  const type = place.inode.mode & S_IFMT;
  if (type === S_IFDIR) throw fail(EISDIR, path);
  if (type !== S_IFREG && type !== S_IFBLK) throw fail(EINVAL, 'neither a file nor a disk');
  const file = kernel.vfs.openInode(task, place, O_RDWR);
  try {
    const wanted = (flags & SWAP_FLAG_PREFER) === 0 ? undefined : flags & SWAP_FLAG_PRIO_MASK;
    activate(kernel, file, place, wanted);
  } catch (error) {
    kernel.vfs.dropFile(file);
    throw error;
  }
  return 0;
}

/** Errors: EINVAL, ENOMEM, EPERM and those of path resolution. */
export function swapoff(task: Task, path: string): number {
  checkPrivilege(task);
  const { kernel } = task;
  const { swap } = kernel;
  const area = areaAt(kernel, kernel.vfs.resolve(task, AT_FDCWD, path));
  if (!area) throw fail(EINVAL, 'not used for swap');
  area.isClosing = true;
  try {
    emptyArea(kernel, area);
  } catch (error) {
    area.isClosing = false;
    throw error;
  }
  swap.remove(area);
  area.place.inode.isSwapFile = false;
  kernel.vfs.dropFile(area.file);
  return 0;
}

function checkPrivilege(task: Task): void {
  if (!task.credentials.hasCapability(CAP_SYS_ADMIN)) throw fail(EPERM, 'CAP_SYS_ADMIN');
}

/** The area that a path leads to: two nodes of one disk are the same. */
function areaAt({ swap }: Kernel, { inode }: Dentry): SwapArea | undefined {
  const isDisk = (inode.mode & S_IFMT) === S_IFBLK;
  return swap.areas.find(({ place }) =>
    isDisk
      ? (place.inode.mode & S_IFMT) === S_IFBLK && place.inode.rdev === inode.rdev
      : place.inode === inode,
  );
}

function activate(kernel: Kernel, file: File, place: Dentry, wanted: number | undefined): void {
  const { swap } = kernel;
  const bytes = new Uint8Array(PAGE_SIZE);
  if (file.read(new BytesBuffer(bytes), 0) !== PAGE_SIZE) throw fail(EINVAL, 'no swap header');
  const header = readHeader(bytes, Math.floor(capacityOf(file)));
  const store = storeOf(file, header.pages);
  const pages = Math.min(header.pages, usablePages(file));
  const first = swap.firstFor(pages);
  if (first === undefined) throw fail(ENOMEM, 'too much swap');
  const priority = wanted ?? Math.min(-1, ...swap.areas.map((area) => area.priority)) - 1;
  const area = new SwapArea(file, place, store, { ...header, pages }, { first, priority });
  if (area.usable === 0) throw fail(EINVAL, 'empty swap area');
  if (!area.isPartition) place.inode.isSwapFile = true;
  swap.add(area);
  const size = area.usable * KB_PER_PAGE;
  kernel.printk(
    `Adding ${size}k swap on ${pathOf(place, kernel.vfs.mounts.root)}.  Priority:${priority} extents:1 across:${size}k`,
  );
}

/** In pages. */
function capacityOf(file: File): number {
  const { inode } = file;
  return file instanceof BlockFile
    ? file.device.sectors / SECTORS_PER_PAGE
    : inode.size / PAGE_SIZE;
}

/** Of a file whose blocks are smaller than a page those that are in a row, wherever in the file they are: as Linux counts. */
function usablePages(file: File): number {
  const { inode } = file;
  if (file instanceof BlockFile || inode.fs.statistics().blockSize >= PAGE_SIZE)
    return Number.POSITIVE_INFINITY;
  const bytes = Math.floor(inode.size / PAGE_SIZE) * PAGE_SIZE;
  return alignedPages(
    inode.fileExtents?.(0, bytes) ?? [{ physical: 0, logical: 0, length: bytes, kind: 'data' }],
  );
}

function storeOf(file: File, pages: number): SwapStore {
  if (file instanceof BlockFile) {
    if (file.device.isReadOnly) throw fail(EROFS, 'read-only disk');
    claimDisk(file.device, file);
    return new DiskSwapStore(file.device);
  }
  const { inode } = file;
  const cache = inode.pages;
  if (!cache?.owner.isStored) throw fail(EINVAL, 'a file without blocks');
  // Pages that were preallocated get their blocks now; there are no holes if all blocks count.
  if (inode.blocks * 512 < pages * PAGE_SIZE) throw fail(EINVAL, 'swapfile has holes');
  for (let page = 0; page < pages; page++)
    if (cache.owner.isHole(page)) cache.owner.reservePage(page, 0, PAGE_SIZE, false);
  inode.sync(false);
  dropPages(cache, 0, Number.POSITIVE_INFINITY, true);
  return new FileSwapStore(cache.owner);
}
