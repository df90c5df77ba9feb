/** ELF programs for the bare machine: System V gABI, chapters 4 and 5; RISC-V ELF psABI, section 8. */
import { ImageError } from './image-error.ts';

/** Bytes at a physical address, followed by zeros up to `memoryBytes`. */
export interface Segment {
  readonly address: number;
  readonly bytes: Uint8Array;
  readonly memoryBytes: number;
}

export interface Program {
  /** Physical address of the first instruction. */
  readonly entry: number;
  /** At least one, by rising address. */
  readonly segments: readonly Segment[];
  /** It finds out by itself where it is (ET_DYN): its addresses are relative to any place. */
  readonly isRelocatable?: boolean;
}

const HEADER = {
  CLASS: 4,
  DATA: 5,
  TYPE: 16,
  MACHINE: 18,
  ENTRY: 24,
  PROGRAM_HEADERS: 32,
  PROGRAM_HEADER_BYTES: 54,
  PROGRAM_HEADER_COUNT: 56,
  BYTES: 64,
} as const;
const PROGRAM_HEADER = {
  TYPE: 0,
  OFFSET: 8,
  VIRTUAL: 16,
  PHYSICAL: 24,
  FILE_BYTES: 32,
  MEMORY_BYTES: 40,
  BYTES: 56,
} as const;
const MAGIC = 0x7f454c46;
const CLASS_64 = 2;
const LITTLE_ENDIAN = 1;
const EM_RISCV = 243;
const PT_LOAD = 1;
const ET_DYN = 3;

export function isElf(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && viewOf(bytes).getUint32(0) === MAGIC;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A 64-bit field. No address, offset or size that can be used lies above 2^53. */
function wide(view: DataView, at: number, name: string, what: string): number {
  const value = view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
  if (!Number.isSafeInteger(value)) {
    throw new ImageError(`${name}: its ${what} is 0x${value.toString(16)}: the file is damaged`);
  }
  return value;
}

function checkHeader(view: DataView, name: string): void {
  if (view.byteLength < HEADER.BYTES) {
    throw new ImageError(`${name}: the ELF file ends within its header`);
  }
  if (
    view.getUint8(HEADER.DATA) !== LITTLE_ENDIAN ||
    view.getUint16(HEADER.MACHINE, true) !== EM_RISCV
  ) {
    throw new ImageError(
      `${name} is a program for another processor; the machine is 64-bit RISC-V`,
    );
  }
  if (view.getUint8(HEADER.CLASS) !== CLASS_64) {
    throw new ImageError(`${name} is a program for 32-bit RISC-V; the machine is rv64`);
  }
  if (view.getUint16(HEADER.PROGRAM_HEADER_BYTES, true) !== PROGRAM_HEADER.BYTES) {
    throw new ImageError(`${name}: its ELF program headers have a wrong size: is it linked?`);
  }
}

function segmentAt(bytes: Uint8Array, view: DataView, at: number, name: string): Segment {
  const offset = wide(view, at + PROGRAM_HEADER.OFFSET, name, 'segment offset');
  const address = wide(view, at + PROGRAM_HEADER.PHYSICAL, name, 'segment address');
  const fileBytes = wide(view, at + PROGRAM_HEADER.FILE_BYTES, name, 'segment size');
  const memoryBytes = wide(view, at + PROGRAM_HEADER.MEMORY_BYTES, name, 'segment size');
  if (offset + fileBytes > bytes.length) {
    throw new ImageError(`${name}: the ELF file ends within a segment: it is cut off`);
  }
  if (memoryBytes < fileBytes) {
    throw new ImageError(`${name}: a segment is larger in the file than in memory: it is damaged`);
  }
  return { address, bytes: bytes.subarray(offset, offset + fileBytes), memoryBytes };
}

/**
 * The loadable segments at their physical addresses. The entry, which linkers give as a virtual address, is mapped through
 * the segment that it lies in. Throws ImageError.
 */
export function parseElf(bytes: Uint8Array, name: string): Program {
  const view = viewOf(bytes);
  checkHeader(view, name);
  const table = wide(view, HEADER.PROGRAM_HEADERS, name, 'program header offset');
  const count = view.getUint16(HEADER.PROGRAM_HEADER_COUNT, true);
  if (table + count * PROGRAM_HEADER.BYTES > bytes.length) {
    throw new ImageError(`${name}: the ELF file ends within its program headers: it is cut off`);
  }
  const virtualEntry = view.getBigUint64(HEADER.ENTRY, true);
  const segments: Segment[] = [];
  let entry: number | undefined;
  for (let index = 0; index < count; index++) {
    const at = table + index * PROGRAM_HEADER.BYTES;
    if (view.getUint32(at + PROGRAM_HEADER.TYPE, true) !== PT_LOAD) continue;
    const segment = segmentAt(bytes, view, at, name);
    if (segment.memoryBytes === 0) continue;
    segments.push(segment);
    // Kernels are linked at the top of the address space, where a number is not exact.
    const distance = virtualEntry - view.getBigUint64(at + PROGRAM_HEADER.VIRTUAL, true);
    if (distance >= 0n && distance < BigInt(segment.memoryBytes)) {
      entry ??= segment.address + Number(distance);
    }
  }
  if (segments.length === 0) {
    throw new ImageError(
      `${name}: the ELF file has nothing to load: is it an object file? Link it`,
    );
  }
  if (entry === undefined) {
    throw new ImageError(
      `${name}: its entry 0x${virtualEntry.toString(16)} lies in none of its segments`,
    );
  }
  return {
    entry,
    segments: segments.toSorted((a, b) => a.address - b.address),
    isRelocatable: view.getUint16(HEADER.TYPE, true) === ET_DYN,
  };
}
