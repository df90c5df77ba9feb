/** The page cache: partial transfers, truncation under mappings, reclaim, data and holes. */

import { beforeEach, describe, expect, it } from 'vitest';
import { errnoOf, TestContext, TestSystem } from '../../test/fs/harness.ts';
import { EFAULT, fail } from '../abi/errno.ts';
import { O_RDWR } from '../abi/fcntl.ts';
import { BytesBuffer, type IoBuffer } from '../lib/io-buffer.ts';
import { format } from './ext4/format.ts';
import { ext2 } from './ext4/mount.ts';
import { type FileSystem, ReclaimStage } from './filesystem.ts';
import { MemoryDisk } from './memory-disk.ts';
import type { PageCache } from './page-cache.ts';
import { evictPages } from './page-eviction.ts';
import { PAGE_SIZE } from './page-frames.ts';
import type { PageMapper } from './page-owner.ts';
import { RegularFile } from './regular-file.ts';
import { tmpfs } from './tmpfs/tmpfs.ts';

/** User memory of which only the first `good` bytes are mapped. */
class BadBuffer implements IoBuffer {
  readonly length: number;
  private readonly good: number;
  constructor(length: number, good: number) {
    this.length = length;
    this.good = good;
  }
  copyIn(bytes: Uint8Array, offset: number): void {
    if (offset + bytes.length > this.good) throw fail(EFAULT, 'test');
  }
  copyOut(target: Uint8Array, offset: number): void {
    if (offset + target.length > this.good) throw fail(EFAULT, 'test');
    target.fill(0xbb);
  }
}

class RecordingMapper implements PageMapper {
  readonly dropped: [number, number][] = [];
  isNeeded(): boolean {
    return true;
  }

  pageReclaimed(): void {
    throw new Error('a page that is needed was reclaimed');
  }

  pagesDropped(first: number, end: number): void {
    this.dropped.push([first, end]);
  }
  collectDirty(cache: PageCache): void {
    cache.markDirty(0);
  }
}

function makeExt2(context: TestContext): FileSystem {
  const disk = new MemoryDisk('d', 2 ** 23, context.frames);
  format(disk, { uuid: new Uint8Array(16), seconds: 1 });
  context.devices.set('d', disk);
  return ext2.mount('d', '', false, context);
}

describe.each([
  ['tmpfs', (context: TestContext) => tmpfs.mount('', '', false, context)],
  ['ext2', makeExt2],
])('page cache of %s', (type, make) => {
  let context: TestContext;
  let system: TestSystem;
  let file: RegularFile;
  let pages: PageCache;

  beforeEach(() => {
    context = new TestContext();
    system = new TestSystem(make(context));
    system.write('/f', 'a'.repeat(3 * PAGE_SIZE));
    system.mounts.syncAll();
    const opened = system.open('/f', O_RDWR);
    if (!(opened instanceof RegularFile) || !opened.inode.pages) throw new Error('no page cache');
    file = opened;
    pages = opened.inode.pages;
  });

  it('counts what was transferred before a bad address: read(2), write(2) EFAULT', () => {
    expect(file.read(new BadBuffer(2 * PAGE_SIZE, PAGE_SIZE), 0)).toBe(PAGE_SIZE);
    expect(errnoOf(() => file.read(new BadBuffer(10, 0), 0))).toBe('EFAULT');
    expect(file.write(new BadBuffer(2 * PAGE_SIZE, PAGE_SIZE), 0)).toBe(PAGE_SIZE);
    evictPages(pages, 10);
    expect(errnoOf(() => file.write(new BadBuffer(PAGE_SIZE, 0), PAGE_SIZE))).toBe('EFAULT');
    system.mounts.syncAll();
    evictPages(pages, 10);
    const text = system.text('/f');
    expect(text).toBe('\xbb'.repeat(PAGE_SIZE) + 'a'.repeat(2 * PAGE_SIZE));
  });

  it('unmaps what a truncation drops, and zeroes the rest of the last page', () => {
    const mapper = new RecordingMapper();
    pages.mapper = mapper;
    const kept = pages.getPage(0, true);
    file.inode.setAttributes({ size: 100 });
    expect(mapper.dropped).toEqual([[1, Number.MAX_SAFE_INTEGER]]);
    expect(context.frames.bytes(kept)[99]).toBe(97);
    expect(context.frames.bytes(kept)[100]).toBe(0);
    expect(pages.pages.size).toBe(1);
  });

  it('gives clean pages back, unless a mapping needs them or they are the only copy', () => {
    system.text('/f');
    pages.mapper = new RecordingMapper();
    expect(evictPages(pages, 10)).toBe(0);
    pages.mapper = undefined;
    const released = file.inode.fs.reclaim?.(10, ReclaimStage.ALL);
    expect(released ?? 0).toBe(type === 'tmpfs' ? 0 : 3);
    expect(system.text('/f')).toBe('a'.repeat(3 * PAGE_SIZE));
  });

  it('tells data from holes: lseek(2) SEEK_DATA, SEEK_HOLE', () => {
    const far = 2000 * PAGE_SIZE;
    file.write(new BytesBuffer(new Uint8Array([1])), far + 5);
    expect(file.seekContent(10, false)).toBe(10);
    expect(file.seekContent(10, true)).toBe(3 * PAGE_SIZE);
    expect(file.seekContent(3 * PAGE_SIZE, false)).toBe(far);
    expect(file.seekContent(far, true)).toBe(far + 6);
    expect(errnoOf(() => file.seekContent(far + 6, false))).toBe('ENXIO');
    system.mounts.syncAll();
    evictPages(pages, 10);
    expect(file.seekContent(3 * PAGE_SIZE, false)).toBe(far);
  });

  it('counts writers and users', () => {
    expect([file.inode.writers, file.inode.references]).toEqual([1, 1]);
    file.release();
    expect([file.inode.writers, file.inode.references]).toEqual([0, 0]);
    file.inode.executing = 1;
    expect(errnoOf(() => system.open('/f', O_RDWR))).toBe('ETXTBSY');
  });
});
