/**
 * Kernel AIO: contexts of an address space, and the completions that wait in them. Transfers are done when they are
 * submitted, as on Linux with the page cache in between; only polls complete later. Linux: fs/aio.c, struct kioctx.
 */
import { EAGAIN, EINVAL, fail } from '../abi/errno.ts';
import type { File } from '../fs/file.ts';
import { type Waiter, WaitQueue } from '../lib/wait-queue.ts';
import type { EventFile } from './eventfd.ts';
import type { Kernel } from './kernel.ts';

/** /proc/sys/fs/aio-max-nr, and what counts against it. The kernel has one. */
export class AioLimits {
  maxEvents = 65536;
  events = 0;
}

/** struct io_event. */
export interface AioEvent {
  /** aio_data as two words: it comes back as it was given. */
  readonly dataLow: number;
  readonly dataHigh: number;
  /** Address of the iocb. */
  readonly iocb: number;
  readonly result: number;
}

/** A request that was accepted. */
export interface AioRequest {
  readonly dataLow: number;
  readonly dataHigh: number;
  readonly iocb: number;
  /** Counts one reference; told of the completion. */
  readonly eventFile: EventFile | undefined;
}

/** IOCB_CMD_POLL: waits for events of a file, of which it counts one reference. */
export class AioPoll implements Waiter {
  readonly waitingOn = new Set<WaitQueue>();
  readonly request: AioRequest;
  readonly file: File;
  readonly events: number;
  private readonly context: AioContext;

  constructor(context: AioContext, request: AioRequest, file: File, events: number) {
    this.context = context;
    this.request = request;
    this.file = file;
    this.events = events;
  }

  wake(queue: WaitQueue): void {
    const now = this.file.poll();
    if ((now & this.events) === 0) queue.enlist(this);
    // All that holds, asked for or not: Linux tells what it was woken with.
    else this.context.finishPoll(this, now);
  }
}

export class AioContext {
  /** Address of its page in user memory, by which user space names it. */
  readonly id: number;
  readonly capacity: number;
  /** Woken with each completion. */
  readonly queue = new WaitQueue();
  private readonly kernel: Kernel;
  private readonly events: AioEvent[] = [];
  private readonly polls = new Set<AioPoll>();

  constructor(kernel: Kernel, id: number, capacity: number) {
    this.kernel = kernel;
    this.id = id;
    this.capacity = capacity;
  }

  get pending(): number {
    return this.events.length;
  }

  /** Throws EAGAIN when as many requests as it was made for are under way or wait to be taken. */
  requireRoom(): void {
    if (this.events.length + this.polls.size >= this.capacity)
      throw fail(EAGAIN, 'context is full');
  }

  complete({ dataLow, dataHigh, iocb, eventFile }: AioRequest, result: number): void {
    this.events.push({ dataLow, dataHigh, iocb, result });
    this.queue.wakeAll();
    if (!eventFile) return;
    eventFile.signal();
    this.kernel.vfs.dropFile(eventFile);
  }

  poll(request: AioRequest, file: File, events: number): void {
    const now = file.poll() & events;
    const queue = file.waitQueue;
    if (now !== 0 || !queue) {
      this.complete(request, now);
      return;
    }
    const poll = new AioPoll(this, request, file, events);
    file.references++;
    this.polls.add(poll);
    queue.enlist(poll);
  }

  finishPoll(poll: AioPoll, result: number): void {
    this.polls.delete(poll);
    for (const queue of [...poll.waitingOn]) queue.leave(poll);
    this.kernel.vfs.dropFile(poll.file);
    this.complete(poll.request, result);
  }

  /** io_cancel: the request completes with 0. Throws EINVAL for one that is not under way. */
  cancel(iocb: number): void {
    for (const poll of this.polls) {
      if (poll.request.iocb !== iocb) continue;
      this.finishPoll(poll, 0);
      return;
    }
    throw fail(EINVAL, 'no such request');
  }

  take(count: number): AioEvent[] {
    return this.events.splice(0, count);
  }

  destroy(): void {
    for (const poll of [...this.polls]) this.finishPoll(poll, 0);
    this.queue.wakeAll();
    this.kernel.aio.events -= this.capacity;
    this.kernel.objects.aioContexts.remove();
  }
}
