/** Header of Linux's boot image: Documentation/arch/riscv/boot-image-header.rst. */

const HEADER_BYTES = 64;
const TEXT_OFFSET = 8;
const IMAGE_SIZE = 16;
const MAGIC_2 = 56;
/** "RSC\x05"; the older 64-bit magic at 48 is deprecated. */
const RISCV_MAGIC = 0x0543_5352;

export interface LinuxImage {
  /** Distance of the image from the start of RAM, in bytes. */
  readonly textOffset: number;
  /** Bytes in memory, .bss included; at least those of the file. */
  readonly memoryBytes: number;
}

/** Undefined where there is no such header, or none that can be true. */
export function linuxImage(bytes: Uint8Array): LinuxImage | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(MAGIC_2, true) !== RISCV_MAGIC) return undefined;
  const textOffset = Number(view.getBigUint64(TEXT_OFFSET, true));
  const memoryBytes = Number(view.getBigUint64(IMAGE_SIZE, true));
  return { textOffset, memoryBytes: Math.max(memoryBytes, bytes.length) };
}
