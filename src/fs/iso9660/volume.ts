/** The descriptors of a volume: primary, and supplementary (Joliet). ECMA-119, sections 8.4 and 8.5; Joliet Specification 1.0. */
import { EINVAL, EIO, fail } from '../../abi/errno.ts';
import type { BlockDevice } from '../block-device.ts';

export const ISO9660_MAGIC = 0x9660;
const DESCRIPTOR_BYTES = 2048;
const FIRST_DESCRIPTOR = 16;
const MAX_DESCRIPTORS = 100;
const PRIMARY = 1;
const SUPPLEMENTARY = 2;
const END = 255;
const IDENTIFIER = 'CD001';
const VOLUME_BLOCKS = 80;
const ESCAPES = 88;
const BLOCK_BYTES = 128;
const ROOT_RECORD = 156;
const ROOT_RECORD_BYTES = 34;
/** Which characters the names of a Joliet volume are in: UCS-2 of level 1, 2, 3. */
const JOLIET_ESCAPES = ['%/@', '%/C', '%/E'];

export interface Volume {
  readonly blockBytes: number;
  readonly blocks: number;
  /** The directory record of the root. */
  readonly root: Uint8Array;
  readonly isJoliet: boolean;
}

export interface Volumes {
  readonly primary: Volume;
  readonly joliet: Volume | undefined;
}

/** `length` bytes of the disk from `offset` on. Throws EIO beyond its end. */
export function readBytes(disk: BlockDevice, offset: number, length: number): Uint8Array {
  const first = Math.floor(offset / 512);
  const end = Math.ceil((offset + length) / 512);
  if (end > disk.sectors) throw fail(EIO, 'iso9660: beyond the end of the device');
  const bytes = new Uint8Array((end - first) * 512);
  if (bytes.length > 0) disk.read(first, bytes);
  return bytes.subarray(offset - first * 512, offset - first * 512 + length);
}

function text(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}

function decodeVolume(bytes: Uint8Array, isJoliet: boolean, disk: BlockDevice): Volume {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const blockBytes = view.getUint16(BLOCK_BYTES, true);
  const blocks = view.getUint32(VOLUME_BLOCKS, true);
  if (![512, 1024, 2048].includes(blockBytes) || blocks === 0)
    throw fail(EINVAL, `iso9660: ${blocks} blocks of ${blockBytes} bytes on ${disk.name}`);
  const root = bytes.slice(ROOT_RECORD, ROOT_RECORD + ROOT_RECORD_BYTES);
  return { blockBytes, blocks, root, isJoliet };
}

/** Throws EINVAL for what is no ISO 9660, EIO. */
export function readVolumes(disk: BlockDevice): Volumes {
  let primary: Volume | undefined;
  let joliet: Volume | undefined;
  for (let i = 0; i < MAX_DESCRIPTORS; i++) {
    const offset = (FIRST_DESCRIPTOR + i) * DESCRIPTOR_BYTES;
    if (offset + DESCRIPTOR_BYTES > disk.sectors * 512) break;
    const bytes = readBytes(disk, offset, DESCRIPTOR_BYTES);
    if (text(bytes, 1, 5) !== IDENTIFIER || bytes[0] === END) break;
    if (bytes[0] === PRIMARY) primary ??= decodeVolume(bytes, false, disk);
    if (bytes[0] === SUPPLEMENTARY && JOLIET_ESCAPES.includes(text(bytes, ESCAPES, 3)))
      joliet ??= decodeVolume(bytes, true, disk);
  }
  if (primary === undefined) throw fail(EINVAL, 'no ISO 9660 volume');
  return { primary, joliet };
}
