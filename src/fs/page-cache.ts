/** The pages of one file that are in memory, as guest frames: read, write and mmap all go through them. Linux: struct address_space. */
import { EFAULT, EFBIG, fail, KernelError } from '../abi/errno.ts';
import type { IoBuffer } from '../lib/io-buffer.ts';
import { panic } from '../lib/panic.ts';
import { rethrowUnlessPartial } from './best-effort.ts';
import { ErrorSequence } from './error-sequence.ts';
import type { PageAccount } from './page-account.ts';
import { allocateIfFree, type FrameSource, PAGE_SIZE, withinPage } from './page-frames.ts';
import type { PageIn } from './page-in.ts';
import { storePages } from './page-out.ts';
import type { PageMapper, PageOwner } from './page-owner.ts';
import type { ReadAhead } from './read-ahead.ts';

/** Largest file: offsets are exact integers up to here. */
export const MAX_FILE_BYTES = Number.MAX_SAFE_INTEGER - PAGE_SIZE;

/** Pages fetched together when a mapping misses one: 64 KiB. */
export const FAULT_PAGES = 16;

export class PageCache {
  readonly frames: FrameSource;
  readonly owner: PageOwner;
  /** Frame by page index. The cache holds one reference to each. */
  readonly pages = new Map<number, number>();
  /** Indexes of pages that differ from what is stored; empty where nothing is. Changed by setDirty and setClean only. */
  readonly dirty = new Set<number>();
  /** Pages that could not be stored: fsync(2) tells. */
  readonly errors = new ErrorSequence();
  /** Pages on their way from a slow disk; whether the last did not arrive; and how often what is stored has changed. */
  readonly arriving: PageIn[] = [];
  arrivalFailed = false;
  generation = 0;
  /** Set while the file is mapped. */
  mapper: PageMapper | undefined;
  /** Transfers under way: they use frames while further ones are allocated, so that nothing may be reclaimed here. */
  private transfers = 0;
  /** Where the pages count; undefined if they are the only store, or nobody counts. */
  private readonly account: PageAccount | undefined;

  constructor(frames: FrameSource, owner: PageOwner) {
    this.frames = frames;
    this.owner = owner;
    this.account = owner.isStored ? frames.account : undefined;
  }

  get isInTransfer(): boolean {
    return this.transfers > 0;
  }

  private setDirty(index: number): void {
    if (!this.owner.isStored) return;
    const before = this.dirty.size;
    this.dirty.add(index);
    if (this.dirty.size > before) this.account?.addDirty(this, before === 0);
  }

  private setClean(index: number): void {
    if (this.dirty.delete(index)) this.account?.removeDirty(this, 1, this.dirty.size === 0);
  }

  /** Copy bytes from `offset` on into `buffer`; returns how many: less at the end of file, 0 behind it. */
  read(buffer: IoBuffer, offset: number, ahead?: ReadAhead): number {
    const length = Math.min(buffer.length, this.owner.size - offset);
    const end = Math.ceil((offset + length) / PAGE_SIZE);
    let done = 0;
    this.transfers++;
    try {
      while (done < length) {
        const position = offset + done;
        const within = withinPage(position);
        const count = Math.min(PAGE_SIZE - within, length - done);
        const index = (position - within) / PAGE_SIZE;
        const frame = this.pages.get(index) ?? this.fetch(index, end, ahead);
        if (frame === undefined) buffer.copyIn(ZEROS.subarray(0, count), done);
        else this.frames.copyTo(buffer, done, frame, within, count);
        done += count;
      }
    } catch (error) {
      rethrowUnlessPartial(error, done);
    } finally {
      this.transfers--;
    }
    ahead?.noteRead(Math.ceil((offset + done) / PAGE_SIZE));
    return done;
  }

  /** A page that is missing, of a read that goes up to `end`; undefined for a hole. */
  private fetch(index: number, end: number, ahead: ReadAhead | undefined): number | undefined {
    if (this.owner.isHole(index)) return undefined;
    const count = ahead?.pagesAt(index, end, this.owner.fs?.readAheadPages) ?? end - index;
    const frame = this.load(index, count);
    ahead?.noteRead(index + count);
    return frame;
  }

  /** Pages [first, end) that are stored are brought in, as far as there is memory for them: readahead(2). Throws EIO. */
  populate(first: number, end: number): void {
    const last = Math.min(end, Math.ceil(this.owner.size / PAGE_SIZE));
    for (let index = first; index < last; index++)
      if (!this.pages.has(index) && !this.owner.isHole(index)) this.load(index, last - index);
  }

  /**
   * Copy the buffer's bytes to `offset` on, growing the file; returns how many: less if something failed on the way.
   * Throws ENOSPC, EFBIG, ENOMEM, EFAULT if nothing was written.
   */
  write(buffer: IoBuffer, offset: number): number {
    const { length } = buffer;
    if (length === 0) return 0;
    if (offset + length > MAX_FILE_BYTES) throw fail(EFBIG, 'offset');
    let done = 0;
    this.transfers++;
    try {
      while (done < length) {
        const position = offset + done;
        const within = withinPage(position);
        const count = Math.min(PAGE_SIZE - within, length - done);
        const moved = this.writePage((position - within) / PAGE_SIZE, within, count, buffer, done);
        done += moved;
        if (position + moved > this.owner.size) this.owner.size = position + moved;
        if (moved < count) break;
      }
    } catch (error) {
      rethrowUnlessPartial(error, done);
    } finally {
      this.transfers--;
    }
    this.owner.contentChanged();
    this.account?.watcher?.balance();
    return done;
  }

  /** As writePart; returns how many bytes were written: less than `count` in front of memory that is not there. */
  private writePage(
    index: number,
    within: number,
    count: number,
    buffer: IoBuffer,
    from: number,
  ): number {
    try {
      this.writePart(index, within, count, buffer, from);
      return count;
    } catch (error) {
      if (!(error instanceof KernelError) || error.errno !== EFAULT) throw error;
      const good = buffer.countReadable?.(from, count) ?? 0;
      if (good === 0 || good === count) throw error;
      this.writePart(index, within, good, buffer, from);
      return good;
    }
  }

  private writePart(
    index: number,
    within: number,
    count: number,
    buffer: IoBuffer,
    from: number,
  ): void {
    this.owner.checkWrite?.(index * PAGE_SIZE + within + count);
    const known = this.pages.get(index);
    const isBlind = known === undefined && count === PAGE_SIZE;
    const wasHole = isBlind && this.owner.isHole(index);
    // Loaded before it is reserved: a block that is reserved first would be read with its former owner's bytes.
    const frame =
      known ?? (isBlind ? this.add(index, this.frames.allocate()) : this.load(index, 1));
    try {
      this.reserve(index, within, within + count, known === undefined);
      // From here on a reserved block may hold anything: it is stored even if the copy fails.
      this.setDirty(index);
      this.frames.copyFrom(buffer, from, frame, within, count);
    } catch (error) {
      // A frame that never held what is stored must not become it.
      if (isBlind && !wasHole) this.discard(index, index + 1);
      throw error;
    }
    this.frames.changed(frame);
  }

  private reserve(index: number, start: number, end: number, isNew: boolean): void {
    try {
      this.owner.reservePage(index, start, end, isNew);
    } catch (error) {
      // An owner that counts pages has not counted this one.
      if (isNew && !this.owner.isStored) this.remove(index);
      throw error;
    }
  }

  /** The frame of page `index` if it is cached or stored; undefined for a hole. */
  private find(index: number): number | undefined {
    const frame = this.pages.get(index);
    if (frame !== undefined) return frame;
    return this.owner.isHole(index) ? undefined : this.load(index, 1);
  }

  /**
   * The frame of page `index`, for a mapping, with a reference of the cache's own: the caller retains it for as long as it is mapped.
   * A page to be written through a shared mapping is asked `forWrite`: it is made storable and dirty. Pages behind the end of
   * file must not be asked for (SIGBUS). If it is missing, `count` are brought in with it. Throws ENOMEM, ENOSPC, EIO.
   */
  getPage(index: number, forWrite: boolean, count = FAULT_PAGES): number {
    const known = this.pages.get(index);
    const isNew = known === undefined;
    const frame = known ?? this.load(index, count);
    if (forWrite || (isNew && !this.owner.isStored)) {
      const end = Math.min(PAGE_SIZE, this.owner.size - index * PAGE_SIZE);
      this.transfers++;
      try {
        this.reserve(index, 0, end, isNew);
      } finally {
        this.transfers--;
      }
    }
    if (forWrite) this.setDirty(index);
    return frame;
  }

  /** The first page at or behind `index` that has data; undefined if none has. SEEK_DATA. */
  nextData(index: number): number | undefined {
    let next = this.owner.nextStored(index) ?? Number.POSITIVE_INFINITY;
    if (!this.owner.isStored || this.dirty.size > 0) {
      for (const cached of this.pages.keys()) if (cached >= index && cached < next) next = cached;
    }
    return Number.isFinite(next) ? next : undefined;
  }

  /** The first page at or behind `index` without data. */
  nextHole(index: number): number {
    let next = index;
    while (this.pages.has(next) || !this.owner.isHole(next)) next++;
    return next;
  }

  /** The page's content was changed through a mapping. */
  markDirty(index: number): void {
    if (this.pages.has(index)) this.setDirty(index);
  }

  /** Bring page `index` in, and those behind it that are missing too: `count` at most. */
  private load(index: number, count: number): number {
    const last = Math.ceil(this.owner.size / PAGE_SIZE);
    // Asked first: what throws must not leave zeros in the place of what is stored.
    const isEmpty = index >= last || this.owner.isHole(index);
    const frame = this.add(index, this.frames.allocate());
    if (isEmpty) return frame;
    const batch = [frame];
    const limit = Math.min(last, index + count);
    this.transfers++;
    try {
      for (let next = index + 1; next < limit; next++) {
        if (this.pages.has(next) || this.owner.isHole(next)) break;
        const ahead = allocateIfFree(this.frames);
        if (ahead === undefined) break;
        batch.push(this.add(next, ahead));
      }
      this.account?.addRead(batch.length);
      this.owner.fillPages(index, batch);
    } catch (error) {
      for (let i = 0; i < batch.length; i++) this.remove(index + i);
      throw error;
    } finally {
      this.transfers--;
    }
    for (const filled of batch) this.frames.changed(filled);
    return frame;
  }

  /** A page has arrived, with the caller's reference. False for one that is here already. */
  adopt(index: number, frame: number): boolean {
    if (this.pages.has(index)) return false;
    this.add(index, frame);
    this.account?.addRead(1);
    return true;
  }

  private add(index: number, frame: number): number {
    this.pages.set(index, frame);
    if (this.account !== undefined) this.account.cached++;
    return frame;
  }

  /** Give up a page as it is; whoever maps it has his own reference. */
  remove(index: number): void {
    const frame = this.pages.get(index);
    if (frame === undefined) return;
    this.pages.delete(index);
    if (this.account !== undefined) this.account.cached--;
    if (this.dirty.has(index)) this.account?.cancelDirty();
    this.setClean(index);
    this.frames.release(frame);
  }

  /**
   * Store the dirty pages of [from, end), in order. Those that cannot be stored count as clean: the error is thrown here, and
   * told once to each open file by `errors`. Throws EIO, ENOSPC.
   */
  sync(from = 0, end = Number.POSITIVE_INFINITY): void {
    if (!this.owner.isStored) return;
    this.mapper?.collectDirty(this);
    if (this.dirty.size === 0) return;
    const indexes = [...this.dirty].filter((index) => index >= from && index < end);
    indexes.sort((a, b) => a - b);
    let run: number[] = [];
    let first = 0;
    let failure: KernelError | undefined;
    for (const index of indexes) {
      if (index !== first + run.length) {
        failure = this.store(first, run) ?? failure;
        run = [];
        first = index;
      }
      run.push(this.pages.get(index) ?? panic('dirty page without a frame'));
    }
    failure = this.store(first, run) ?? failure;
    if (failure !== undefined) throw failure;
  }

  /** Those who sync the file hear of it, and those who sync the file system. */
  notStored(error: KernelError): void {
    this.errors.record(error);
    this.owner.fs?.errors?.record(error);
  }

  /** Returns why the pages could not be stored, if so. */
  private store(first: number, run: readonly number[]): KernelError | undefined {
    this.generation++;
    try {
      if (run.length > 0) storePages(this, first, run);
      return undefined;
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      this.notStored(error);
      return error;
    } finally {
      if (this.account !== undefined) this.account.written += run.length;
      for (let i = 0; i < run.length; i++) this.setClean(first + i);
    }
  }

  /**
   * The file is cut to `size` bytes: pages behind it are dropped and unmapped, the rest of the last page is zeroed. The
   * owner's size is the caller's to set. Returns the frames that were dropped, which may be mapped still.
   */
  truncate(size: number): number[] {
    this.generation++;
    const first = Math.ceil(size / PAGE_SIZE);
    const dropped: number[] = [];
    const within = withinPage(size);
    // In front of the dropping: pages that are read ahead with it go too.
    const tail = within === 0 ? undefined : this.find(first - 1);
    for (const [index, frame] of this.pages) {
      if (index < first) continue;
      dropped.push(frame);
      this.remove(index);
    }
    if (tail !== undefined) {
      this.frames.bytes(tail).fill(0, within);
      this.frames.changed(tail);
      if (!this.owner.isHole(first - 1)) this.setDirty(first - 1);
    }
    this.finishDrop(first, Number.MAX_SAFE_INTEGER, dropped.length);
    return dropped;
  }

  /** Give up pages [first, end): a hole was punched, or what is stored has changed behind the cache. */
  discard(first: number, end: number): void {
    this.generation++;
    let count = 0;
    for (const index of [...this.pages.keys()]) {
      if (index < first || index >= end) continue;
      this.remove(index);
      count++;
    }
    this.finishDrop(first, end, count);
  }

  private finishDrop(first: number, end: number, count: number): void {
    this.mapper?.pagesDropped(first, end);
    if (count > 0) this.owner.dropPages(count);
    this.owner.forget?.(first, end);
  }

  /** The inode is freed: no page is stored any more. */
  clear(): void {
    this.generation++;
    const count = this.pages.size;
    for (const frame of this.pages.values()) this.frames.release(frame);
    this.pages.clear();
    if (this.account !== undefined) {
      this.account.cached -= count;
      this.account.removeDirty(this, this.dirty.size, true);
    }
    this.dirty.clear();
    if (count > 0) this.owner.dropPages(count);
    this.owner.forget?.(0, Number.POSITIVE_INFINITY);
  }
}

const ZEROS = new Uint8Array(PAGE_SIZE);
