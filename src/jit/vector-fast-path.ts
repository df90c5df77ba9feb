/** Before the loop over elements: whole registers at a time, where nothing is masked and the meaning has lanes. */
import binaryen from 'binaryen';
import type { ElementSpec } from '../isa/vector/elements.ts';
import type { Sew } from '../isa/vector/vector-ops.ts';
import { ALL_WIDTHS } from '../isa/vector/vector-state.ts';
import { HART } from '../machine/hart-layout.ts';
import { VECTOR_STATUS } from '../machine/record-layout.ts';
import type { Locals } from './temporaries.ts';
import type { ExpressionRef } from './value.ts';
import { LaneEmitter, type Lanes, NoLanes } from './vector-lanes.ts';

const { i32, i64 } = binaryen;
const [HART_PARAMETER, WORD, SCALAR] = [0, 1, 2];
const NX = 1;
const CANONICAL_SINGLE = 0x7fc0_0000;
/** Positions of register fields. */
const [VD, VS1, VS2] = [7, 15, 20];
const REGISTER_BYTES = 16;

interface Arm {
  readonly code: ExpressionRef;
  readonly emitter: LaneEmitter;
}

class FastPath {
  private readonly m: binaryen.Module;
  private readonly spec: ElementSpec;
  private readonly locals: Locals;
  /** Elements done. */
  private readonly index: number;
  private readonly vtype: number;
  /** Registers of a group, less 1. */
  private readonly group: number;
  private readonly vl: number;

  constructor(m: binaryen.Module, spec: ElementSpec, locals: Locals) {
    this.m = m;
    this.spec = spec;
    this.locals = locals;
    this.index = locals.temporary(i32);
    this.vtype = locals.temporary(i32);
    this.group = locals.temporary(i32);
    this.vl = locals.temporary(i32);
  }

  private get(local: number): ExpressionRef {
    return this.m.local.get(local, i32);
  }
  private hart(): ExpressionRef {
    return this.get(HART_PARAMETER);
  }
  private hartWord(offset: number): ExpressionRef {
    return this.m.i32.load(offset, 4, this.hart());
  }
  private field(at: number): ExpressionRef {
    const { m } = this;
    return m.i32.and(m.i32.shr_u(this.get(WORD), m.i32.const(at)), m.i32.const(31));
  }
  /** Address of a register, without HART.V. */
  private register(at: number): ExpressionRef {
    const { m } = this;
    return m.i32.add(this.hart(), m.i32.mul(this.field(at), m.i32.const(REGISTER_BYTES)));
  }
  /** Address of the current lanes of a group. */
  private lanesAt(at: number, sew: Sew): ExpressionRef {
    const { m } = this;
    return m.i32.add(this.register(at), m.i32.mul(this.get(this.index), m.i32.const(sew / 8)));
  }

  build(): ExpressionRef[] {
    const { m, spec } = this;
    const arms = (spec.widths ?? ALL_WIDTHS).flatMap((sew) => this.arm(sew));
    if (arms.length === 0) return [];
    const lmul = () => m.i32.and(this.get(this.vtype), m.i32.const(7));
    const size = m.i32.sub(m.i32.shl(m.i32.const(1), lmul()), m.i32.const(1));
    const isWhole = m.i32.lt_u(lmul(), m.i32.const(4));
    return [
      m.local.set(this.vtype, this.hartWord(HART.VTYPE)),
      m.local.set(this.group, m.select(isWhole, size, m.i32.const(0))),
      m.if(
        this.conditions(arms),
        m.block(null, [
          m.local.set(this.vl, this.hartWord(HART.VL)),
          m.local.set(this.index, m.i32.const(0)),
          ...arms.map(({ code }) => code),
        ]),
      ),
    ];
  }

  /** All that the loop over elements would refuse, masks, and a start in the middle. */
  private conditions(arms: readonly Arm[]): ExpressionRef {
    const { m, spec } = this;
    const isZero = (value: ExpressionRef): ExpressionRef => m.i32.eqz(value);
    const fields = [VS2, ...(spec.d === 'mask' ? [] : [VD]), ...(spec.form === 'vv' ? [VS1] : [])];
    const aligned = fields
      .map((at) => m.i32.shl(this.get(this.group), m.i32.const(at)))
      .reduce((a, b) => m.i32.or(a, b));
    const all = [
      m.i32.and(m.i32.shr_u(this.get(WORD), m.i32.const(25)), m.i32.const(1)),
      isZero(m.i32.and(this.get(WORD), aligned)),
      isZero(this.hartWord(HART.VTYPE + 4)),
      isZero(this.hartWord(HART.VSTART)),
    ];
    if (spec.d === 'mask') {
      all.push(this.isApart(VS2));
      if (spec.form === 'vv') all.push(this.isApart(VS1));
    }
    if (spec.isFloat) {
      all.push(m.i32.ne(this.hartWord(HART.FLOAT_ENABLED), m.i32.const(0)));
      all.push(isZero(this.hartWord(HART.FRM)));
    }
    if (arms.some(({ emitter }) => emitter.needsInexact))
      all.push(m.i32.and(this.hartWord(HART.FFLAGS), m.i32.const(NX)));
    if (arms.some(({ emitter }) => emitter.usesMultiplyAdd)) all.push(m.global.get('fused', i32));
    return all.reduce((a, b) => m.i32.and(a, b));
  }

  /** A mask is written to no register of a source's group but the first. */
  private isApart(at: number): ExpressionRef {
    const { m } = this;
    const difference = () => m.i32.xor(this.field(VD), this.field(at));
    const outside = m.i32.gt_u(difference(), this.get(this.group));
    return m.i32.or(outside, m.i32.eqz(difference()));
  }

  /** The loop for one width; empty where the meaning has no lanes of it. */
  private arm(sew: Sew): Arm[] {
    const { m } = this;
    const emitter = new LaneEmitter(m, sew, this.locals);
    try {
      const before = this.constantOperand(emitter);
      const setUp = emitter.take();
      const body = this.body(emitter, before);
      const lanes = 128 / sew;
      const label = `lanes${sew}`;
      const next = m.i32.add(this.get(this.index), m.i32.const(lanes));
      const loop = m.loop(
        label,
        m.block(null, [
          m.br_if(`${label}end`, m.i32.gt_u(next, this.get(this.vl))),
          ...body.map((statement) => statement(`${label}end`)),
          m.local.set(this.index, m.i32.add(this.get(this.index), m.i32.const(lanes))),
          m.br(label),
        ]),
      );
      const code = m.block(null, [
        ...setUp,
        m.block(`${label}end`, [loop]),
        m.if(
          m.i32.eq(this.get(this.index), this.get(this.vl)),
          m.return(m.i32.const(VECTOR_STATUS.DONE)),
        ),
        // The loop over elements goes on from here.
        m.i64.store(HART.VSTART, 8, this.hart(), m.i64.extend_u(this.get(this.index))),
      ]);
      const vsew = m.i32.and(m.i32.shr_u(this.get(this.vtype), m.i32.const(3)), m.i32.const(7));
      const isThis = m.i32.eq(vsew, m.i32.const(Math.log2(sew / 8)));
      return [{ code: m.if(isThis, code), emitter }];
    } catch (error) {
      if (error instanceof NoLanes) return [];
      throw error;
    }
  }

  /** What is the same for all elements. */
  private constantOperand(emitter: LaneEmitter): Lanes | undefined {
    const { m } = this;
    const { form } = this.spec;
    const { sew } = emitter;
    const scalar = (): ExpressionRef => m.local.get(SCALAR, i64);
    const word = (): ExpressionRef => this.get(WORD);
    switch (form) {
      case 'vx':
        return emitter.splat(scalar);
      case 'vi': {
        const up = () => m.i32.shl(word(), m.i32.const(12));
        return emitter.splat(() => m.i64.extend_s(m.i32.shr_s(up(), m.i32.const(27))));
      }
      case 'uimm':
        return emitter.splat(() => m.i64.extend_u(this.field(VS1)));
      case 'vf': {
        if (sew === 64) return emitter.splat(scalar);
        const box = m.i64.shr_u(scalar(), m.i64.const(32));
        const isBoxed = m.i64.eq(box, m.i64.const(0xffff_ffff));
        const value = m.select(isBoxed, scalar(), m.i64.const(CANONICAL_SINGLE));
        const local = this.locals.temporary(i64);
        emitter.emit(m.local.set(local, value));
        return emitter.splat(() => m.local.get(local, i64));
      }
      case 'vv':
      case 'v':
        return undefined;
    }
  }

  /** Statements of one turn, given the label to leave to. */
  private body(
    emitter: LaneEmitter,
    constant: Lanes | undefined,
  ): ((end: string) => ExpressionRef)[] {
    const { m, spec } = this;
    const { sew } = emitter;
    const load = (at: number): Lanes =>
      emitter.load(() => m.v128.load(HART.V, 16, this.lanesAt(at, sew)));
    if ((spec.a ?? 0) !== 0 || spec.d === 1 || spec.maskIsOperand) throw new NoLanes();
    const zero = emitter.constant(0);
    const result = emitter.let(
      spec.meaning(emitter, {
        a: load(VS2),
        b: constant ?? (spec.form === 'vv' ? load(VS1) : zero),
        d: spec.readsD ? load(VD) : zero,
        carry: zero,
        sew,
      }),
    );
    const { bad } = emitter;
    const computed = emitter.take();
    const stores =
      spec.d === 'mask'
        ? this.storeBits(emitter.bits(result), sew)
        : [m.v128.store(HART.V, 16, this.lanesAt(VD, sew), result.build())];
    return [
      ...computed.map((statement) => () => statement),
      ...(bad === undefined
        ? []
        : [(end: string) => m.br_if(end, m.v128.any_true(m.local.get(bad, binaryen.v128)))]),
      ...stores.map((statement) => () => statement),
    ];
  }

  private storeBits(bits: ExpressionRef, sew: Sew): ExpressionRef[] {
    const { m } = this;
    const lanes = 128 / sew;
    const byte = m.i32.shr_u(this.get(this.index), m.i32.const(3));
    const address = this.locals.temporary(i32);
    const set = m.local.set(address, m.i32.add(this.register(VD), byte));
    if (lanes === 16) return [set, m.i32.store16(HART.V, 2, this.get(address), bits)];
    if (lanes === 8) return [set, m.i32.store8(HART.V, 1, this.get(address), bits)];
    const shift = () => m.i32.and(this.get(this.index), m.i32.const(7));
    const all = m.i32.shl(m.i32.const(2 ** lanes - 1), shift());
    const others = m.i32.and(
      m.i32.load8_u(HART.V, 1, this.get(address)),
      m.i32.xor(all, m.i32.const(-1)),
    );
    const next = m.i32.or(others, m.i32.shl(bits, shift()));
    return [set, m.i32.store8(HART.V, 1, this.get(address), next)];
  }
}

/** Statements that return where they have done everything; else they leave vstart where the rest begins. */
export function fastPath(
  m: binaryen.Module,
  spec: ElementSpec,
  locals: Locals,
): readonly ExpressionRef[] {
  return new FastPath(m, spec, locals).build();
}
