/** What is behind a virtio block device: the medium, and how long it takes. */
import type { Clock } from '../clock.ts';
import type { Saved } from '../state.ts';

export const SECTOR_BYTES = 512;

export type RequestKind = 'read' | 'write' | 'flush' | 'zero';

/** When a disk is done with requests. */
export interface ServiceTime {
  /** Nanoseconds of the clock at which a request that comes now is done; undefined where nobody waits: in real time. */
  reserve(kind: RequestKind, sector: number, bytes: number): number | undefined;
  readonly clock: Clock | undefined;
}

/** Since the disk was made, in the order of MEDIUM_REQUEST's answer. */
export interface MediumCounts {
  /** Reads that the error-correcting code put right. */
  readonly corrected: number;
  /** Reads that it could not. */
  readonly uncorrectable: number;
  /** Sectors that are served from the spare area. */
  readonly reallocated: number;
  /** Sectors that cannot be read, and will be reallocated when they are written. */
  readonly pending: number;
  readonly sparesLeft: number;
  /** Physical sectors that transfers have touched. */
  readonly accesses: number;
}

/**
 * What holds the sectors. Buffers are whole sectors and may be views of guest RAM: they must not be kept. A back end that
 * saves nothing holds its sectors on the host, where they are when the machine is restored.
 */
export interface BlockBackend extends Partial<Saved> {
  /** A multiple of 512. */
  readonly sizeBytes: number;
  readonly isReadOnly: boolean;
  /** Of a physical sector, which transfers should not share; 512 where left out. */
  readonly physicalBytes?: number;
  /** Throws an Error where the medium fails; the guest sees an I/O error. */
  read(sector: number, buffer: Uint8Array): void;
  write(sector: number, buffer: Uint8Array): void;
  flush(): void;
  /** Have `sectors` read as zeros; absent where writing zeros is the only way. */
  zero?(sector: number, sectors: number): void;
  /** A request begins: the transfers until the next one are its parts. */
  begin?(): void;
  /** How long it takes; absent where it takes what the host takes. */
  readonly service?: ServiceTime | undefined;
  /** What the disk says of its medium (SMART); absent where nothing is counted. */
  medium?(): MediumCounts | undefined;
  /** The power is gone: what only a volatile cache held is lost. */
  cut?(): void;
  /** The disk was taken out of the machine. */
  close?(): void;
}
