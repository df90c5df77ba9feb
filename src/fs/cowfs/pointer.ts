/**
 * A pointer to a block of 4096 bytes as it lies on the disk: perhaps compressed, in as many sectors as it needs.
 *
 *     sector u32, bytes u16 (stored), flags u16, checksum u32 (crc32c of what is stored, before encryption), epoch u32, count u32
 *     (when it was written: the nonce of its encryption, with the sector), 12 bytes of zeros
 */
export const BLOCK_BYTES = 4096;
export const SECTOR_BYTES = 512;
export const SECTORS_PER_BLOCK = BLOCK_BYTES / SECTOR_BYTES;
export const POINTER_BYTES = 32;
export const POINTERS_PER_NODE = BLOCK_BYTES / POINTER_BYTES;
export const COMPRESSED = 1;

export interface Pointer {
  readonly sector: number;
  readonly bytes: number;
  readonly flags: number;
  readonly checksum: number;
  readonly epoch: number;
  readonly count: number;
}

export function sectorsOf({ bytes }: Pointer): number {
  return Math.ceil(bytes / SECTOR_BYTES);
}

/** Undefined for a hole: all zeros. */
export function decodePointer(view: DataView, at: number): Pointer | undefined {
  const sector = view.getUint32(at, true);
  if (sector === 0) return undefined;
  return {
    sector,
    bytes: view.getUint16(at + 4, true),
    flags: view.getUint16(at + 6, true),
    checksum: view.getUint32(at + 8, true),
    epoch: view.getUint32(at + 12, true),
    count: view.getUint32(at + 16, true),
  };
}

export function encodePointer(view: DataView, at: number, pointer: Pointer | undefined): void {
  for (let i = 0; i < POINTER_BYTES; i += 4) view.setUint32(at + i, 0);
  if (pointer === undefined) return;
  view.setUint32(at, pointer.sector, true);
  view.setUint16(at + 4, pointer.bytes, true);
  view.setUint16(at + 6, pointer.flags, true);
  view.setUint32(at + 8, pointer.checksum, true);
  view.setUint32(at + 12, pointer.epoch, true);
  view.setUint32(at + 16, pointer.count, true);
}
