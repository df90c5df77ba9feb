/**
 * A test program for one hart: an image that runs at its base address, writes its results with write(1, …) and exits.
 * Any backend that executes instructions and serves these two system calls can run it; test/isa/README.md says how.
 */
import { disassemble } from '../../src/isa/disassemble.ts';

export interface IsaProgram {
  /** Address of image[0] and of the first instruction. Page-aligned, in RAM of a bare machine too. */
  readonly base: number;
  /** Code, constants and initial data; also all the memory that the program uses. */
  readonly image: Uint8Array;
  /** What the program will write, one field after the other. */
  readonly fields: readonly DumpField[];
}

/** A stretch of the dump and where its value comes from. */
export interface DumpField {
  readonly offset: number;
  readonly length: number;
  readonly describe: () => string;
}

/** Runs a program to its exit and returns what it wrote. */
export type RunProgram = (program: IsaProgram) => Uint8Array;

/** Numbers of the generic Linux system calls that programs make. */
export const WRITE = 64;
export const EXIT = 93;

/** ELF64 executable with one segment that may be read, written and executed: ELF specification, chapters 1 and 2. */
export function elfOf(program: IsaProgram): Buffer {
  const PAGE = 4096;
  const elf = Buffer.alloc(PAGE + program.image.length);
  elf.write('\x7fELF\x02\x01\x01', 'latin1');
  elf.writeUInt16LE(2, 16); // e_type ET_EXEC
  elf.writeUInt16LE(243, 18); // e_machine EM_RISCV
  elf.writeUInt32LE(1, 20); // e_version
  elf.writeBigUInt64LE(BigInt(program.base), 24); // e_entry
  elf.writeBigUInt64LE(64n, 32); // e_phoff
  elf.writeUInt32LE(5, 48); // e_flags: RVC, double-float ABI
  elf.writeUInt16LE(64, 52); // e_ehsize
  elf.writeUInt16LE(56, 54); // e_phentsize
  elf.writeUInt16LE(1, 56); // e_phnum
  elf.writeUInt32LE(1, 64); // p_type PT_LOAD
  elf.writeUInt32LE(7, 68); // p_flags RWX
  elf.writeBigUInt64LE(BigInt(PAGE), 72); // p_offset
  elf.writeBigUInt64LE(BigInt(program.base), 80); // p_vaddr
  elf.writeBigUInt64LE(BigInt(program.base), 88); // p_paddr
  elf.writeBigUInt64LE(BigInt(program.image.length), 96); // p_filesz
  elf.writeBigUInt64LE(BigInt(program.image.length), 104); // p_memsz
  elf.writeBigUInt64LE(BigInt(PAGE), 112); // p_align
  elf.set(program.image, PAGE);
  return elf;
}

/** The fields in which two dumps differ, in words; empty if there are none. */
export function differences(
  program: IsaProgram,
  expected: Uint8Array,
  actual: Uint8Array,
): string[] {
  if (expected.length !== actual.length) {
    return [`${actual.length} bytes written, not ${expected.length}`];
  }
  if (Buffer.compare(expected, actual) === 0) return [];
  const bytes = (dump: Uint8Array, { offset, length }: DumpField): string =>
    Buffer.from(dump.subarray(offset, offset + length))
      .reverse()
      .toString('hex');
  return program.fields
    .filter((field) => bytes(expected, field) !== bytes(actual, field))
    .map((field) => {
      const values = `${bytes(actual, field)}, expected ${bytes(expected, field)}`;
      return `${field.describe()}: ${values}`;
    });
}

/** Text of the instructions in image[start, end), one a line. */
export function listing(image: Uint8Array, base: number, start: number, end: number): string {
  const code = Buffer.from(image.buffer, image.byteOffset, image.byteLength);
  const lines: string[] = [];
  for (let offset = start; offset < end; ) {
    const low = code.readUInt16LE(offset);
    const high = offset + 4 <= end ? code.readUInt16LE(offset + 2) : 0;
    const pc = base + offset;
    lines.push(`${pc.toString(16)} ${disassemble(low, high, { pc, registers: 'numeric' })}`);
    offset += (low & 3) === 3 ? 4 : 2;
  }
  return lines.join('; ');
}
