/** Compressed boot files: plain gzip and zstd, and Linux's EFI zboot images, which carry their kernel compressed. */
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { ImageError } from '../boot/image-error.ts';

interface Format {
  readonly name: string;
  readonly magic: readonly number[];
  /** Absent where Node has none. */
  readonly expand?:
    | ((bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array)
    | undefined;
}

/** Node's zlib, which takes a millisecond to load, is asked for when it is needed. */
const FORMATS: readonly Format[] = [
  {
    name: 'gzip',
    magic: [0x1f, 0x8b],
    get expand() {
      return gunzipSync;
    },
  },
  // Node has it from 22.15 on.
  {
    name: 'zstd',
    magic: [0x28, 0xb5, 0x2f, 0xfd],
    get expand() {
      return typeof zstdDecompressSync === 'function' ? zstdDecompressSync : undefined;
    },
  },
  { name: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] },
  { name: 'bzip2', magic: [0x42, 0x5a, 0x68] },
  { name: 'lz4', magic: [0x04, 0x22, 0x4d, 0x18] },
  { name: 'lz4', magic: [0x02, 0x21, 0x4c, 0x18] },
  { name: 'lzma', magic: [0x5d, 0x00, 0x00] },
];

/** Linux's drivers/firmware/efi/libstub/zboot-header.S: "MZ", two bytes, "zimg", offset and size of the payload. */
const ZBOOT = { MAGIC: 4, OFFSET: 8, SIZE: 12, HEADER_BYTES: 64 } as const;
const DOS_MAGIC = 0x5a4d;
const ZIMG = 0x676d_697a;

function zbootPayload(bytes: Uint8Array, name: string): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isZboot =
    bytes.length >= ZBOOT.HEADER_BYTES &&
    view.getUint16(0, true) === DOS_MAGIC &&
    view.getUint32(ZBOOT.MAGIC, true) === ZIMG;
  if (!isZboot) return bytes;
  const offset = view.getUint32(ZBOOT.OFFSET, true);
  const size = view.getUint32(ZBOOT.SIZE, true);
  if (offset + size > bytes.length) {
    throw new ImageError(`${name}: the EFI image ends within its compressed kernel: it is cut off`);
  }
  return bytes.subarray(offset, offset + size);
}

/**
 * The file itself, or what is compressed in it; at most `limit` bytes of that. Throws ImageError for damaged and too large
 * ones, and for formats that Node cannot expand.
 */
export function decompress(bytes: Uint8Array, name: string, limit: number): Uint8Array {
  const payload = zbootPayload(bytes, name);
  const format = FORMATS.find(({ magic }) => magic.every((byte, at) => payload[at] === byte));
  if (!format) {
    if (payload === bytes) return bytes;
    throw new ImageError(`${name}: its kernel is compressed in a way that is not known here`);
  }
  if (!format.expand) {
    throw new ImageError(
      `${name} is compressed with ${format.name}, which this Node cannot expand: expand it first`,
    );
  }
  try {
    return format.expand(payload, { maxOutputLength: limit });
  } catch (cause) {
    const isTooLarge = (cause as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE';
    const reason = isTooLarge
      ? 'expands to more than the memory of the machine: give it more with --memory'
      : `is damaged: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new ImageError(`${name}: the ${format.name} data ${reason}`, { cause });
  }
}
