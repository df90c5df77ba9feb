/**
 * crc32c (Castagnoli) and crc16 as ext4 and JBD2 use them: the seed is handed in, and nothing is inverted at either end.
 * Linux: lib/crc32.c, lib/crc16.c. The tables are made at the first use: ext2 never asks.
 */

/** Reversed polynomials. */
const CASTAGNOLI = 0x82f6_3b78;
const CRC16 = 0xa001;
/** Bytes taken at a time: one table of 256 for each. */
const SLICES = 8;

let tables: Uint32Array | undefined;
let table16: Uint16Array | undefined;

function makeTables(): Uint32Array {
  const made = new Uint32Array(256 * SLICES);
  for (let i = 0; i < 256 * SLICES; i++) {
    let crc = i < 256 ? i : (made[i - 256] as number);
    if (i < 256) for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (-(crc & 1) & CASTAGNOLI);
    else crc = (crc >>> 8) ^ (made[crc & 0xff] as number);
    made[i] = crc;
  }
  return made;
}

export function crc32c(seed: number, bytes: Uint8Array, from = 0, to = bytes.length): number {
  tables ??= makeTables();
  const t = tables;
  let crc = seed;
  let at = from;
  for (; at + SLICES <= to; at += SLICES) {
    crc =
      (t[1792 + ((crc ^ (bytes[at] as number)) & 0xff)] as number) ^
      (t[1536 + (((crc >>> 8) ^ (bytes[at + 1] as number)) & 0xff)] as number) ^
      (t[1280 + (((crc >>> 16) ^ (bytes[at + 2] as number)) & 0xff)] as number) ^
      (t[1024 + (((crc >>> 24) ^ (bytes[at + 3] as number)) & 0xff)] as number) ^
      (t[768 + (bytes[at + 4] as number)] as number) ^
      (t[512 + (bytes[at + 5] as number)] as number) ^
      (t[256 + (bytes[at + 6] as number)] as number) ^
      (t[bytes[at + 7] as number] as number);
  }
  for (; at < to; at++) {
    crc = (crc >>> 8) ^ (t[(crc ^ (bytes[at] as number)) & 0xff] as number);
  }
  return crc >>> 0;
}

/** Over `value` as four little-endian bytes. */
export function crc32cOfWord(seed: number, value: number): number {
  tables ??= makeTables();
  const t = tables;
  const crc = seed ^ value;
  return (
    ((t[768 + (crc & 0xff)] as number) ^
      (t[512 + ((crc >>> 8) & 0xff)] as number) ^
      (t[256 + ((crc >>> 16) & 0xff)] as number) ^
      (t[crc >>> 24] as number)) >>>
    0
  );
}

/** Over `count` zeros: where a checksum's own field lies. */
export function crc32cOfZeros(seed: number, count: number): number {
  tables ??= makeTables();
  let crc = seed;
  for (let i = 0; i < count; i++) crc = (crc >>> 8) ^ (tables[crc & 0xff] as number);
  return crc >>> 0;
}

export function crc16(seed: number, bytes: Uint8Array, from = 0, to = bytes.length): number {
  if (table16 === undefined) {
    table16 = new Uint16Array(256);
    for (let i = 0; i < 256; i++) {
      let crc = i;
      for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (-(crc & 1) & CRC16);
      table16[i] = crc;
    }
  }
  let crc = seed & 0xffff;
  for (let at = from; at < to; at++) {
    crc = (crc >>> 8) ^ (table16[(crc ^ (bytes[at] as number)) & 0xff] as number);
  }
  return crc;
}
