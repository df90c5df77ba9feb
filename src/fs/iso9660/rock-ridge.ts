/**
 * The System Use area of directory records: Rock Ridge's modes, owners, links, times and names. SUSP 1.12, RRIP 1.12.
 *
 *     entry   signature 2 bytes, length u8, version u8, data; numbers in both byte orders, the little one first
 */
import { EIO, fail } from '../../abi/errno.ts';
import { makeDevice } from '../../abi/stat.ts';
import { fromBytes } from '../../lib/bytes.ts';
import type { Timestamp } from '../inode.ts';
import { decodeTime } from './directory-record.ts';

const HEADER_BYTES = 4;
/** Continuation areas of one record: more are a loop. */
const MAX_CONTINUATIONS = 100;
const MAX_NAME = 255;
const MAX_TARGET = 4095;
/** Flags of a piece of a name or of a target. */
const CONTINUES = 1;
const CURRENT = 2;
const PARENT = 4;
const ROOT = 8;
/** Flags of the times that are there, in their order. */
const TIMES = ['created', 'mtime', 'atime', 'ctime', 'backup', 'expires', 'effective'] as const;
const LONG_TIMES = 128;

export interface RockRidge {
  name?: string;
  target?: string;
  mode?: number;
  links?: number;
  uid?: number;
  gid?: number;
  rdev?: number;
  mtime?: Timestamp;
  atime?: Timestamp;
  ctime?: Timestamp;
  created?: Timestamp;
  /** Where a directory is that was moved up; it stands elsewhere under the name of `isRelocated`. */
  child?: number;
  isRelocated?: boolean;
}

/** Reads bytes of a block: a continuation area. */
export type ReadArea = (block: number, offset: number, length: number) => Uint8Array;

/** How many bytes in front of the entries are somebody else's; undefined if the root's record says nothing of Rock Ridge. */
export function findSkip(systemUse: Uint8Array): number | undefined {
  const isThere =
    fromBytes(systemUse, 0, Math.min(2, systemUse.length)) === 'SP' &&
    systemUse[4] === 0xbe &&
    systemUse[5] === 0xef;
  return isThere ? systemUse[6] : undefined;
}

/** Seventeen characters: YYYYMMDDHHMMSScc, then quarters of an hour east of Greenwich. */
function decodeLongTime(bytes: Uint8Array, at: number): Timestamp {
  const digits = fromBytes(bytes, at, at + 16);
  const part = (from: number, length: number): number => Number(digits.slice(from, from + length));
  const local = Date.UTC(
    part(0, 4),
    part(4, 2) - 1,
    part(6, 2),
    part(8, 2),
    part(10, 2),
    part(12, 2),
  );
  const east = ((bytes[at + 16] as number) << 24) >> 24;
  const nanoseconds = part(14, 2) * 10_000_000;
  return Number.isFinite(local) && Number.isFinite(nanoseconds)
    ? { seconds: local / 1000 - east * 900, nanoseconds }
    : { seconds: 0, nanoseconds: 0 };
}

class Reader {
  readonly found: RockRidge = {};
  /** Of a target: the next piece belongs to the same name. */
  private isNameOpen = true;

  private times(data: Uint8Array): void {
    const flags = data[0] ?? 0;
    const isLong = (flags & LONG_TIMES) !== 0;
    const length = isLong ? 17 : 7;
    let at = 1;
    TIMES.forEach((which, bit) => {
      if ((flags & (1 << bit)) === 0 || at + length > data.length) return;
      const time = isLong ? decodeLongTime(data, at) : decodeTime(data, at);
      at += length;
      if (which === 'mtime' || which === 'atime' || which === 'ctime' || which === 'created')
        this.found[which] = time;
    });
  }

  private name(data: Uint8Array): void {
    const flags = data[0] ?? 0;
    if ((flags & (CURRENT | PARENT)) === 0)
      this.found.name = (this.found.name ?? '') + fromBytes(data, 1);
    if ((this.found.name?.length ?? 0) > MAX_NAME) throw fail(EIO, 'iso9660: name');
  }

  private target(data: Uint8Array): void {
    let target = this.found.target ?? '';
    for (let at = 1; at + 2 <= data.length; ) {
      const flags = data[at] as number;
      const end = at + 2 + (data[at + 1] as number);
      if (end > data.length) throw fail(EIO, 'iso9660: symbolic link');
      if (!this.isNameOpen && !target.endsWith('/')) target += '/';
      if ((flags & ROOT) !== 0) target = '/';
      else if ((flags & CURRENT) !== 0) target += '.';
      else if ((flags & PARENT) !== 0) target += '..';
      else target += fromBytes(data, at + 2, end);
      this.isNameOpen = (flags & CONTINUES) !== 0;
      at = end;
    }
    if (target.length > MAX_TARGET) throw fail(EIO, 'iso9660: symbolic link');
    this.found.target = target;
  }

  private device(high: number, low: number): number {
    return high === 0 && low > 0xff ? makeDevice(low >>> 8, low & 0xff) : makeDevice(high, low);
  }

  /** `data`: of the entry without its header. */
  entry(signature: string, data: Uint8Array): void {
    const { found } = this;
    const view = new DataView(data.buffer, data.byteOffset, data.length);
    const number = (index: number): number =>
      index * 8 + 4 <= data.length ? view.getUint32(index * 8, true) : 0;
    if (signature === 'PX') {
      found.mode = number(0) & 0xffff;
      found.links = number(1);
      found.uid = number(2);
      found.gid = number(3);
    } else if (signature === 'PN') found.rdev = this.device(number(0), number(1));
    else if (signature === 'NM') this.name(data);
    else if (signature === 'SL') this.target(data);
    else if (signature === 'TF') this.times(data);
    else if (signature === 'CL') found.child = number(0);
    else if (signature === 'RE') found.isRelocated = true;
  }
}

/** Everything that is said of a file, continuation areas included. Throws EIO. */
export function readRockRidge(systemUse: Uint8Array, skip: number, readArea: ReadArea): RockRidge {
  const reader = new Reader();
  let area: Uint8Array | undefined = systemUse.subarray(skip);
  for (let count = 0; area !== undefined; count++) {
    if (count > MAX_CONTINUATIONS) throw fail(EIO, 'iso9660: endless continuation');
    let next: Uint8Array | undefined;
    for (let at = 0; at + HEADER_BYTES <= area.length; ) {
      const length = area[at + 2] as number;
      if (length < HEADER_BYTES || at + length > area.length) break;
      const signature = fromBytes(area, at, at + 2);
      const data = area.subarray(at + HEADER_BYTES, at + length);
      if (signature === 'ST') break;
      if (signature === 'CE' && data.length >= 20) {
        const view = new DataView(data.buffer, data.byteOffset);
        const size = view.getUint32(16, true);
        next = readArea(view.getUint32(0, true), view.getUint32(8, true), size);
      } else reader.entry(signature, data);
      at += length;
    }
    area = next;
  }
  return reader.found;
}
