/** kpagecount and kpageflags of frames whose use is known, by the bits of linux/kernel-page-flags.h. */
import { expect, it } from 'vitest';
import { spaceOfTask, testKernel, testTask } from '../../../test/support/kernel/test-kernel.ts';
import { EINVAL, KernelError } from '../../abi/errno.ts';
import { AT_FDCWD, O_RDONLY } from '../../abi/fcntl.ts';
import { PROT_READ, PROT_WRITE } from '../../abi/mman.ts';
import { S_IFREG } from '../../abi/stat.ts';
import { makeDirectory } from '../../fs/directory-operations.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import { ROOT_IDENTITY } from '../../fs/permission.ts';
import { BytesBuffer } from '../../lib/io-buffer.ts';
import { mapRegion } from '../mm/mmap.ts';
import { procfs } from './procfs.ts';

const BASE = 0x1000_0000;
/** Their numbers there. */
const [UPTODATE, DIRTY, LRU, BUDDY, MMAP, ANON] = [3, 4, 5, 10, 11, 12];
const [SWAPBACKED, NOPAGE, ZERO_PAGE, PGTABLE] = [14, 20, 24, 26];

const { kernel } = testKernel(8);
const task = testTask(kernel);
kernel.current = task;
const space = spaceOfTask(task);
const { root } = kernel.vfs.mounts;
const proc = makeDirectory(root, 'proc', 0o755, ROOT_IDENTITY);
const fs = procfs.mount('proc', '', false, kernel.vfs.context);
kernel.vfs.mounts.mount(fs, 'proc', 0, '', proc);

/** Words of the file from a frame number on. */
function words(name: string, first: number, count: number): number[] {
  const file = kernel.vfs.open(task, AT_FDCWD, `/proc/${name}`, O_RDONLY, 0);
  const bytes = new Uint8Array(count * 8);
  const length = file.read(new BytesBuffer(bytes), first * 8);
  const view = new DataView(bytes.buffer);
  return Array.from({ length: length / 8 }, (_, i) => Number(view.getBigUint64(i * 8, true)));
}

function bits(word: number | undefined): number[] {
  return Array.from({ length: 32 }, (_, i) => i).filter((i) => ((word ?? 0) >>> i) % 2 === 1);
}

function frameNumber(address: number): number {
  return Math.floor(space.faultIn(address, false) / PAGE_SIZE);
}

it('tells what a frame is used for, and how often it is mapped', () => {
  const dentry = kernel.vfs.createUnnamed('shm', S_IFREG | 0o600, 0, 0);
  dentry.inode.size = PAGE_SIZE;
  const protection = PROT_READ | PROT_WRITE;
  mapRegion(space, { address: BASE, length: 2 * PAGE_SIZE, protection, placement: 'fixed' });
  for (const address of [BASE + 0x10_0000, BASE + 0x20_0000]) {
    const file = { inode: dentry.inode, dentry, isWritable: true };
    mapRegion(space, {
      address,
      length: PAGE_SIZE,
      protection,
      isShared: true,
      file,
      placement: 'fixed',
    });
    space.memory.writeU8(address, 1);
  }
  space.memory.writeU8(BASE, 1);
  const anonymous = frameNumber(BASE);
  const zero = frameNumber(BASE + PAGE_SIZE);
  const shared = frameNumber(BASE + 0x10_0000);
  const table = space.pageTable.root / PAGE_SIZE;
  const flags = (number: number): number[] => bits(words('kpageflags', number, 1)[0]);
  expect(flags(anonymous)).toEqual([UPTODATE, LRU, MMAP, ANON, SWAPBACKED]);
  expect(flags(zero)).toEqual([ZERO_PAGE]);
  expect(flags(shared)).toEqual([UPTODATE, DIRTY, LRU, MMAP, SWAPBACKED]);
  expect(flags(table)).toEqual([PGTABLE]);
  const count = (number: number): number | undefined => words('kpagecount', number, 1)[0];
  expect([count(anonymous), count(shared), count(table)]).toEqual([1, 2, 0]);
});

it('ends with memory, has none in front of it, and says what is free', () => {
  const { ram } = kernel.arch;
  const end = (ram.base + ram.size) / PAGE_SIZE;
  expect(words('kpagecount', end, 1)).toEqual([]);
  expect(words('kpageflags', end - 2, 10)).toHaveLength(2);
  expect(bits(words('kpageflags', 0, 1)[0])).toEqual([NOPAGE]);
  const all = words('kpageflags', ram.base / PAGE_SIZE, ram.size / PAGE_SIZE);
  expect(all.filter((word) => bits(word).includes(BUDDY))).toHaveLength(kernel.frames.free);
});

it('is read in whole words', () => {
  const file = kernel.vfs.open(task, AT_FDCWD, '/proc/kpageflags', O_RDONLY, 0);
  const read = (count: number, offset: number): number => {
    try {
      return file.read(new BytesBuffer(new Uint8Array(count)), offset);
    } catch (error) {
      if (error instanceof KernelError) return -error.errno;
      throw error;
    }
  };
  expect([read(7, 0), read(8, 4), read(16, 8)]).toEqual([-EINVAL, -EINVAL, 16]);
});
