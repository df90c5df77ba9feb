/** virtio traditional memory balloon: virtio 1.2, section 5.5. */
import { PAGE_BYTES } from '../memory.ts';
import type { StateValue } from '../state.ts';
import { StateFields } from '../state-fields.ts';
import { gather, lengthOf } from './chain.ts';
import type { VirtioMmio, VirtioModel } from './mmio.ts';
import type { VirtQueue } from './queue.ts';

const QUEUE = { INFLATE: 0, DEFLATE: 1, STATISTICS: 2 } as const;
/** Feature bits. */
const F_STATISTICS_QUEUE = 1;
const F_DEFLATE_ON_OOM = 2;
/** Configuration space: u32 num_pages, set by the device; u32 actual, written by the driver. */
const CONFIG = { TARGET: 0, ACTUAL: 4, BYTES: 8 } as const;
const PAGE_NUMBER_BYTES = 4;
/** A statistic: u16 tag, u64 value. */
const STATISTIC_BYTES = 10;
const MAX_STATISTICS = 64;
const TWO_32 = 0x1_0000_0000;
/** By tag. */
const STATISTICS = [
  'swapIn',
  'swapOut',
  'majorFaults',
  'minorFaults',
  'freeBytes',
  'totalBytes',
  'availableBytes',
  'diskCaches',
  'hugePageAllocations',
  'hugePageFailures',
] as const;
export type BalloonStatistic = (typeof STATISTICS)[number];

export class VirtioBalloon implements VirtioModel {
  readonly deviceId = 5;
  readonly queueCount = 3;
  readonly features = (1 << F_STATISTICS_QUEUE) | (1 << F_DEFLATE_ON_OOM);
  readonly config = new Uint8Array(CONFIG.BYTES);
  /** What the driver reported last; asked for with requestStatistics(). */
  readonly statistics = new Map<BalloonStatistic, number>();
  /** One byte per page of RAM: 1 while the guest has given it away. Made at the first inflation. */
  private given: Uint8Array = new Uint8Array(0);
  private givenPages = 0;
  /** Head of the statistics buffer that the device keeps until it wants new ones; -1 for none. */
  private heldHead = -1;
  private wantsStatistics = false;
  private hasNewTarget = false;

  reset(): void {
    this.given.fill(0);
    this.givenPages = 0;
    this.heldHead = -1;
    this.config.fill(0, CONFIG.ACTUAL);
    this.wantsStatistics = this.hasNewTarget = false;
  }

  queueReset(index: number): void {
    if (index === QUEUE.STATISTICS) this.heldHead = -1;
  }

  save(): StateValue {
    const { heldHead, wantsStatistics, hasNewTarget } = this;
    const flags = { heldHead, wantsStatistics, hasNewTarget };
    return { config: this.config.slice(), given: this.given.slice(), ...flags };
  }

  restore(state: StateValue): void {
    const fields = new StateFields('balloon', state);
    this.config.set(fields.bytes('config').subarray(0, CONFIG.BYTES));
    this.given = fields.bytes('given');
    this.givenPages = this.given.reduce((sum, given) => sum + (given === 1 ? 1 : 0), 0);
    this.heldHead = fields.number('heldHead');
    this.wantsStatistics = fields.boolean('wantsStatistics');
    this.hasNewTarget = fields.boolean('hasNewTarget');
  }

  /** Pages of 4 KiB that the guest has given away and not taken back. */
  get pages(): number {
    return this.givenPages;
  }

  /** Ask the guest to give away `pages` of 4 KiB in all; it is told at the next poll, and may be slow or refuse. */
  setTarget(pages: number): void {
    new DataView(this.config.buffer).setUint32(CONFIG.TARGET, pages, true);
    this.hasNewTarget = true;
  }

  /** Have the driver fill `statistics` anew. */
  requestStatistics(): void {
    this.wantsStatistics = true;
  }

  writeConfig(offset: number, size: number, value: number): void {
    if (offset === CONFIG.ACTUAL && size === 4) {
      new DataView(this.config.buffer).setUint32(CONFIG.ACTUAL, value, true);
    }
  }

  notify(index: number, transport: VirtioMmio): void {
    const queue = transport.queues[index];
    if (!queue) return;
    if (index === QUEUE.STATISTICS) this.takeStatistics(queue);
    else this.movePages(queue, transport, index === QUEUE.INFLATE);
    transport.queueUsed(queue);
  }

  poll(transport: VirtioMmio): void {
    if (this.hasNewTarget) {
      this.hasNewTarget = false;
      transport.configChanged();
    }
    const queue = transport.queues[QUEUE.STATISTICS];
    if (!this.wantsStatistics || this.heldHead < 0 || !queue?.isReady) return;
    this.wantsStatistics = false;
    queue.put({ head: this.heldHead }, 0);
    this.heldHead = -1;
    transport.queueUsed(queue);
  }

  /** Buffers are lists of u32 page numbers. A page that is given away loses its content. */
  private movePages(queue: VirtQueue, transport: VirtioMmio, isGiven: boolean): void {
    const { memory } = transport;
    const count = memory.size / PAGE_BYTES;
    if (this.given.length !== count) this.given = new Uint8Array(count);
    for (;;) {
      const chain = queue.take();
      if (!chain) return;
      const bytes = gather(chain.readable, lengthOf(chain.readable));
      const numbers = new DataView(bytes.buffer);
      for (let at = 0; at + PAGE_NUMBER_BYTES <= bytes.length; at += PAGE_NUMBER_BYTES) {
        const page = numbers.getUint32(at, true) * PAGE_BYTES;
        // Numbers outside RAM are the guest's mistake, and nobody's page.
        if (!memory.contains(page, PAGE_BYTES)) continue;
        this.movePage((page - memory.base) / PAGE_BYTES, isGiven);
        if (!isGiven) continue;
        memory.fill(page, 0, PAGE_BYTES);
        memory.codeReplaced(page, PAGE_BYTES);
      }
      queue.put(chain, 0);
    }
  }

  private movePage(index: number, isGiven: boolean): void {
    const now = isGiven ? 1 : 0;
    this.givenPages += now - (this.given[index] as number);
    this.given[index] = now;
  }

  /** One buffer at a time is held; a driver that sends another gets the older one back. */
  private takeStatistics(queue: VirtQueue): void {
    for (;;) {
      const chain = queue.take();
      if (!chain) return;
      if (this.heldHead >= 0) queue.put({ head: this.heldHead }, 0);
      this.heldHead = chain.head;
      const bytes = gather(chain.readable, MAX_STATISTICS * STATISTIC_BYTES);
      const view = new DataView(bytes.buffer);
      for (let at = 0; at + STATISTIC_BYTES <= bytes.length; at += STATISTIC_BYTES) {
        const name = STATISTICS[view.getUint16(at, true)];
        const value = view.getUint32(at + 2, true) + view.getUint32(at + 6, true) * TWO_32;
        if (name) this.statistics.set(name, value);
      }
    }
  }
}
