/** The interpreter's handlers that are no rows: decoding, page ends, straddling and illegal instructions, regions. */
import binaryen from 'binaryen';
import { CAUSE } from '../isa/trap.ts';
import { HART, JUMP_CACHE } from '../machine/hart-layout.ts';
import {
  HART_ENGINE,
  RECORD,
  REGION,
  REGION_EXIT,
  SIDE,
  SLOTS_PER_PAGE,
  STRADDLE,
} from '../machine/record-layout.ts';
import { type Frame, LABEL } from './interpreter-frame.ts';
import { jumpCacheOffset, tlbHost, tlbMisses, tlbOffset } from './memory-forms.ts';
import { REGION_PARAMETERS } from './region-interface.ts';
import type { ExpressionRef } from './value.ts';

const { i32, none } = binaryen;

/**
 * Half of the instruction lies in the next page. Its record still holds if the fetch TLB knows that page and the halfword
 * there is the one that was decoded; otherwise it is made again, which may end in a fetch exception.
 */
function straddle(f: Frame): ExpressionRef[] {
  const { m } = f;
  const known = (offset: number): ExpressionRef =>
    m.i32.load16_u(SLOTS_PER_PAGE * RECORD.BYTES + offset, 2, f.get('page'));
  const second = m.i32.load16_u(0, 2, tlbHost(m, f.get('entry'), f.get('pc')));
  const again = m.if(
    m.i32.eq(second, known(STRADDLE.HALFWORD)),
    m.block(null, [
      f.set('operation', known(STRADDLE.OPERATION)),
      m.if(f.get('operation'), m.block(null, [f.uncount(), m.br(LABEL.NEXT)])),
    ]),
  );
  return [
    f.set('pc', m.i64.add(f.pcOfRecord(), m.i64.const(2))),
    f.set('entry', m.i32.add(f.hartWord(HART.TLB_FETCH), tlbOffset(m, f.get('pc')))),
    m.if(m.i32.eqz(tlbMisses(m, f.get('entry'), f.get('pc'), 2)), again),
    ...askAndGoOn(f, 'straddle'),
  ];
}

/** The import gives the operation to go on with, or 0: a trap is recorded. */
function askAndGoOn(f: Frame, name: 'straddle' | 'marked'): ExpressionRef[] {
  const { m } = f;
  return [
    f.apart(
      f.sync(f.pcOfRecord(), false),
      f.set('operation', m.call(name, [f.get('hart'), f.get('page'), f.get('r')], i32)),
      m.br_if(LABEL.TRAP, m.i32.eqz(f.get('operation'))),
    ),
    f.uncount(),
    m.br(LABEL.NEXT),
  ];
}

/** The operations that are no rows, in the order of OPERATION. */
export function specialHandlers(f: Frame, entersRegions: boolean): ExpressionRef[][] {
  const { m } = f;
  const decode = [
    f.uncount(),
    f.apart(m.call('decodeBlock', [f.get('page'), f.get('r')], none)),
    f.setOperation(),
    m.br(LABEL.NEXT),
  ];
  const pageEnd = [f.uncount(), f.set('pc', f.pcOfRecord()), m.br(LABEL.LOOK_UP)];
  const illegal = [
    m.i32.store(HART.CAUSE, 4, f.get('hart'), m.i32.const(CAUSE.ILLEGAL_INSTRUCTION)),
    m.i64.store(HART.TVAL, 8, f.get('hart'), m.i64.load32_u(RECORD.IMM, 4, f.get('r'))),
    m.br(LABEL.TRAP),
  ];
  const region = entersRegions ? enterRegion(f) : [...findRegion(f), ...passRegion(f)];
  return [decode, pageEnd, straddle(f), illegal, region, askAndGoOn(f, 'marked')];
}

/** $entry is the descriptor of the region at $r, whose instruction is counted when it is executed. */
function findRegion(f: Frame): ExpressionRef[] {
  const { m } = f;
  const number = m.i32.load16_u(SIDE.REGION, 2, f.get('side'));
  const offset = m.i32.mul(number, m.i32.const(REGION.BYTES));
  return [
    f.uncount(),
    f.setSide(),
    f.set('entry', m.i32.add(f.hartWord(HART_ENGINE.REGIONS), offset)),
  ];
}

/** Interpret the instruction that the region took the place of. */
function passRegion(f: Frame): ExpressionRef[] {
  const { m } = f;
  return [
    f.set('operation', m.i32.load16_u(REGION.OPERATION, 2, f.get('entry'))),
    m.br(LABEL.NEXT),
  ];
}

/** Call the translated region; where it gives anything but UNKNOWN_TARGET, the instruction at its new pc is interpreted. */
function enterRegion(f: Frame): ExpressionRef[] {
  const { m } = f;
  const descriptor = () => f.get('entry');
  const slot = () => m.i32.load(REGION.SLOT, 4, descriptor());
  const operands = [f.get('hart'), f.get('pc'), f.get('budget')];
  const call = m.call_indirect('regions', slot(), operands, REGION_PARAMETERS, i32);
  const cache = () => f.get('t');
  const cacheOffset = jumpCacheOffset(m, () => f.get('pc'));
  return [
    ...findRegion(f),
    m.if(
      m.i32.eq(f.get('bypass'), f.get('r')),
      m.block(null, [f.set('bypass', m.i32.const(0)), ...passRegion(f)]),
    ),
    f.set('pc', f.pcOfRecord()),
    m.i64.store(HART.PC, 8, f.get('hart'), f.get('pc')),
    m.i32.store(HART.BUDGET, 4, f.get('hart'), f.get('budget')),
    m.i32.store16(REGION.USED, 2, descriptor(), m.i32.const(1)),
    // From now on regions come here without the interpreter.
    f.set('t', m.i32.add(f.hartWord(HART.JUMP_CACHE), cacheOffset)),
    m.i64.store(JUMP_CACHE.PC, 8, cache(), f.get('pc')),
    m.i32.store(JUMP_CACHE.SLOT, 4, cache(), slot()),
    f.apart(f.set('t', call)),
    f.set('entry', m.i32.add(f.get('hart'), m.i32.shl(f.get('t'), m.i32.const(2)))),
    m.i32.store(
      HART_ENGINE.EXITS,
      4,
      f.get('entry'),
      m.i32.add(m.i32.load(HART_ENGINE.EXITS, 4, f.get('entry')), m.i32.const(1)),
    ),
    m.i64.store(
      HART_ENGINE.TRANSLATED,
      8,
      f.get('hart'),
      m.i64.add(
        m.i64.load(HART_ENGINE.TRANSLATED, 8, f.get('hart')),
        m.i64.extend_u(m.i32.sub(f.get('budget'), f.hartWord(HART.BUDGET))),
      ),
    ),
    f.set('bypass', m.i32.ne(f.get('t'), m.i32.const(REGION_EXIT.UNKNOWN_TARGET))),
    f.set('budget', f.hartWord(HART.BUDGET)),
    f.set('pc', m.i64.load(HART.PC, 8, f.get('hart'))),
    m.br(LABEL.LOOK_UP),
  ];
}
