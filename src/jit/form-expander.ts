/** Generates `expand` of the interpreter's module: the 32-bit word of a compressed form, from the forms' own `expand` (isa/rvc.ts). */
import binaryen from 'binaryen';
import { decodeCompressed } from '../isa/decode.ts';
import type { CompressedInstruction } from '../isa/instruction.ts';
import { RVC } from '../isa/rvc.ts';
import { DECODER } from '../machine/decoder-layout.ts';
import { applyMoves, type BitMoves, bitMovesOf, emitMoves } from './bit-moves.ts';
import type { ExpressionRef } from './value.ts';

const { i32 } = binaryen;
const HALFWORDS = Array.from({ length: 65536 }, (_, halfword) => halfword);
const BUCKETS = 32;
/** Quadrant and funct3. */
const bucketOf = (halfword: number): number => (halfword & 3) | ((halfword >>> 11) & 0x1c);

interface Expansion {
  readonly moves: BitMoves;
  /** Where these bits are 0 the form is reserved; 0: nowhere. */
  readonly needed: number;
}

/** Throws where a form does more than to move bits. */
function expansionOf(form: CompressedInstruction, halfwords: readonly number[]): Expansion {
  const free = 0xffff & ~form.mask;
  const isReserved = (halfword: number): boolean => form.expand(halfword) === undefined;
  const bits = Array.from({ length: 16 }, (_, bit) => free & (1 << bit));
  const needed = isReserved(form.match)
    ? bits.filter((bit) => !isReserved(form.match | bit)).reduce((all, bit) => all | bit, 0)
    : 0;
  const moves = bitMovesOf(
    (halfword) => form.expand(halfword) ?? 0,
    free,
    form.match,
    (found) =>
      halfwords.every((halfword) => {
        if (needed !== 0 && (halfword & needed) === 0) return isReserved(halfword);
        return applyMoves(found, halfword) === ((form.expand(halfword) ?? 0) | 0);
      }),
  );
  if (moves === undefined) throw new Error(`${form.name} is not an arrangement of bits`);
  return { moves, needed };
}

/** Return the expansion if the halfword is of this form, and 0 where the machine does not have it or it is reserved. */
function emitForm(m: binaryen.Module, form: CompressedInstruction, expansion: Expansion) {
  const halfword = (): ExpressionRef => m.local.get(0, i32);
  const { moves, needed } = expansion;
  const isThere = m.i32.load8_u(DECODER.FORMS + RVC.indexOf(form), 1, m.i32.const(0));
  const isValid =
    needed === 0
      ? isThere
      : m.select(m.i32.and(halfword(), m.i32.const(needed)), isThere, m.i32.const(0));
  const result = m.if(isValid, emitMoves(m, moves, halfword), m.i32.const(0));
  const isForm = m.i32.eq(m.i32.and(halfword(), m.i32.const(form.mask)), m.i32.const(form.match));
  return m.if(isForm, m.return(result));
}

/** expand(halfword) -> word, or 0: JavaScript decides. */
export function addExpand(m: binaryen.Module): void {
  const halfwords = new Map<CompressedInstruction, number[]>(RVC.map((form) => [form, []]));
  for (const halfword of HALFWORDS) {
    const form = (halfword & 3) === 3 ? undefined : decodeCompressed(halfword);
    if (form) halfwords.get(form)?.push(halfword);
  }
  const labels = Array.from({ length: BUCKETS }, (_, bucket) => `bucket${bucket}`);
  const halfword = (): ExpressionRef => m.local.get(0, i32);
  const bucket = m.i32.or(
    m.i32.and(halfword(), m.i32.const(3)),
    m.i32.and(m.i32.shr_u(halfword(), m.i32.const(11)), m.i32.const(0x1c)),
  );
  let nest = m.switch(labels, 'none', bucket);
  for (const [number, label] of labels.entries()) {
    // The most specific first: a mask that contains another is the greater number.
    const forms = RVC.filter(({ match }) => bucketOf(match) === number).toSorted(
      (a, b) => b.mask - a.mask,
    );
    const tests = forms.map((form) =>
      emitForm(m, form, expansionOf(form, halfwords.get(form) ?? [])),
    );
    nest = m.block(null, [m.block(label, [nest]), ...tests, m.br('none')]);
  }
  m.addFunction(
    'expand',
    i32,
    i32,
    [],
    m.block(null, [m.block('none', [nest]), m.i32.const(0)], i32),
  );
}
