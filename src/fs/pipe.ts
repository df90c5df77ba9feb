/** A pipe: a ring of bytes in guest frames between writers and readers. pipe(7); Linux: struct pipe_inode_info. */
import { EAGAIN, EBUSY, EPIPE, fail } from '../abi/errno.ts';
import type { IoBuffer } from '../lib/io-buffer.ts';
import { WaitQueue } from '../lib/wait-queue.ts';
import { type FrameSource, PAGE_SIZE, withinPage } from './page-frames.ts';

/** Writes of at most this many bytes are not interleaved with others: POSIX {PIPE_BUF}. */
export const PIPE_BUF = 4096;
export const PIPE_DEFAULT_BYTES = 16 * PAGE_SIZE;
/** F_SETPIPE_SZ's limit without privilege: /proc/sys/fs/pipe-max-size. */
export const PIPE_MAX_BYTES = 1048576;

/** Pipes have a power of two of pages: at least `bytes`. */
export function pipeBytes(bytes: number): number {
  let size = PAGE_SIZE;
  while (size < bytes) size *= 2;
  return size;
}

interface Segment {
  bytes: number;
  readonly isPacket: boolean;
}

/** A part of a buffer: at most `length` bytes from `from` on. */
export class LimitedBuffer implements IoBuffer {
  readonly length: number;
  private readonly buffer: IoBuffer;
  private readonly from: number;

  constructor(buffer: IoBuffer, length: number, from = 0) {
    this.buffer = buffer;
    this.length = Math.min(length, buffer.length - from);
    this.from = from;
  }

  copyIn(bytes: Uint8Array, offset: number): void {
    this.buffer.copyIn(bytes, this.from + offset);
  }

  copyOut(target: Uint8Array, offset: number): void {
    this.buffer.copyOut(target, this.from + offset);
  }

  copyInPhysical(address: number, count: number, offset: number): boolean {
    return this.buffer.copyInPhysical?.(address, count, this.from + offset) === true;
  }

  copyOutPhysical(address: number, count: number, offset: number): boolean {
    return this.buffer.copyOutPhysical?.(address, count, this.from + offset) === true;
  }
}

/** Who made pipes: what all of them may hold together is counted. */
export interface PipeAccount {
  pipePages: number;
}

export class Pipe {
  private readonly sourceOfFrames: FrameSource;
  /** Its maker's, until nobody has it open. */
  account: PipeAccount | undefined;
  /** Frame of each page of the ring, allocated when first written; 0 is none. */
  private frames: number[];
  /** Ring position of the oldest byte. */
  private head = 0;
  /** Bytes in the pipe. */
  length = 0;
  /** How the bytes divide into packets and what was written without O_DIRECT; undefined while no packet was written. */
  private segments: Segment[] | undefined;
  /** Open files of each end. */
  readers = 0;
  writers = 0;
  /** How often each end was ever opened: a FIFO's open waits for the other end to have come, even if it has left again. */
  readerOpens = 0;
  writerOpens = 0;
  /** Woken when there is something to read, or the last writer left. */
  readonly readQueue = new WaitQueue();
  /** Woken when there is room to write, or the last reader left. */
  readonly writeQueue = new WaitQueue();
  /** Woken with either: for files that are open for both. */
  readonly anyQueue = new WaitQueue();

  /** `bytes`: a power of two of pages. */
  constructor(frames: FrameSource, bytes = PIPE_DEFAULT_BYTES, account?: PipeAccount) {
    this.sourceOfFrames = frames;
    this.account = account;
    if (account) account.pipePages += bytes / PAGE_SIZE;
    this.frames = new Array<number>(bytes / PAGE_SIZE).fill(0);
  }

  get capacity(): number {
    return this.frames.length * PAGE_SIZE;
  }

  addReader(): void {
    this.readers++;
    this.readerOpens++;
    this.wake(this.writeQueue);
  }

  addWriter(): void {
    this.writers++;
    this.writerOpens++;
    this.wake(this.readQueue);
  }

  removeReader(): void {
    this.readers--;
    if (this.readers === 0) this.wake(this.writeQueue);
    this.freeIfUnused();
  }

  removeWriter(): void {
    this.writers--;
    if (this.writers === 0) this.wake(this.readQueue);
    this.freeIfUnused();
  }

  /** Returns the bytes taken: 0 means end of file. Throws EAGAIN when empty with writers. */
  read(buffer: IoBuffer): number {
    if (buffer.length === 0) return 0;
    if (this.length === 0) {
      if (this.writers === 0) return 0;
      throw fail(EAGAIN, 'empty pipe');
    }
    const first = this.segments?.[0];
    if (first?.isPacket) {
      // One packet at a time; what does not fit is lost.
      const count = this.peek(new LimitedBuffer(buffer, first.bytes));
      this.consume(first.bytes);
      return count;
    }
    const part = first ? new LimitedBuffer(buffer, first.bytes) : buffer;
    const count = this.peek(part);
    this.consume(count);
    return count;
  }

  /** Copy the first bytes, which stay, into `buffer`; returns how many. */
  peek(buffer: IoBuffer): number {
    const count = Math.min(buffer.length, this.length);
    let done = 0;
    while (done < count) {
      const at = (this.head + done) % this.capacity;
      const part = Math.min(count - done, PAGE_SIZE - withinPage(at));
      this.sourceOfFrames.copyTo(buffer, done, this.frameAt(at), withinPage(at), part);
      done += part;
    }
    return count;
  }

  /** The first `count` bytes go. */
  consume(count: number): void {
    this.head = (this.head + count) % this.capacity;
    this.length -= count;
    if (this.length === 0) this.head = 0;
    if (this.segments) this.consumeSegments(this.segments, count);
    this.wake(this.writeQueue);
  }

  private consumeSegments(segments: Segment[], count: number): void {
    let left = count;
    while (left > 0) {
      const [first] = segments;
      if (!first) break;
      const taken = Math.min(left, first.bytes);
      first.bytes -= taken;
      left -= taken;
      if (first.bytes === 0) segments.shift();
    }
    if (segments.length === 0) this.segments = undefined;
  }

  /**
   * Returns the bytes put in: with `isPacket` (O_DIRECT) as packets of at most PIPE_BUF bytes, of which there may be as many as the pipe
   * has pages. Throws EPIPE without readers, EAGAIN when they, or an atomic write as a whole, do not fit.
   */
  write(buffer: IoBuffer, isPacket = false): number {
    if (!isPacket && !this.segments) return this.put(buffer);
    const segments = this.segments ?? [];
    if (!this.segments && this.length > 0) segments.push({ bytes: this.length, isPacket: false });
    let done = 0;
    while (done < buffer.length || buffer.length === 0) {
      const isFull = segments.length >= this.frames.length;
      const part = new LimitedBuffer(buffer, Math.min(PIPE_BUF, buffer.length - done), done);
      if (done > 0 && (isFull || this.capacity - this.length < part.length)) break;
      if (isFull && this.readers > 0) throw fail(EAGAIN, 'full pipe');
      const count = this.put(part);
      if (count === 0) return 0;
      segments.push({ bytes: count, isPacket });
      this.segments = segments;
      done += count;
    }
    return done;
  }

  private put(buffer: IoBuffer): number {
    const wanted = buffer.length;
    if (this.readers === 0) throw fail(EPIPE, 'no readers');
    if (wanted === 0) return 0;
    const room = this.capacity - this.length;
    if (room === 0 || (wanted <= PIPE_BUF && room < wanted)) throw fail(EAGAIN, 'full pipe');
    const count = Math.min(wanted, room);
    let done = 0;
    while (done < count) {
      const at = (this.head + this.length + done) % this.capacity;
      const part = Math.min(count - done, PAGE_SIZE - withinPage(at));
      this.sourceOfFrames.copyFrom(buffer, done, this.frameAt(at), withinPage(at), part);
      done += part;
    }
    this.length += count;
    this.wake(this.readQueue);
    return count;
  }

  get isReadable(): boolean {
    return this.length > 0;
  }

  /** An atomic write would fit. */
  get isWritable(): boolean {
    if (this.segments && this.segments.length >= this.frames.length) return false;
    return this.capacity - this.length >= PIPE_BUF;
  }

  /** F_SETPIPE_SZ: rounds up to a power of two of pages; returns the new size. Throws EBUSY if the content does not fit. */
  resize(bytes: number): number {
    const pages = pipeBytes(bytes) / PAGE_SIZE;
    if (pages * PAGE_SIZE < this.length) throw fail(EBUSY, 'pipe content');
    if (this.account) this.account.pipePages += pages - this.frames.length;
    const content = new Uint8Array(this.length);
    for (let done = 0; done < content.length; ) {
      const part = this.part((this.head + done) % this.capacity, content.length - done);
      content.set(part, done);
      done += part.length;
    }
    this.freeFrames();
    this.frames = new Array<number>(pages).fill(0);
    this.head = 0;
    for (let done = 0; done < content.length; ) {
      const part = this.part(done, content.length - done);
      part.set(content.subarray(done, done + part.length));
      done += part.length;
    }
    this.wake(this.writeQueue);
    return this.capacity;
  }

  /** At most `limit` bytes of the ring at position `at`, up to the end of that page. */
  private part(at: number, limit: number): Uint8Array {
    const within = withinPage(at);
    const count = Math.min(limit, PAGE_SIZE - within);
    return this.sourceOfFrames.bytes(this.frameAt(at), within, count);
  }

  /** The frame of ring position `at`, which there may not have been. */
  private frameAt(at: number): number {
    const page = (at - withinPage(at)) / PAGE_SIZE;
    return this.frames[page] || (this.frames[page] = this.sourceOfFrames.allocate());
  }

  private wake(queue: WaitQueue): void {
    queue.wakeAll();
    this.anyQueue.wakeAll();
  }

  private freeIfUnused(): void {
    if (this.readers > 0 || this.writers > 0) return;
    this.freeFrames();
    if (this.account) this.account.pipePages -= this.frames.length;
    this.account = undefined;
    this.length = 0;
    this.head = 0;
    this.segments = undefined;
  }

  private freeFrames(): void {
    for (const frame of this.frames) if (frame !== 0) this.sourceOfFrames.release(frame);
    this.frames.fill(0);
  }
}
