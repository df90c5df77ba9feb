/**
 * The first stack of a program: System V ABI, "Process Initialization"; auxiliary vector in Linux's order
 * (fs/binfmt_elf.c, create_elf_tables).
 *
 *   top   8 zero bytes, path of the executable, environment strings, argument strings
 *         16 random bytes
 *         auxv pairs, ending in AT_NULL
 *         envp pointers, NULL
 *         argv pointers, NULL
 *   sp    argc                                            16-byte aligned
 */
import * as auxv from '../abi/auxv.ts';
import { Phdr } from '../abi/elf.ts';
import { E2BIG, fail } from '../abi/errno.ts';
import { USER_HZ } from '../abi/time.ts';
import { PAGE_SIZE } from '../fs/page-frames.ts';
import { toBytes } from '../lib/bytes.ts';
import type { Credentials } from './credentials.ts';
import type { AddressSpace } from './mm/address-space.ts';
import { RSEQ_ALIGNMENT, RSEQ_FEATURE_BYTES } from './rseq.ts';

/** One string, its NUL included: MAX_ARG_STRLEN. */
export const MAX_STRING_BYTES = 32 * PAGE_SIZE;
const POINTER_BYTES = 8;
const RANDOM_BYTES = 16;

export interface ProgramStart {
  readonly path: string;
  readonly arguments: readonly string[];
  readonly environment: readonly string[];
  readonly credentials: Credentials;
  readonly isSecure: boolean;
  readonly entry: number;
  /** Address of the interpreter; 0 when there is none. */
  readonly interpreterBase: number;
  readonly headerAddress: number;
  readonly headerCount: number;
  /** Bytes that are left free below `top`. */
  readonly stackShift: number;
  readonly vdso: number;
  /** AT_HWCAP. */
  readonly hwcap: number;
  readonly minimumSignalStack: number;
}

/** Throws E2BIG unless all strings and pointers fit `limitBytes`. */
export function checkArguments(
  start: Pick<ProgramStart, 'arguments' | 'environment'>,
  limitBytes: number,
): void {
  let total = 0;
  for (const text of [...start.arguments, ...start.environment]) {
    if (text.length + 1 > MAX_STRING_BYTES) throw fail(E2BIG, 'one string is too long');
    total += text.length + 1 + POINTER_BYTES;
  }
  if (total > limitBytes) throw fail(E2BIG, `${total} bytes of arguments and environment`);
}

/** Write the stack below `top` and note its parts in space.layout; returns sp. */
export function buildStack(space: AddressSpace, top: number, start: ProgramStart): number {
  const { layout, memory } = space;
  let sp = top - POINTER_BYTES;
  const push = (bytes: Uint8Array): number => {
    sp -= bytes.length;
    memory.writeBytes(sp, bytes);
    return sp;
  };
  const executable = push(toBytes(`${start.path}\0`));
  layout.environmentEnd = sp;
  const environment = pushStrings(push, start.environment);
  layout.environmentStart = sp;
  layout.argumentEnd = sp;
  const argumentAddresses = pushStrings(push, start.arguments);
  layout.argumentStart = sp;
  sp -= start.stackShift;
  sp -= sp % 16;
  const random = push(space.kernel.random(RANDOM_BYTES));
  const vector = auxiliaryVector(start, executable, random);
  const values = [argumentAddresses.length].concat(argumentAddresses, 0, environment, 0);
  for (const [tag, value] of vector) values.push(tag, value);
  const words = toWords(values);
  sp -= words.length;
  sp -= sp % 16;
  memory.writeBytes(sp, words);
  layout.auxv = words.slice(words.length - 2 * vector.length * POINTER_BYTES);
  layout.startStack = sp;
  return sp;
}

/** All strings as one write, the first lowest; returns their addresses. */
function pushStrings(push: (bytes: Uint8Array) => number, strings: readonly string[]): number[] {
  if (strings.length === 0) return [];
  let at = push(toBytes(`${strings.join('\0')}\0`));
  return strings.map((text) => {
    const address = at;
    at += text.length + 1;
    return address;
  });
}

/** AT_L1I_CACHESIZE to AT_L3_CACHEGEOMETRY, of four caches: what Linux says where the device tree tells of none. */
const CACHES: readonly (readonly [number, number])[] = [40, 41, 42, 43, 44, 45, 46, 47].map(
  (tag) => [tag, 0],
);

function auxiliaryVector(
  start: ProgramStart,
  executable: number,
  random: number,
): (readonly [number, number])[] {
  const { credentials } = start;
  return [
    [auxv.AT_SYSINFO_EHDR, start.vdso],
    ...CACHES,
    [auxv.AT_MINSIGSTKSZ, start.minimumSignalStack],
    [auxv.AT_HWCAP, start.hwcap],
    [auxv.AT_PAGESZ, PAGE_SIZE],
    [auxv.AT_CLKTCK, USER_HZ],
    [auxv.AT_PHDR, start.headerAddress],
    [auxv.AT_PHENT, Phdr.size],
    [auxv.AT_PHNUM, start.headerCount],
    [auxv.AT_BASE, start.interpreterBase],
    [auxv.AT_FLAGS, 0],
    [auxv.AT_ENTRY, start.entry],
    [auxv.AT_UID, credentials.ruid],
    [auxv.AT_EUID, credentials.euid],
    [auxv.AT_GID, credentials.rgid],
    [auxv.AT_EGID, credentials.egid],
    [auxv.AT_SECURE, start.isSecure ? 1 : 0],
    [auxv.AT_RANDOM, random],
    [auxv.AT_EXECFN, executable],
    [auxv.AT_RSEQ_FEATURE_SIZE, RSEQ_FEATURE_BYTES],
    [auxv.AT_RSEQ_ALIGN, RSEQ_ALIGNMENT],
    [auxv.AT_NULL, 0],
  ];
}

/** 64-bit little-endian words of non-negative numbers. */
function toWords(values: readonly number[]): Uint8Array {
  const words = new Uint32Array(values.length * 2);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    words[2 * i] = value;
    words[2 * i + 1] = Math.floor(value / 0x1_0000_0000);
  }
  return new Uint8Array(words.buffer);
}
