/** Locals and labels of the interpreter's one function, and readable access to them. */
import binaryen from 'binaryen';
import type { Exit } from '../machine/engine.ts';
import { RECORD, SIDE_OFFSET } from '../machine/record-layout.ts';
import { BranchHints } from './branch-hints.ts';
import { Locals } from './temporaries.ts';
import type { ExpressionRef } from './value.ts';

/** The fixed locals after parameter 0, in order. */
const VARIABLES = [
  /** The record being executed. */
  ['r', binaryen.i32],
  ['operation', binaryen.i32],
  /** The current record page, and the page of RAM that it stands for. */
  ['page', binaryen.i32],
  ['code', binaryen.i32],
  /** Instructions that may still retire; instret is total - budget. */
  ['budget', binaryen.i32],
  ['t', binaryen.i32],
  ['entry', binaryen.i32],
  /** Not 0: a CSR was written in this instruction, or a device wants attention. */
  ['system', binaryen.i32],
  ['side', binaryen.i32],
  /** 1: the next block entry must be interpreted; an address: the region at this record is passed over once. */
  ['bypass', binaryen.i32],
  ['total', binaryen.i64],
  /** Virtual address of a record is pcBase + (r >>> 3). */
  ['pcBase', binaryen.i64],
  /** Target of a jump that leaves the page, or result of an exit. */
  ['pc', binaryen.i64],
] as const;

type Name = 'hart' | (typeof VARIABLES)[number][0];

export const LOCAL: Readonly<Record<Name, number>> = {
  hart: 0,
  ...(Object.fromEntries(VARIABLES.map(([name], index) => [name, index + 1])) as Record<
    (typeof VARIABLES)[number][0],
    number
  >),
};

/** For the emitter of `run`. */
export function runLocals(): Locals {
  const locals = new Locals(1);
  for (const [, type] of VARIABLES) locals.fixed(type);
  return locals;
}

export const LABEL = {
  /** Execute $operation with the operands at $r, and count it. */
  NEXT: 'next',
  /** A taken jump inside the page: $r is a block entry. */
  JUMPED: 'jumped',
  /** A computed jump to $pc. */
  JUMPED_INDIRECTLY: 'jumpedIndirectly',
  /** Find the record of $pc. */
  LOOK_UP: 'lookUp',
  /** Undo nothing, report Exit.TRAP at $r: CAUSE and TVAL are stored, the instruction has not retired. */
  TRAP: 'trap',
  ILLEGAL: 'illegal',
  /** Leave with $code; pc is $r's, or $pc. */
  EXIT: 'exit',
  EXIT_AT_PC: 'exitAtPc',
} as const;

/** Small readable access to the locals of `run`. */
export class Frame {
  readonly m: binaryen.Module;
  readonly hints = new BranchHints();
  constructor(module: binaryen.Module) {
    this.m = module;
  }
  get(name: keyof typeof LOCAL): ExpressionRef {
    const type = VARIABLES[LOCAL[name] - 1]?.[1] ?? binaryen.i32;
    return this.m.local.get(LOCAL[name], type);
  }
  set(name: keyof typeof LOCAL, value: ExpressionRef): ExpressionRef {
    return this.m.local.set(LOCAL[name], value);
  }
  hartWord(offset: number): ExpressionRef {
    return this.m.i32.load(offset, 4, this.get('hart'));
  }
  /** What the record at $r says. */
  setOperation(): ExpressionRef {
    return this.set('operation', this.m.i32.load16_u(RECORD.OPERATION, 2, this.get('r')));
  }
  pcOfRecord(): ExpressionRef {
    const offset = this.m.i32.shr_u(this.get('r'), this.m.i32.const(3));
    return this.m.i64.add(this.get('pcBase'), this.m.i64.extend_u(offset));
  }
  /** Store pc, budget and instret: `retired` tells whether the instruction that was counted last has retired. */
  sync(pc: ExpressionRef, retired: boolean): ExpressionRef {
    const budget = this.get('budget');
    return this.m.call(
      'sync',
      [
        this.get('hart'),
        pc,
        retired ? budget : this.m.i32.add(budget, this.m.i32.const(1)),
        this.get('total'),
      ],
      binaryen.none,
    );
  }
  /** Side entry of the record at $r. */
  setSide(): ExpressionRef {
    const { m } = this;
    const offset = m.i32.shr_u(m.i32.sub(this.get('r'), this.get('page')), m.i32.const(2));
    return this.set(
      'side',
      m.i32.add(m.i32.add(this.get('page'), offset), m.i32.const(SIDE_OFFSET)),
    );
  }
  /**
   * Statements with a call, on a path of their own: what the compiler keeps in registers is saved there, not for all others.
   * It must not know that a hart's address is never 0.
   */
  apart(...statements: ExpressionRef[]): ExpressionRef {
    const { m } = this;
    return this.hints.unlikely(m.if(this.get('hart'), m.block(null, statements)));
  }
  uncount(): ExpressionRef {
    return this.set('budget', this.m.i32.add(this.get('budget'), this.m.i32.const(1)));
  }
  exit(code: Exit): ExpressionRef[] {
    return [this.set('code', this.m.i32.const(code)), this.m.br(LABEL.EXIT)];
  }
}
