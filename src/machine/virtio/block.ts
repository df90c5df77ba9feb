/** virtio block device: virtio 1.2, section 5.2. Requests complete at once. */
import type { Saved, StateValue } from '../state.ts';
import { StateFields } from '../state-fields.ts';
import { gather, lengthOf, skip } from './chain.ts';
import type { VirtioMmio, VirtioModel } from './mmio.ts';
import type { Chain } from './queue.ts';

export const SECTOR_BYTES = 512;

/**
 * What holds the sectors. Buffers are whole sectors and may be views of guest RAM: they must not be kept. A back end that
 * saves nothing holds its sectors on the host, where they are when the machine is restored.
 */
export interface BlockBackend extends Partial<Saved> {
  /** A multiple of 512. */
  readonly sizeBytes: number;
  readonly isReadOnly: boolean;
  /** Throws an Error where the medium fails; the guest sees an I/O error. */
  read(sector: number, buffer: Uint8Array): void;
  write(sector: number, buffer: Uint8Array): void;
  flush(): void;
}

/** Feature bits. */
const F_SEG_MAX = 2;
const F_RO = 5;
const F_BLK_SIZE = 6;
const F_FLUSH = 9;
const F_DISCARD = 13;
const F_WRITE_ZEROES = 14;

/** Request types. */
const TYPE = { IN: 0, OUT: 1, FLUSH: 4, GET_ID: 8, DISCARD: 11, WRITE_ZEROES: 13 } as const;
const STATUS = { OK: 0, IO_ERROR: 1, UNSUPPORTED: 2 } as const;

/** Configuration space. */
const CONFIG = {
  CAPACITY: 0,
  SEG_MAX: 12,
  BLK_SIZE: 20,
  MAX_DISCARD_SECTORS: 36,
  MAX_DISCARD_SEGMENTS: 40,
  DISCARD_ALIGNMENT: 44,
  MAX_ZEROES_SECTORS: 48,
  MAX_ZEROES_SEGMENTS: 52,
  BYTES: 60,
} as const;

/** Request header: u32 type, u32 reserved, u64 sector. */
const HEADER_BYTES = 16;
/** Discard and write-zeroes segments: u64 sector, u32 sectors, u32 flags. */
const RANGE_BYTES = 16;
const ID_BYTES = 20;
const TWO_32 = 0x1_0000_0000;
const SEGMENTS = 126;
const MAX_RANGE_SECTORS = 0x3f_ffff;

/** Counters since reset, for tests and statistics. */
export interface BlockCounters {
  reads: number;
  writes: number;
  sectorsRead: number;
  sectorsWritten: number;
}

export class VirtioBlock implements VirtioModel {
  readonly deviceId = 2;
  readonly queueCount = 1;
  readonly features: number;
  readonly config = new Uint8Array(CONFIG.BYTES);
  readonly counters: BlockCounters = { reads: 0, writes: 0, sectorsRead: 0, sectorsWritten: 0 };
  private readonly backend: BlockBackend;
  private readonly serial: string;

  /** `serial` is at most 20 ASCII characters. */
  constructor(backend: BlockBackend, serial: string) {
    this.backend = backend;
    this.serial = serial;
    this.features =
      (1 << F_SEG_MAX) |
      (1 << F_BLK_SIZE) |
      (1 << F_FLUSH) |
      (backend.isReadOnly ? 1 << F_RO : (1 << F_DISCARD) | (1 << F_WRITE_ZEROES));
    const view = new DataView(this.config.buffer);
    view.setBigUint64(CONFIG.CAPACITY, BigInt(backend.sizeBytes / SECTOR_BYTES), true);
    view.setUint32(CONFIG.SEG_MAX, SEGMENTS, true);
    view.setUint32(CONFIG.BLK_SIZE, SECTOR_BYTES, true);
    view.setUint32(CONFIG.MAX_DISCARD_SECTORS, MAX_RANGE_SECTORS, true);
    view.setUint32(CONFIG.MAX_DISCARD_SEGMENTS, SEGMENTS, true);
    view.setUint32(CONFIG.DISCARD_ALIGNMENT, 8, true);
    view.setUint32(CONFIG.MAX_ZEROES_SECTORS, MAX_RANGE_SECTORS, true);
    view.setUint32(CONFIG.MAX_ZEROES_SEGMENTS, SEGMENTS, true);
  }

  reset(): void {
    this.counters.reads = this.counters.writes = 0;
    this.counters.sectorsRead = this.counters.sectorsWritten = 0;
  }

  save(): StateValue {
    const { sizeBytes } = this.backend;
    return { sizeBytes, counters: { ...this.counters }, backend: this.backend.save?.() ?? {} };
  }

  restore(state: StateValue): void {
    const fields = new StateFields('block device', state);
    fields.expect('sizeBytes', this.backend.sizeBytes);
    const counters = new StateFields('block device', fields.value('counters'));
    this.counters.reads = counters.number('reads');
    this.counters.writes = counters.number('writes');
    this.counters.sectorsRead = counters.number('sectorsRead');
    this.counters.sectorsWritten = counters.number('sectorsWritten');
    this.backend.restore?.(fields.value('backend'));
  }

  notify(index: number, transport: VirtioMmio): void {
    const queue = transport.queues[index];
    if (!queue) return;
    for (;;) {
      const chain = queue.take();
      if (!chain) break;
      queue.put(chain, this.serve(chain));
    }
    transport.queueUsed(queue);
  }

  /** Returns the bytes written to the chain: data and the status byte, which is the last writable one. */
  private serve(chain: Chain): number {
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
    const status = this.perform(type, sector, skip(chain.readable, HEADER_BYTES), data);
    last[statusAt] = status;
    const length = lengthOf(data);
    return (type === TYPE.IN || type === TYPE.GET_ID) && status === STATUS.OK ? length + 1 : 1;
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
        case TYPE.DISCARD:
        case TYPE.WRITE_ZEROES:
          return this.zero(output);
        default:
          return STATUS.UNSUPPORTED;
      }
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return STATUS.IO_ERROR;
    }
  }

  private transfer(sector: number, parts: readonly Uint8Array[], isWrite: boolean): number {
    const length = lengthOf(parts);
    const isInside = sector * SECTOR_BYTES + length <= this.backend.sizeBytes;
    if (!isInside || parts.some((part) => part.length % SECTOR_BYTES !== 0)) return STATUS.IO_ERROR;
    if (isWrite && this.backend.isReadOnly) return STATUS.IO_ERROR;
    let at = sector;
    for (const part of parts) {
      if (part.length === 0) continue;
      if (isWrite) this.backend.write(at, part);
      else this.backend.read(at, part);
      at += part.length / SECTOR_BYTES;
    }
    const { counters } = this;
    if (isWrite) {
      counters.writes++;
      counters.sectorsWritten += at - sector;
    } else {
      counters.reads++;
      counters.sectorsRead += at - sector;
    }
    return STATUS.OK;
  }

  private identify(input: readonly Uint8Array[]): number {
    const id = new Uint8Array(ID_BYTES);
    id.set(new TextEncoder().encode(this.serial).subarray(0, ID_BYTES));
    let at = 0;
    for (const part of input) {
      part.set(id.subarray(at, at + part.length));
      at += part.length;
    }
    return STATUS.OK;
  }

  /** Discarded sectors read as zeros here. */
  private zero(output: readonly Uint8Array[]): number {
    if (this.backend.isReadOnly) return STATUS.IO_ERROR;
    const total = lengthOf(output);
    const ranges = new DataView(gather(output, total).buffer);
    const zeros = new Uint8Array(64 * 1024);
    for (let at = 0; at + RANGE_BYTES <= total; at += RANGE_BYTES) {
      let sector = ranges.getUint32(at, true) + ranges.getUint32(at + 4, true) * TWO_32;
      let left = ranges.getUint32(at + 8, true);
      if ((sector + left) * SECTOR_BYTES > this.backend.sizeBytes) return STATUS.IO_ERROR;
      while (left > 0) {
        const count = Math.min(left, zeros.length / SECTOR_BYTES);
        this.backend.write(sector, zeros.subarray(0, count * SECTOR_BYTES));
        sector += count;
        left -= count;
      }
    }
    return STATUS.OK;
  }
}
