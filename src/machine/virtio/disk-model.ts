/** How long a disk takes, in virtual time: heads that seek and platters that turn, or flash. In real time it takes what the host takes. */
import type { Clock } from '../clock.ts';
import { NS_PER_TICK } from '../clock.ts';
import type { StateValue } from '../state.ts';
import { StateFields } from '../state-fields.ts';
import { type BlockBackend, SECTOR_BYTES } from './block.ts';

type DiskModelName = 'hdd' | 'ssd' | 'nvme';

/** Nanoseconds. */
interface Profile {
  readonly readNs: number;
  readonly writeNs: number;
  readonly flushNs: number;
  readonly nsPerMebibyte: number;
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
    mechanics: {
      shortestSeekNs: 1e6,
      longestSeekNs: 16e6,
      rotationNs: 60e9 / 7200,
      // A MiB in 5 ms is what passes below the head in a turn of 8.3 ms.
      trackSectors: 3413,
    },
  },
  ssd: { readNs: 100e3, writeNs: 60e3, flushNs: 500e3, nsPerMebibyte: 1e6 },
  nvme: { readNs: 20e3, writeNs: 15e3, flushNs: 100e3, nsPerMebibyte: 300e3 },
};

const MEBIBYTE = 2 ** 20;

export class ModelledDisk implements BlockBackend {
  readonly sizeBytes: number;
  readonly isReadOnly: boolean;
  private readonly backend: BlockBackend;
  private readonly profile: Profile;
  /** Of the machine, which is made after its disks. */
  private readonly clockOf: () => Clock | undefined;
  /** No part of the present request was transferred yet. */
  private isBeginning = true;
  /** Sector behind the last that passed below the head. */
  private head = 0;

  constructor(backend: BlockBackend, model: DiskModelName, clock: () => Clock | undefined) {
    this.clockOf = clock;
    this.backend = backend;
    this.profile = PROFILES[model];
    this.sizeBytes = backend.sizeBytes;
    this.isReadOnly = backend.isReadOnly;
  }

  save(): StateValue {
    return { head: this.head, backend: this.backend.save?.() ?? {} };
  }

  restore(state: StateValue): void {
    const fields = new StateFields('disk model', state);
    this.head = fields.number('head');
    this.backend.restore?.(fields.value('backend'));
  }

  begin(): void {
    this.isBeginning = true;
  }

  read(sector: number, buffer: Uint8Array): void {
    this.backend.read(sector, buffer);
    this.take(this.profile.readNs, sector, buffer.length);
  }

  write(sector: number, buffer: Uint8Array): void {
    this.backend.write(sector, buffer);
    this.take(this.profile.writeNs, sector, buffer.length);
  }

  flush(): void {
    this.backend.flush();
    this.clockOf()?.charge(this.profile.flushNs);
  }

  zero(sector: number, sectors: number): void {
    if (this.backend.zero) this.backend.zero(sector, sectors);
    else this.writeZeros(sector, sectors);
    this.clockOf()?.charge(this.profile.writeNs);
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

  private take(requestNs: number, sector: number, bytes: number): void {
    const { profile } = this;
    const clock = this.clockOf();
    if (!clock?.isVirtual) return;
    const transferNs = (bytes * profile.nsPerMebibyte) / MEBIBYTE;
    const fixedNs = this.isBeginning ? requestNs : 0;
    this.isBeginning = false;
    clock.charge(fixedNs + this.positioningNs(clock, sector) + transferNs);
    this.head = sector + bytes / SECTOR_BYTES;
  }

  /** Seek, then wait until the sector comes round. What follows on the last transfer is in the disk's track buffer. */
  private positioningNs(clock: Clock, sector: number): number {
    const { mechanics } = this.profile;
    if (mechanics === undefined || sector === this.head) return 0;
    const { shortestSeekNs, longestSeekNs, rotationNs, trackSectors } = mechanics;
    const track = (at: number) => Math.floor(at / trackSectors);
    const tracks = Math.max(1, track(this.sizeBytes / SECTOR_BYTES));
    const distance = Math.abs(track(sector) - track(this.head)) / tracks;
    const seekNs =
      distance === 0 ? 0 : shortestSeekNs + (longestSeekNs - shortestSeekNs) * Math.sqrt(distance);
    const angle = ((clock.now() * NS_PER_TICK + seekNs) % rotationNs) / rotationNs;
    const wanted = (sector % trackSectors) / trackSectors;
    return seekNs + ((wanted - angle + 1) % 1) * rotationNs;
  }
}
