/** Reading ELF-64 executables: System V ABI chapters 4 and 5; which of them Linux runs: fs/binfmt_elf.c. */
import {
  Ehdr,
  EM_RISCV,
  ET_DYN,
  ET_EXEC,
  PF_R,
  PF_W,
  PF_X,
  Phdr,
  PT_GNU_STACK,
  PT_INTERP,
  PT_LOAD,
  PT_PHDR,
} from '../abi/elf.ts';
import { EIO, ENOEXEC, fail } from '../abi/errno.ts';
import { PROT_EXEC, PROT_READ, PROT_WRITE } from '../abi/mman.ts';
import { PAGE_SIZE } from '../fs/page-frames.ts';
import { TASK_SIZE } from './arch/page-table.ts';

/** Where the bytes of a file come from. */
export type ReadAt = (offset: number, length: number) => Uint8Array;

export interface ElfSegment {
  readonly address: number;
  readonly offset: number;
  readonly fileBytes: number;
  readonly memoryBytes: number;
  /** PROT_*. */
  readonly protection: number;
}

export interface ElfImage {
  /** ET_DYN: addresses are relative to where it is loaded. */
  readonly isRelocatable: boolean;
  readonly entry: number;
  /** PT_LOAD in address order; never empty. */
  readonly segments: readonly ElfSegment[];
  /** Path of PT_INTERP. */
  readonly interpreter: string | undefined;
  readonly hasExecutableStack: boolean;
  /** Address of the program headers in memory, 0 when no segment holds them. */
  readonly headerAddress: number;
  readonly headerCount: number;
  /** Largest p_align of a segment. */
  readonly alignment: number;
}

const ELFCLASS64 = 2;
const ELFDATA2LSB = 1;
const MAX_HEADERS_BYTES = 65536;
const MAX_INTERPRETER_BYTES = 4096;

export function isElf(head: Uint8Array): boolean {
  return head[0] === 0x7f && head[1] === 0x45 && head[2] === 0x4c && head[3] === 0x46;
}

/** `error` is what a broken file gives: ENOEXEC for a program, ELIBBAD for an interpreter. */
export function readElf(read: ReadAt, error = ENOEXEC): ElfImage {
  const head = read(0, Ehdr.size);
  if (head.length < Ehdr.size || !isElf(head)) throw fail(error, 'not an ELF file');
  const header = Ehdr.decode(head);
  if (head[4] !== ELFCLASS64 || head[5] !== ELFDATA2LSB)
    throw fail(error, 'not a 64-bit little-endian file');
  if (header.e_machine !== EM_RISCV) throw fail(error, `program for machine ${header.e_machine}`);
  if (header.e_type !== ET_EXEC && header.e_type !== ET_DYN)
    throw fail(error, `ELF type ${header.e_type}`);
  const bytes = header.e_phnum * Phdr.size;
  if (header.e_phentsize !== Phdr.size || bytes === 0 || bytes > MAX_HEADERS_BYTES)
    throw fail(error, 'program headers');
  const table = read(header.e_phoff, bytes);
  if (table.length < bytes) throw fail(error, 'program headers are cut off');
  const headers = Array.from({ length: header.e_phnum }, (_, i) =>
    Phdr.decode(table, i * Phdr.size),
  );
  const segments = headers
    .filter((ph) => ph.p_type === PT_LOAD && ph.p_memsz > 0)
    .map((ph) => toSegment(ph, error));
  const [first] = segments;
  if (!first) throw fail(error, 'nothing to load');
  const stack = headers.find((ph) => ph.p_type === PT_GNU_STACK);
  const interpreter = headers.find((ph) => ph.p_type === PT_INTERP);
  return {
    isRelocatable: header.e_type === ET_DYN,
    entry: header.e_entry,
    segments,
    interpreter:
      interpreter && readInterpreter(read, interpreter.p_offset, interpreter.p_filesz, error),
    hasExecutableStack: stack !== undefined && (stack.p_flags & PF_X) !== 0,
    headerAddress: addressOfHeaders(
      headers.find((ph) => ph.p_type === PT_PHDR)?.p_vaddr,
      header.e_phoff,
      segments,
    ),
    headerCount: header.e_phnum,
    alignment: Math.max(
      PAGE_SIZE,
      ...headers.map((ph) => (ph.p_type === PT_LOAD ? ph.p_align : 0)),
    ),
  };
}

function toSegment(ph: ReturnType<typeof Phdr.decode>, error: number): ElfSegment {
  const isCongruent = ph.p_vaddr % PAGE_SIZE === ph.p_offset % PAGE_SIZE;
  if (!isCongruent || ph.p_filesz > ph.p_memsz || ph.p_vaddr + ph.p_memsz > TASK_SIZE)
    throw fail(error, 'segment');
  let protection = 0;
  if ((ph.p_flags & PF_R) !== 0) protection |= PROT_READ;
  if ((ph.p_flags & PF_W) !== 0) protection |= PROT_WRITE;
  if ((ph.p_flags & PF_X) !== 0) protection |= PROT_EXEC;
  return {
    address: ph.p_vaddr,
    offset: ph.p_offset,
    fileBytes: ph.p_filesz,
    memoryBytes: ph.p_memsz,
    protection,
  };
}

function readInterpreter(read: ReadAt, offset: number, length: number, error: number): string {
  if (length < 2 || length > MAX_INTERPRETER_BYTES)
    throw fail(error, 'length of the interpreter path');
  const bytes = read(offset, length);
  if (bytes.length < length) throw fail(EIO, 'interpreter path is cut off');
  if (bytes[length - 1] !== 0) throw fail(error, 'interpreter path is not terminated');
  return String.fromCharCode(...bytes.subarray(0, bytes.indexOf(0)));
}

function addressOfHeaders(
  stated: number | undefined,
  offset: number,
  segments: readonly ElfSegment[],
): number {
  if (stated !== undefined) return stated;
  const holder = segments.find(
    (segment) => offset >= segment.offset && offset < segment.offset + segment.fileBytes,
  );
  return holder ? holder.address + offset - holder.offset : 0;
}
