/** How long a disk takes, in virtual time: heads that seek and platters that turn, or flash. In real time it takes what the host takes. */
import type { Clock } from '../clock.ts';
import { NS_PER_TICK } from '../clock.ts';
import type { StateValue } from '../state.ts';
import { StateFields } from '../state-fields.ts';
import {
  type BlockBackend,
  type MediumCounts,
  type RequestKind,
  SECTOR_BYTES,
  type ServiceTime,
} from './block-backend.ts';

type DiskModelName = 'hdd' | 'ssd' | 'nvme' | 'tape';

/** Nanoseconds. */
interface Profile {
  readonly readNs: number;
  readonly writeNs: number;
  readonly flushNs: number;
  readonly nsPerMebibyte: number;
  /** Requests that are looked for at the same time; what they move goes over one link, one after the other. */
  readonly channels: number;
  /** Of a tape: for each MiB that it is wound, and to begin to. */
  readonly winding?: { readonly startNs: number; readonly nsPerMebibyte: number };
  /** Of a disk with heads. */
  readonly mechanics?: {
    /** To the next track, and over the whole disk; between them with the square root of the distance. */
    readonly shortestSeekNs: number;
    readonly longestSeekNs: number;
    readonly rotationNs: number;
    readonly trackSectors: number;
  };
}

/**
 * Bandwidths stand as memory : SSD : HDD = 1 : 100 : 500 in time per MiB, with memory at 10 us. The hard disk turns 7,200 times a minute.
 */
const PROFILES: Readonly<Record<DiskModelName, Profile>> = {
  hdd: {
    readNs: 0,
    writeNs: 0,
    flushNs: 0,
    nsPerMebibyte: 5e6,
    channels: 1,
    mechanics: {
      shortestSeekNs: 1e6,
      longestSeekNs: 16e6,
      rotationNs: 60e9 / 7200,
      // A MiB in 5 ms is what passes below the head in a turn of 8.3 ms.
      trackSectors: 3413,
    },
  },
  ssd: { readNs: 100e3, writeNs: 60e3, flushNs: 500e3, nsPerMebibyte: 1e6, channels: 8 },
  nvme: { readNs: 20e3, writeNs: 15e3, flushNs: 100e3, nsPerMebibyte: 300e3, channels: 32 },
  // LTO-5: 140 MB/s while it streams; from one end to the other in 100 s.
  tape: {
    readNs: 0,
    writeNs: 0,
    flushNs: 50e6,
    nsPerMebibyte: 7.5e6,
    channels: 1,
    winding: { startNs: 2e9, nsPerMebibyte: 1e6 },
  },
};

const MEBIBYTE = 2 ** 20;
/** Of these disks: Advanced Format, pages of flash. */
const PHYSICAL_BYTES = 4096;

function physicalSectors(sector: number, bytes: number): number {
  const at = sector * SECTOR_BYTES;
  return Math.ceil((at + bytes) / PHYSICAL_BYTES) - Math.floor(at / PHYSICAL_BYTES);
}

/** When requests are done: each is looked for in one of the channels, and then moves over the link. */
export class DiskTimes implements ServiceTime {
  private readonly profile: Profile;
  private readonly sectors: number;
  /** Of the machine, which is made after its disks. */
  private readonly clockOf: () => Clock | undefined;
  /** Sector behind the last that passed below the head. */
  private head = 0;
  /** Nanoseconds of the clock at which the channels, and the link, have nothing to do any more. */
  private readonly freeAt: number[];
  private linkFreeAt = 0;
  /** Physical sectors that were touched. */
  accesses = 0;

  constructor(model: DiskModelName, sizeBytes: number, clock: () => Clock | undefined) {
    this.profile = PROFILES[model];
    this.sectors = sizeBytes / SECTOR_BYTES;
    this.clockOf = clock;
    this.freeAt = new Array<number>(this.profile.channels).fill(0);
  }

  get clock(): Clock | undefined {
    return this.clockOf();
  }

  reserve(kind: RequestKind, sector: number, bytes: number): number | undefined {
    const clock = this.clockOf();
    if (!clock?.isVirtual) return undefined;
    const { freeAt, profile } = this;
    const channel = freeAt.indexOf(Math.min(...freeAt));
    const beginNs = Math.max(clock.now() * NS_PER_TICK, freeAt[channel] as number);
    const foundNs = beginNs + this.accessNs(kind, beginNs, sector, bytes);
    let doneNs = foundNs;
    if (kind === 'read' || kind === 'write') {
      doneNs = Math.max(foundNs, this.linkFreeAt) + (bytes * profile.nsPerMebibyte) / MEBIBYTE;
      this.linkFreeAt = doneNs;
      this.head = sector + bytes / SECTOR_BYTES;
      this.accesses += physicalSectors(sector, bytes);
    }
    freeAt[channel] = doneNs;
    return doneNs;
  }

  save(): StateValue {
    const { head, freeAt, linkFreeAt, accesses } = this;
    return { head, freeAt: [...freeAt], linkFreeAt, accesses };
  }

  restore(state: StateValue): void {
    const fields = new StateFields('disk model', state);
    this.head = fields.number('head');
    for (const [i, at] of fields.numbers('freeAt', this.freeAt.length).entries())
      this.freeAt[i] = at;
    this.linkFreeAt = fields.number('linkFreeAt');
    this.accesses = fields.number('accesses');
  }

  private accessNs(kind: RequestKind, beginNs: number, sector: number, bytes: number): number {
    const { profile } = this;
    if (kind === 'flush') return profile.flushNs;
    if (kind === 'zero') return profile.writeNs;
    const foundNs = this.positioningNs(beginNs, sector);
    if (kind === 'read') return profile.readNs + foundNs;
    return profile.writeNs + foundNs + this.rereadNs(sector, bytes);
  }

  /** A physical sector of which only a part is written is read before: it has to come round once more. */
  private rereadNs(sector: number, bytes: number): number {
    const { mechanics, readNs } = this.profile;
    const isWhole = (sector * SECTOR_BYTES) % PHYSICAL_BYTES === 0 && bytes % PHYSICAL_BYTES === 0;
    return isWhole ? 0 : (mechanics?.rotationNs ?? readNs);
  }

  /** Seek, then wait until the sector comes round. What follows on the last transfer is in the disk's track buffer. */
  private positioningNs(beginNs: number, sector: number): number {
    const { mechanics, winding } = this.profile;
    if (sector === this.head) return 0;
    if (winding !== undefined) {
      const mebibytes = (Math.abs(sector - this.head) * SECTOR_BYTES) / MEBIBYTE;
      return winding.startNs + mebibytes * winding.nsPerMebibyte;
    }
    if (mechanics === undefined) return 0;
    const { shortestSeekNs, longestSeekNs, rotationNs, trackSectors } = mechanics;
    const track = (at: number) => Math.floor(at / trackSectors);
    const tracks = Math.max(1, track(this.sectors));
    const distance = Math.abs(track(sector) - track(this.head)) / tracks;
    const seekNs =
      distance === 0 ? 0 : shortestSeekNs + (longestSeekNs - shortestSeekNs) * Math.sqrt(distance);
    const angle = ((beginNs + seekNs) % rotationNs) / rotationNs;
    const wanted = (sector % trackSectors) / trackSectors;
    return seekNs + ((wanted - angle + 1) % 1) * rotationNs;
  }
}

const FLAWLESS = { corrected: 0, uncorrectable: 0, reallocated: 0, pending: 0, sparesLeft: 0 };

export class ModelledDisk implements BlockBackend {
  readonly sizeBytes: number;
  readonly isReadOnly: boolean;
  readonly service: DiskTimes;
  readonly physicalBytes = PHYSICAL_BYTES;
  private readonly backend: BlockBackend;

  constructor(backend: BlockBackend, model: DiskModelName, clock: () => Clock | undefined) {
    this.backend = backend;
    this.sizeBytes = backend.sizeBytes;
    this.isReadOnly = backend.isReadOnly;
    this.service = new DiskTimes(model, backend.sizeBytes, clock);
  }

  save(): StateValue {
    return { times: this.service.save(), backend: this.backend.save?.() ?? {} };
  }

  restore(state: StateValue): void {
    const fields = new StateFields('disk model', state);
    this.service.restore(fields.value('times'));
    this.backend.restore?.(fields.value('backend'));
  }

  begin(): void {
    this.backend.begin?.();
  }

  read(sector: number, buffer: Uint8Array): void {
    this.backend.read(sector, buffer);
  }

  write(sector: number, buffer: Uint8Array): void {
    this.backend.write(sector, buffer);
  }

  flush(): void {
    this.backend.flush();
  }

  zero(sector: number, sectors: number): void {
    if (this.backend.zero) this.backend.zero(sector, sectors);
    else this.writeZeros(sector, sectors);
  }

  medium(): MediumCounts {
    return { ...(this.backend.medium?.() ?? FLAWLESS), accesses: this.service.accesses };
  }

  cut(): void {
    this.backend.cut?.();
  }

  close(): void {
    this.backend.close?.();
  }

  private writeZeros(sector: number, sectors: number): void {
    const zeros = new Uint8Array(Math.min(sectors, 128) * SECTOR_BYTES);
    for (let done = 0; done < sectors; done += 128) {
      const count = Math.min(128, sectors - done);
      this.backend.write(sector + done, zeros.subarray(0, count * SECTOR_BYTES));
    }
  }
}
