/** virtio block device: virtio 1.2, section 5.2. Requests complete at once, or when the disk's model says. */
import type { StateValue } from '../state.ts';
import { StateFields } from '../state-fields.ts';
import { type BlockBackend, SECTOR_BYTES } from './block-backend.ts';
import { gather, lengthOf, scatter, skip } from './chain.ts';
import type { VirtioMmio, VirtioModel } from './mmio.ts';
import type { Chain, VirtQueue } from './queue.ts';
import { RequestsUnderWay } from './requests-under-way.ts';

/** Feature bits. */
const F_SIZE_MAX = 1;
const F_SEG_MAX = 2;
const F_RO = 5;
const F_BLK_SIZE = 6;
const F_FLUSH = 9;
const F_TOPOLOGY = 10;
const F_MULTIQUEUE = 12;
const F_DISCARD = 13;
const F_WRITE_ZEROES = 14;

/** Request types; MEDIUM is this machine's own: five u32, the MediumCounts, as ATA's SMART READ DATA. */
const TYPE = {
  IN: 0,
  OUT: 1,
  FLUSH: 4,
  GET_ID: 8,
  DISCARD: 11,
  WRITE_ZEROES: 13,
  MEDIUM: 0x8000,
} as const;
/** The host has no room: not of the standard, whose drivers take every status that they do not know for an I/O error. */
const STATUS = { OK: 0, IO_ERROR: 1, UNSUPPORTED: 2, NO_SPACE: 0xe0 } as const;
/** Of the host's errors, those that mean it. */
const NO_SPACE_CODES: readonly unknown[] = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/** Configuration space. */
const CONFIG = {
  CAPACITY: 0,
  SIZE_MAX: 8,
  SEG_MAX: 12,
  BLK_SIZE: 20,
  PHYSICAL_EXPONENT: 24,
  MIN_IO_BLOCKS: 26,
  OPTIMAL_IO_BLOCKS: 28,
  QUEUES: 34,
  MAX_DISCARD_SECTORS: 36,
  MAX_DISCARD_SEGMENTS: 40,
  DISCARD_ALIGNMENT: 44,
  MAX_ZEROES_SECTORS: 48,
  MAX_ZEROES_SEGMENTS: 52,
  ZEROES_MAY_UNMAP: 56,
  BYTES: 60,
} as const;

/** Request header: u32 type, u32 reserved, u64 sector. */
const HEADER_BYTES = 16;
/** Discard and write-zeroes segments: u64 sector, u32 sectors, u32 flags. */
const RANGE_BYTES = 16;
const ID_BYTES = 20;
const TWO_32 = 0x1_0000_0000;
const SEGMENTS = 126;
const SEGMENT_BYTES = 4 * 1024 * 1024;
/** Of one discard or write-zeroes request: bounds how long it may take on a back end that has to write the zeros. */
const MAX_RANGES = 16;
const MAX_RANGE_SECTORS = (128 * 1024 * 1024) / SECTOR_BYTES;
/** Share of a zeroed byte in a queue's allowance where nothing is written. */
const CHEAP_ZERO = 1 / 64;
/** Data whose parts are no whole sectors is copied, up to this much. */
const MAX_BOUNCE_BYTES = 64 * 1024 * 1024;
/** The one flag of write-zeroes: the sectors need not stay allocated. */
const FLAG_UNMAP = 1;
const ZEROS = new Uint8Array(64 * 1024);
const MAX_QUEUES = 64;

/** Counters since reset, for tests and statistics. */
export interface BlockCounters {
  reads: number;
  writes: number;
  sectorsRead: number;
  sectorsWritten: number;
}

export class VirtioBlock implements VirtioModel {
  readonly deviceId = 2;
  readonly queueCount: number;
  readonly features: number;
  readonly config = new Uint8Array(CONFIG.BYTES);
  readonly counters: BlockCounters = { reads: 0, writes: 0, sectorsRead: 0, sectorsWritten: 0 };
  private readonly backend: BlockBackend;
  private readonly serial: string;
  /** By the request that is being served. */
  private zeroedBytes = 0;
  private readonly underWay: RequestsUnderWay;

  /** `serial` is at most 20 ASCII characters. `queues`, 1 to 64: as many as harts, so that none waits for another. */
  constructor(backend: BlockBackend, serial: string, queues = 1) {
    if (!Number.isInteger(queues) || queues < 1 || queues > MAX_QUEUES) {
      throw new Error(`a disk has 1 to ${MAX_QUEUES} queues, not ${queues}`);
    }
    this.queueCount = queues;
    this.backend = backend;
    this.underWay = new RequestsUnderWay(backend.service);
    this.serial = serial;
    this.features =
      (1 << F_SIZE_MAX) |
      (1 << F_TOPOLOGY) |
      (queues > 1 ? 1 << F_MULTIQUEUE : 0) |
      (1 << F_SEG_MAX) |
      (1 << F_BLK_SIZE) |
      (1 << F_FLUSH) |
      (backend.isReadOnly ? 1 << F_RO : (1 << F_DISCARD) | (1 << F_WRITE_ZEROES));
    const physicalBytes = backend.physicalBytes ?? SECTOR_BYTES;
    const view = new DataView(this.config.buffer);
    view.setBigUint64(CONFIG.CAPACITY, BigInt(backend.sizeBytes / SECTOR_BYTES), true);
    view.setUint32(CONFIG.SIZE_MAX, SEGMENT_BYTES, true);
    view.setUint32(CONFIG.SEG_MAX, SEGMENTS, true);
    view.setUint8(CONFIG.PHYSICAL_EXPONENT, Math.log2(physicalBytes / SECTOR_BYTES));
    view.setUint16(CONFIG.MIN_IO_BLOCKS, physicalBytes / SECTOR_BYTES, true);
    view.setUint32(CONFIG.OPTIMAL_IO_BLOCKS, 0, true);
    view.setUint16(CONFIG.QUEUES, queues, true);
    view.setUint8(CONFIG.ZEROES_MAY_UNMAP, 1);
    view.setUint32(CONFIG.BLK_SIZE, SECTOR_BYTES, true);
    view.setUint32(CONFIG.MAX_DISCARD_SECTORS, MAX_RANGE_SECTORS, true);
    view.setUint32(CONFIG.MAX_DISCARD_SEGMENTS, MAX_RANGES, true);
    view.setUint32(CONFIG.DISCARD_ALIGNMENT, 8, true);
    view.setUint32(CONFIG.MAX_ZEROES_SECTORS, MAX_RANGE_SECTORS, true);
    view.setUint32(CONFIG.MAX_ZEROES_SEGMENTS, MAX_RANGES, true);
  }

  reset(): void {
    this.underWay.clear();
    this.counters.reads = this.counters.writes = 0;
    this.counters.sectorsRead = this.counters.sectorsWritten = 0;
  }

  save(): StateValue {
    const { sizeBytes } = this.backend;
    const underWay = this.underWay.save();
    const counters = { ...this.counters };
    return { sizeBytes, counters, underWay, backend: this.backend.save?.() ?? {} };
  }

  restore(state: StateValue): void {
    const fields = new StateFields('block device', state);
    fields.expect('sizeBytes', this.backend.sizeBytes);
    const counters = new StateFields('block device', fields.value('counters'));
    this.counters.reads = counters.number('reads');
    this.counters.writes = counters.number('writes');
    this.counters.sectorsRead = counters.number('sectorsRead');
    this.counters.sectorsWritten = counters.number('sectorsWritten');
    this.underWay.restore(fields.records('underWay'), this.queueCount);
    this.backend.restore?.(fields.value('backend'));
  }

  close(): void {
    this.backend.close?.();
  }

  queueReset(index: number): void {
    this.underWay.clear(index);
  }

  notify(index: number, transport: VirtioMmio): void {
    const queue = transport.queues[index];
    if (!queue) return;
    this.underWay.resume(transport);
    for (;;) {
      const chain = queue.take();
      if (!chain) break;
      if (!this.underWay.take(index, chain)) queue.put(chain, this.serve(chain, queue));
    }
    if (queue.isPolled) this.underWay.pass();
    this.poll(transport);
    transport.queueUsed(queue);
  }

  poll(transport: VirtioMmio): void {
    this.underWay.resume(transport);
    for (;;) {
      const request = this.underWay.nextDone();
      const queue = request && transport.queues[request.queue];
      if (!queue) break;
      queue.put(request.chain, this.serve(request.chain, queue));
      transport.queueUsed(queue);
    }
  }

  dueInNs(): number {
    return this.underWay.dueInNs;
  }

  /** Returns the bytes written to the chain: data and the status byte, which is the last writable one. */
  private serve(chain: Chain, queue: VirtQueue): number {
    const last = chain.writable.at(-1);
    const request = gather(chain.readable, HEADER_BYTES);
    if (!last || last.length === 0) return 0;
    const statusAt = last.length - 1;
    if (request.length < HEADER_BYTES) {
      last[statusAt] = STATUS.IO_ERROR;
      return 1;
    }
    const view = new DataView(request.buffer);
    const type = view.getUint32(0, true);
    const sector = view.getUint32(8, true) + view.getUint32(12, true) * TWO_32;
    const data = [...chain.writable.slice(0, -1), last.subarray(0, statusAt)];
    this.backend.begin?.();
    const status = this.perform(type, sector, skip(chain.readable, HEADER_BYTES), data);
    queue.charge(this.zeroedBytes * (this.backend.zero ? CHEAP_ZERO : 1));
    this.zeroedBytes = 0;
    last[statusAt] = status;
    const length = lengthOf(data);
    return (type === TYPE.IN || type === TYPE.GET_ID || type === TYPE.MEDIUM) &&
      status === STATUS.OK
      ? length + 1
      : 1;
  }

  private perform(
    type: number,
    sector: number,
    output: readonly Uint8Array[],
    input: readonly Uint8Array[],
  ): number {
    try {
      switch (type) {
        case TYPE.IN:
          return this.transfer(sector, input, false);
        case TYPE.OUT:
          return this.transfer(sector, output, true);
        case TYPE.FLUSH:
          this.backend.flush();
          return STATUS.OK;
        case TYPE.GET_ID:
          return this.identify(input);
        case TYPE.MEDIUM:
          return this.tellMedium(input);
        case TYPE.DISCARD:
        case TYPE.WRITE_ZEROES:
          return this.zero(type, output);
        default:
          return STATUS.UNSUPPORTED;
      }
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const { code } = error as { code?: unknown };
      return NO_SPACE_CODES.includes(code) ? STATUS.NO_SPACE : STATUS.IO_ERROR;
    }
  }

  private transfer(sector: number, parts: readonly Uint8Array[], isWrite: boolean): number {
    const length = lengthOf(parts);
    const isInside = sector * SECTOR_BYTES + length <= this.backend.sizeBytes;
    if (!isInside || length % SECTOR_BYTES !== 0) return STATUS.IO_ERROR;
    if (isWrite && this.backend.isReadOnly) return STATUS.IO_ERROR;
    if (parts.every((part) => part.length % SECTOR_BYTES === 0)) {
      let at = sector;
      for (const part of parts) {
        if (part.length === 0) continue;
        if (isWrite) this.backend.write(at, part);
        else this.backend.read(at, part);
        at += part.length / SECTOR_BYTES;
      }
    } else if (length > MAX_BOUNCE_BYTES) {
      return STATUS.IO_ERROR;
    } else if (isWrite) {
      this.backend.write(sector, gather(parts, length));
    } else {
      const bytes = new Uint8Array(length);
      this.backend.read(sector, bytes);
      scatter(parts, bytes);
    }
    this.count(length / SECTOR_BYTES, isWrite);
    return STATUS.OK;
  }

  private count(sectors: number, isWrite: boolean): void {
    const { counters } = this;
    if (isWrite) {
      counters.writes++;
      counters.sectorsWritten += sectors;
    } else {
      counters.reads++;
      counters.sectorsRead += sectors;
    }
  }

  private identify(input: readonly Uint8Array[]): number {
    const id = new Uint8Array(ID_BYTES);
    id.set(new TextEncoder().encode(this.serial).subarray(0, ID_BYTES));
    scatter(input, id);
    return STATUS.OK;
  }

  private tellMedium(input: readonly Uint8Array[]): number {
    const counts = this.backend.medium?.();
    if (counts === undefined) return STATUS.UNSUPPORTED;
    const { corrected, uncorrectable, reallocated, pending, sparesLeft, accesses } = counts;
    const words = Uint32Array.of(
      corrected,
      uncorrectable,
      reallocated,
      pending,
      sparesLeft,
      accesses,
    );
    scatter(input, new Uint8Array(words.buffer));
    return STATUS.OK;
  }

  /** Discard and write-zeroes: discarded sectors read as zeros here. All ranges are checked before any is touched. */
  private zero(type: number, output: readonly Uint8Array[]): number {
    const total = lengthOf(output);
    if (this.backend.isReadOnly || total % RANGE_BYTES !== 0) return STATUS.IO_ERROR;
    if (total === 0 || total > MAX_RANGES * RANGE_BYTES) return STATUS.IO_ERROR;
    const view = new DataView(gather(output, total).buffer);
    const ranges: { sector: number; sectors: number }[] = [];
    for (let at = 0; at < total; at += RANGE_BYTES) {
      const sector = view.getUint32(at, true) + view.getUint32(at + 4, true) * TWO_32;
      const sectors = view.getUint32(at + 8, true);
      const allowed = type === TYPE.WRITE_ZEROES ? FLAG_UNMAP : 0;
      if ((view.getUint32(at + 12, true) & ~allowed) !== 0) return STATUS.UNSUPPORTED;
      if (sectors > MAX_RANGE_SECTORS) return STATUS.IO_ERROR;
      if ((sector + sectors) * SECTOR_BYTES > this.backend.sizeBytes) return STATUS.IO_ERROR;
      ranges.push({ sector, sectors });
    }
    for (const { sector, sectors } of ranges) {
      this.zeroRange(sector, sectors);
      this.zeroedBytes += sectors * SECTOR_BYTES;
    }
    return STATUS.OK;
  }

  private zeroRange(sector: number, sectors: number): void {
    if (this.backend.zero) {
      this.backend.zero(sector, sectors);
      return;
    }
    const step = ZEROS.length / SECTOR_BYTES;
    for (let done = 0; done < sectors; done += step) {
      const count = Math.min(step, sectors - done);
      this.backend.write(sector + done, ZEROS.subarray(0, count * SECTOR_BYTES));
    }
  }
}
