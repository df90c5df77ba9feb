import { describe, expect, it } from 'vitest';
import { Ehdr, Phdr, PT_INTERP, PT_LOAD } from '../abi/elf.ts';
import { ENOEXEC, errnoName, KernelError } from '../abi/errno.ts';
import { PROT_EXEC, PROT_READ } from '../abi/mman.ts';
import { type ElfImage, readElf } from './elf.ts';
import { parseScript } from './exec.ts';

type HeaderChange = Parameters<typeof Ehdr.encode>[0];
type SegmentChange = Parameters<typeof Phdr.encode>[0];

/** A program of one code segment at 0x10000, made from the spec's tables. */
function program(header: HeaderChange = {}, segments: SegmentChange[] = [{}]): Uint8Array {
  const bytes = new Uint8Array(4096);
  bytes.set(
    Ehdr.encode({
      e_ident: new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]),
      e_type: 2,
      e_machine: 243,
      e_entry: 0x10100,
      e_phoff: 64,
      e_phentsize: 56,
      e_phnum: segments.length,
      ...header,
    }),
  );
  segments.forEach((segment, i) => {
    const load = { p_type: PT_LOAD, p_flags: 5, p_vaddr: 0x10000, p_filesz: 4096, p_memsz: 4096 };
    bytes.set(Phdr.encode({ ...load, p_align: 4096, ...segment }), 64 + 56 * i);
  });
  return bytes;
}

function read(bytes: Uint8Array): ElfImage {
  return readElf((offset, length) => bytes.subarray(offset, offset + length));
}

function errorOf(bytes: Uint8Array): string {
  try {
    read(bytes);
  } catch (error) {
    if (error instanceof KernelError) return errnoName(error.errno);
    throw error;
  }
  return 'none';
}

describe('ELF reader', () => {
  it('finds entry, segments and the program headers in memory', () => {
    const image = read(program());
    expect(image.entry).toBe(0x10100);
    expect(image.headerAddress).toBe(0x10040);
    expect(image.segments).toEqual([
      {
        address: 0x10000,
        offset: 0,
        fileBytes: 4096,
        memoryBytes: 4096,
        protection: PROT_READ | PROT_EXEC,
      },
    ]);
    expect(image.interpreter).toBeUndefined();
  });

  it('reads the interpreter path', () => {
    const bytes = program({}, [{ p_type: PT_INTERP, p_offset: 512, p_filesz: 7 }, {}]);
    bytes.set(new TextEncoder().encode('/ld.so\0'), 512);
    expect(read(bytes).interpreter).toBe('/ld.so');
  });

  const broken: [string, Uint8Array][] = [
    ['magic', program({ e_ident: new Uint8Array([0x7f, 0x45, 0x4c, 0x47, 2, 1, 1]) })],
    ['32-bit', program({ e_ident: new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]) })],
    ['big-endian', program({ e_ident: new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 2, 2, 1]) })],
    ['x86-64', program({ e_machine: 62 })],
    ['relocatable file', program({ e_type: 1 })],
    ['size of program headers', program({ e_phentsize: 32 })],
    ['no program headers', program({ e_phnum: 0 })],
    ['headers behind the end', program({ e_phoff: 8192 })],
    ['nothing to load', program({}, [{ p_type: 7 }])],
    ['file larger than memory', program({}, [{ p_memsz: 16 }])],
    ['address and offset do not agree', program({}, [{ p_vaddr: 0x10010 }])],
    ['above user space', program({}, [{ p_vaddr: 2 ** 39 }])],
    ['interpreter path without end', program({}, [{ p_type: PT_INTERP, p_filesz: 4 }, {}])],
    ['cut off', program().subarray(0, 40)],
  ];
  it.each(broken)('refuses: %s', (_, bytes) => {
    expect(errorOf(bytes)).toBe(errnoName(ENOEXEC));
  });
});

describe('#! lines', () => {
  const cases: [string, string[] | undefined][] = [
    ['#!/bin/sh\necho', ['/bin/sh']],
    ['#!  /bin/sh  \n', ['/bin/sh']],
    ['#!/usr/bin/env -S a b c\n', ['/usr/bin/env', '-S a b c']],
    ['#!/bin/sh', ['/bin/sh']],
    ['#!\n', undefined],
    ['# /bin/sh\n', undefined],
    [`#!${'x'.repeat(254)}`, undefined],
  ];
  it.each(cases)('%j', (line, words) => {
    expect(parseScript(new TextEncoder().encode(line).subarray(0, 256))).toEqual(words);
  });
});
