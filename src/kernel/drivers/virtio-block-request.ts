/** Kinds of requests to a virtio disk, and what it answers: virtio 1.2 section 5.2.6. */
import { EIO, ENOSPC, fail, type KernelError } from '../../abi/errno.ts';
import { PAGE_SIZE } from '../../fs/page-frames.ts';
import type { Request } from '../block/request.ts';
import type { Journal } from './disk.ts';
import type { Segment } from './virtqueue.ts';

const SECTOR_BYTES = 512;

export const T_IN = 0;
export const T_OUT = 1;
export const T_FLUSH = 4;
export const T_GET_ID = 8;
/** This machine's own: what the disk says of its medium. */
export const T_MEDIUM = 0x8000;
export const S_OK = 0;
export const S_IO_ERROR = 1;
/** This machine's own: the host has no room for what was written. */
const S_NO_SPACE = 0xe0;
/** As the block layer of Linux calls them: req_op. */
const OPERATIONS: Readonly<Record<number, string>> = {
  [T_IN]: '0x0:(READ)',
  [T_OUT]: '0x1:(WRITE)',
  [T_FLUSH]: '0x2:(FLUSH)',
  [T_GET_ID]: '0x22:(DRV_IN)',
};
/** How often a request that failed is tried again before it is an error. */
const RETRIES = 3;
/** Levels of syslog(2). */
const LOG_ERROR = 3;
const LOG_WARNING = 4;

export function typeOf({ isFlush, isWrite }: Request): number {
  if (isFlush) return T_FLUSH;
  return isWrite ? T_OUT : T_IN;
}

interface Attempt {
  readonly disk: string;
  readonly type: number;
  readonly sector: number;
  /** Those before. */
  readonly attempts: number;
}

/** What a status means, which is told in the log: EIO, ENOSPC, or that it is to be tried again. */
export function failureOf(
  status: number,
  { disk, type, sector, attempts }: Attempt,
  journal: Journal,
): KernelError | 'again' | undefined {
  if (status === S_OK) return undefined;
  const where = `dev ${disk}, sector ${sector} op ${OPERATIONS[type]}`;
  if (status === S_NO_SPACE) {
    journal.print(`critical space allocation error, ${where}`, LOG_ERROR);
    return fail(ENOSPC, 'the host has no room for the disk');
  }
  if (attempts >= RETRIES) {
    journal.print(`I/O error, ${where}: given up`, LOG_ERROR);
    return fail(EIO, 'disk request failed');
  }
  const count = `attempt ${attempts + 1} of ${RETRIES + 1}`;
  journal.print(`I/O error, ${where}: ${count}`, LOG_WARNING);
  return 'again';
}

/** Counters of the medium, as SMART has them. */
export interface MediumReport {
  readonly corrected: number;
  readonly uncorrectable: number;
  readonly reallocated: number;
  readonly pending: number;
  readonly sparesLeft: number;
  /** Physical sectors that transfers have touched. */
  readonly accesses: number;
}

export function mediumReport(words: Uint32Array): MediumReport {
  const [
    corrected = 0,
    uncorrectable = 0,
    reallocated = 0,
    pending = 0,
    sparesLeft = 0,
    accesses = 0,
  ] = words;
  return { corrected, uncorrectable, reallocated, pending, sparesLeft, accesses };
}

/** Frames that hold `bytes`; those that lie one behind the other are one segment. */
export function segmentsOf(
  frames: readonly number[],
  bytes: number,
  isDeviceWritten: boolean,
): Segment[] {
  const segments: { address: number; length: number; isDeviceWritten: boolean }[] = [];
  let left = bytes;
  for (const address of frames) {
    const length = Math.min(PAGE_SIZE, left);
    left -= length;
    const last = segments.at(-1);
    if (last !== undefined && address === last.address + last.length) last.length += length;
    else segments.push({ address, length, isDeviceWritten });
  }
  return segments;
}

/** Whole frames in requests of at most `most` each; `sectorAt` counts from the first frame. */
export function batchesOf(
  frames: readonly number[],
  most: number,
  transfer: (frames: readonly number[], sectorAt: number) => void,
): void {
  for (let i = 0; i < frames.length; i += most)
    transfer(frames.slice(i, i + most), (i * PAGE_SIZE) / SECTOR_BYTES);
}

/** vda to vdz, vdaa, vdab and so on, as Linux counts. */
export function diskName(index: number): string {
  let letters = '';
  for (let rest = index; rest >= 0; rest = Math.floor(rest / 26) - 1)
    letters = String.fromCharCode(97 + (rest % 26)) + letters;
  return `vd${letters}`;
}
