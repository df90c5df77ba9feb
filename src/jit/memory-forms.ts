/** Wasm forms of guest memory accesses: TLB look-up, sized loads and stores, atomic read-modify-write. See JIT.md. */
import type binaryen from 'binaryen';
import type { AccessSize, AmoOperation, AmoSize } from '../isa/ops.ts';
import { JUMP_CACHE, TLB } from '../machine/hart-layout.ts';
import type { ExpressionRef } from './value.ts';

type Module = binaryen.Module;

const PAGE_BYTES = 4096;

/** Where the tables of a bank begin, from HART.TLB_READ on (machine/tlb.ts). */
export const TLB_TABLE = { read: 0, write: TLB.BANK_BYTES } as const;

/** Byte offset of the entry of virtual address `va` (i64) in a TLB bank. */
export function tlbOffset(module: Module, va: ExpressionRef): ExpressionRef {
  const { i32 } = module;
  const mask = (TLB.ENTRIES - 1) * TLB.ENTRY_BYTES;
  return i32.and(i32.shr_u(i32.wrap(va), i32.const(8)), i32.const(mask));
}

/**
 * Byte offset of the entry of `pc` (i64) in a jump cache. Equal offsets in neighbouring pages must not meet, so higher bits of the
 * address permute the entries of a page; they stay in the page's part of the cache, which TranslationBanks clears.
 */
export function jumpCacheOffset(module: Module, pc: () => ExpressionRef): ExpressionRef {
  const { i32 } = module;
  const { ENTRIES, ENTRY_BYTES } = JUMP_CACHE;
  const permuted = i32.xor(i32.wrap(pc()), i32.shr_u(i32.wrap(pc()), i32.const(12)));
  return i32.and(i32.shl(permuted, i32.const(3)), i32.const((ENTRIES - 1) * ENTRY_BYTES));
}

/**
 * 1 where the `size` bytes at `va` do not lie in the page of TLB entry `entry`, which is in a table `table` bytes behind the one that
 * `entry` points into: one comparison tests page and size. The tag is loaded on the left, so that V8 loads it once (JIT.md).
 */
export function tlbMisses(
  module: Module,
  entry: ExpressionRef,
  va: ExpressionRef,
  size: number,
  table = 0,
): ExpressionRef {
  const { i64 } = module;
  const offset = i64.xor(i64.load(table + TLB.TAG, 8, entry), va);
  return i64.gt_u(offset, i64.const(PAGE_BYTES - size));
}

export function tlbHost(
  module: Module,
  entry: ExpressionRef,
  va: ExpressionRef,
  table = 0,
): ExpressionRef {
  const { i32 } = module;
  return i32.add(i32.wrap(va), i32.load(table + TLB.ADDEND, 4, entry));
}

/** Load `offset` bytes behind a host address, extended to i64. */
export function loadSized(
  module: Module,
  size: AccessSize,
  signed: boolean,
  address: ExpressionRef,
  offset = 0,
): ExpressionRef {
  const { i64 } = module;
  if (size === 8) return i64.load(offset, 1, address);
  if (size === 4) return (signed ? i64.load32_s : i64.load32_u)(offset, 1, address);
  if (size === 2) return (signed ? i64.load16_s : i64.load16_u)(offset, 1, address);
  return (signed ? i64.load8_s : i64.load8_u)(offset, 1, address);
}

export function storeSized(
  module: Module,
  size: AccessSize,
  address: ExpressionRef,
  value: ExpressionRef,
  offset = 0,
): ExpressionRef {
  const { i64 } = module;
  if (size === 8) return i64.store(offset, 1, address, value);
  if (size === 4) return i64.store32(offset, 1, address, value);
  return (size === 2 ? i64.store16 : i64.store8)(offset, 1, address, value);
}

const RMW = {
  swap: 'xchg',
  add: 'add',
  xor: 'xor',
  and: 'and',
  or: 'or',
} as const;

function atomicsOf({ i64 }: Module, size: AmoSize) {
  const { rmw, rmw8_u, rmw16_u, rmw32_u } = i64.atomic;
  return { 1: rmw8_u, 2: rmw16_u, 4: rmw32_u, 8: rmw }[size];
}

/** Old value (narrow ones zero-extended) of an operation that wasm has; undefined for minimum and maximum. */
export function atomicReadModifyWrite(
  module: Module,
  operation: AmoOperation,
  size: AmoSize,
  address: ExpressionRef,
  value: ExpressionRef,
): ExpressionRef | undefined {
  if (operation === 'min' || operation === 'max' || operation === 'minu' || operation === 'maxu')
    return undefined;
  return atomicsOf(module, size)[RMW[operation]](0, address, value);
}

/** Compare and exchange; yields the old value, narrow ones zero-extended, as `expected` and `replacement` must be. */
export function compareExchange(
  module: Module,
  size: AmoSize,
  address: ExpressionRef,
  expected: ExpressionRef,
  replacement: ExpressionRef,
): ExpressionRef {
  return atomicsOf(module, size).cmpxchg(0, address, expected, replacement);
}
