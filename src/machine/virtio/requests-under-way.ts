/** Requests that a disk has taken and is not done with: several at a time, in virtual time. */
import { NS_PER_TICK } from '../clock.ts';
import type { StateValue } from '../state.ts';
import type { StateFields } from '../state-fields.ts';
import type { RequestKind, ServiceTime } from './block-backend.ts';
import { gather, lengthOf } from './chain.ts';
import type { VirtioMmio } from './mmio.ts';
import type { Chain } from './queue.ts';

/** u32 type, u32 reserved, u64 sector: virtio 1.2, section 5.2.6. */
const HEADER_BYTES = 16;
const TWO_32 = 0x1_0000_0000;
const KIND_OF: Readonly<Record<number, RequestKind>> = {
  0: 'read',
  1: 'write',
  4: 'flush',
  11: 'zero',
  13: 'zero',
};

/** `dueTicks` of the clock. */
interface TakenRequest {
  readonly queue: number;
  readonly chain: Chain;
  readonly dueTicks: number;
}

export class RequestsUnderWay {
  private readonly service: ServiceTime | undefined;
  /** In the order of their ends. */
  private requests: TakenRequest[] = [];
  /** Those of a machine that was saved, until its RAM is there again. */
  private saved: { queue: number; head: number; dueTicks: number }[] = [];
  /** When the last of those is done that were taken since pass(). */
  private lastTicks = 0;

  constructor(service: ServiceTime | undefined) {
    this.service = service;
  }

  /** All, or those of one queue: their buffers are not touched any more. */
  clear(queue?: number): void {
    this.requests = queue === undefined ? [] : this.requests.filter((each) => each.queue !== queue);
    this.saved = [];
  }

  save(): StateValue {
    return this.requests.map(({ queue, chain, dueTicks }) => {
      return { queue, head: chain.head, dueTicks };
    });
  }

  restore(requests: readonly StateFields[], queues: number): void {
    this.requests = [];
    this.saved = requests.map((request) => ({
      queue: request.index('queue', queues - 1),
      head: request.number('head'),
      dueTicks: request.number('dueTicks'),
    }));
    const clock = this.service?.clock;
    if (clock && this.saved.length > 0) clock.alarm = 0;
  }

  /** What was under way when the machine was saved goes on. Throws an Error where its buffers are gone. */
  resume(transport: VirtioMmio): void {
    for (const { queue, head, dueTicks } of this.saved.splice(0)) {
      const chain = transport.queues[queue]?.takenBefore(head);
      if (chain) this.insert({ queue, chain, dueTicks });
    }
  }

  /** False for a request that is to be served at once. */
  take(queue: number, chain: Chain): boolean {
    const doneNs = this.service && this.doneNs(this.service, chain);
    if (doneNs === undefined) return false;
    const dueTicks = Math.ceil(doneNs / NS_PER_TICK);
    this.insert({ queue, chain, dueTicks });
    this.lastTicks = Math.max(this.lastTicks, dueTicks);
    return true;
  }

  /** Somebody waits in this very moment: time passes until what was taken last is done, or, if nothing was, all. */
  pass(): void {
    const until = this.lastTicks || this.requests.at(-1)?.dueTicks;
    if (until !== undefined) this.service?.clock?.advanceTo(until);
  }

  /** The next that is done by now; without one the machine looks again when there is. */
  nextDone(): TakenRequest | undefined {
    this.lastTicks = 0;
    const [next] = this.requests;
    const clock = this.service?.clock;
    if (next === undefined || clock === undefined) return undefined;
    if (next.dueTicks <= clock.now()) return this.requests.shift();
    clock.alarm = Math.min(clock.alarm, next.dueTicks);
    return undefined;
  }

  get dueInNs(): number {
    const [next] = this.requests;
    const clock = this.service?.clock;
    if (this.saved.length > 0) return 0;
    return next && clock ? (next.dueTicks - clock.now()) * NS_PER_TICK : Infinity;
  }

  private insert(request: TakenRequest): void {
    const at = this.requests.findLastIndex(({ dueTicks }) => dueTicks <= request.dueTicks);
    this.requests.splice(at + 1, 0, request);
  }

  private doneNs(service: ServiceTime, { readable, writable }: Chain): number | undefined {
    const header = gather(readable, HEADER_BYTES);
    if (header.length < HEADER_BYTES) return undefined;
    const view = new DataView(header.buffer);
    const kind = KIND_OF[view.getUint32(0, true)];
    if (kind === undefined) return undefined;
    const sector = view.getUint32(8, true) + view.getUint32(12, true) * TWO_32;
    const isRead = kind === 'read';
    const bytes = lengthOf(isRead ? writable : readable) - (isRead ? 1 : HEADER_BYTES);
    return service.reserve(kind, sector, Math.max(0, bytes));
  }
}
