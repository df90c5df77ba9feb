/**
 * Builds the interpreter: a wasm function run(hart) -> Exit that dispatches on predecoded records (README.md,
 * "The interpreter"), and its twin that counts branches. The meaning of the rows comes from interpreter-emitter.ts.
 */
import binaryen from 'binaryen';
import type { Instruction } from '../isa/instruction.ts';
import { INSTRUCTIONS } from '../isa/instructions.ts';
import { VECTOR_CARRIERS } from '../isa/vector/carriers.ts';
import { DECODER } from '../machine/decoder-layout.ts';
import { Exit } from '../machine/engine.ts';
import { fusedPairs } from '../machine/fused-pairs.ts';
import { HART } from '../machine/hart-layout.ts';
import {
  HART_ENGINE,
  OPERATION,
  RECORD_PAGE_BYTES,
  SIDE,
  TARGET_LOG,
} from '../machine/record-layout.ts';
import { addBlockDecoder } from './block-decoder.ts';
import { CountingEmitter } from './counting-emitter.ts';
import { decoderTables } from './decoder-tables.ts';
import { buildFloatHelpers } from './float-helpers.ts';
import { addExpand } from './form-expander.ts';
import { buildIntegerHelpers } from './integer-helpers.ts';
import { InterpreterEmitter } from './interpreter-emitter.ts';
import { Frame, LABEL } from './interpreter-frame.ts';
import { specialHandlers } from './interpreter-handlers.ts';
import { addSecond, isInSecond } from './interpreter-second.ts';
import { tlbHost, tlbMisses, tlbOffset } from './memory-forms.ts';
import { addImports, FEATURES, importVectorTable } from './module-frame.ts';
import { REGION_PARAMETERS } from './region-interface.ts';
import { FIELDS } from './register-use.ts';
import { addMissed } from './tlb-misses.ts';
import type { ExpressionRef } from './value.ts';
import { addWordDecoder } from './word-decoder.ts';

const { i32, i64, none } = binaryen;

/** sync(hart, pc, budget, total): store what imports and the caller of `run` see. */
function addSync(m: binaryen.Module): void {
  const hart = () => m.local.get(0, i32);
  const budget = () => m.local.get(2, i32);
  const instret = m.i64.sub(m.local.get(3, i64), m.i64.extend_s(budget()));
  m.addFunction(
    'sync',
    binaryen.createType([i32, i64, i32, i64]),
    none,
    [],
    m.block(null, [
      m.i64.store(HART.PC, 8, hart(), m.local.get(1, i64)),
      m.i32.store(HART.BUDGET, 4, hart(), budget()),
      m.i64.store(HART.INSTRET, 8, hart(), instret),
    ]),
  );
}

/** stale(hart, pc, budget): in the place of a region that is no longer valid. */
function addStale(m: binaryen.Module): void {
  const hart = () => m.local.get(0, i32);
  m.addFunction(
    'stale',
    REGION_PARAMETERS,
    i32,
    [],
    m.block(
      null,
      [
        m.i64.store(HART.PC, 8, hart(), m.local.get(1, i64)),
        m.i32.store(HART.BUDGET, 4, hart(), m.local.get(2, i32)),
        m.i32.const(0),
      ],
      i32,
    ),
  );
  m.addFunctionExport('stale', 'stale');
}

/** From $pc to $page, $pcBase and $r, through the fetch TLB and the index of record pages. */
function lookUp(f: Frame): ExpressionRef[] {
  const { m } = f;
  const host = () => f.get('t');
  const slow = m.block(null, [
    f.sync(f.get('pc'), true),
    m.i64.store(HART.SCRATCH, 8, f.get('hart'), f.get('pc')),
    m.if(
      m.call('fetchMissed', [f.get('hart')], i32),
      m.block(null, [f.set('code', m.i32.const(Exit.TRAP)), m.br(LABEL.EXIT_AT_PC)]),
    ),
    f.set('t', m.i32.load(HART.SCRATCH + 8, 4, f.get('hart'))),
  ]);
  const indexAddress = m.i32.add(
    f.hartWord(HART_ENGINE.PAGE_INDEX),
    m.i32.shl(m.i32.shr_u(host(), m.i32.const(12)), m.i32.const(1)),
  );
  const offset = () => m.i32.and(m.i32.wrap(f.get('pc')), m.i32.const(4095));
  return [
    f.set('entry', m.i32.add(f.hartWord(HART.TLB_FETCH), tlbOffset(m, f.get('pc')))),
    f.hints.unlikely(
      m.if(
        tlbMisses(m, f.get('entry'), f.get('pc'), 1),
        slow,
        f.set('t', tlbHost(m, f.get('entry'), f.get('pc'))),
      ),
    ),
    f.set('page', m.i32.load16_u(0, 2, indexAddress)),
    f.hints.unlikely(
      m.if(
        m.i32.eqz(f.get('page')),
        f.set('page', m.call('newPage', [m.i32.shr_u(host(), m.i32.const(12))], i32)),
      ),
    ),
    f.set(
      'page',
      m.i32.add(
        f.hartWord(HART_ENGINE.RECORD_PAGES),
        m.i32.mul(f.get('page'), m.i32.const(RECORD_PAGE_BYTES)),
      ),
    ),
    f.set(
      'pcBase',
      m.i64.sub(
        m.i64.and(f.get('pc'), m.i64.const(-4096)),
        m.i64.extend_u(m.i32.shr_u(f.get('page'), m.i32.const(3))),
      ),
    ),
    f.set('r', m.i32.add(f.get('page'), m.i32.shl(offset(), m.i32.const(3)))),
  ];
}

/** At a block entry: leave if another thread wants attention, and count heat. */
function enterBlock(f: Frame): ExpressionRef[] {
  const { m } = f;
  const heat = () => m.i32.add(m.i32.load16_u(SIDE.HEAT, 2, f.get('side')), m.i32.const(1));
  const count = [
    f.setSide(),
    f.set('t', heat()),
    m.i32.store16(SIDE.HEAT, 2, f.get('side'), f.get('t')),
    f.hints.unlikely(
      m.if(
        m.i32.eq(f.get('t'), f.hartWord(HART_ENGINE.HOT)),
        m.call('hot', [f.get('page'), f.get('r')], none),
      ),
    ),
    f.setOperation(),
  ];
  const isRegion = m.i32.eq(f.get('operation'), m.i32.const(OPERATION.REGION));
  return [
    f.setOperation(),
    f.hints.unlikely(
      m.if(
        m.i32.lt_s(f.get('budget'), f.hartWord(HART.ATTENTION)),
        m.block(null, f.exit(Exit.BUDGET)),
      ),
    ),
    m.if(
      m.i32.eq(f.get('bypass'), m.i32.const(1)),
      f.set('bypass', f.get('r')),
      m.if(m.i32.eqz(isRegion), m.block(null, count)),
    ),
  ];
}

/** A computed jump: note it if it stays in the page, for the translator. */
function jumpIndirectly(f: Frame): ExpressionRef[] {
  const { m } = f;
  const pageStart = m.i64.add(
    f.get('pcBase'),
    m.i64.extend_u(m.i32.shr_u(f.get('page'), m.i32.const(3))),
  );
  const target = () => m.i32.add(f.get('page'), m.i32.shl(m.i32.wrap(f.get('pc')), m.i32.const(3)));
  const hash = m.i32.xor(
    m.i32.shr_u(f.get('r'), m.i32.const(4)),
    m.i32.shr_u(f.get('t'), m.i32.const(2)),
  );
  const logEntry = m.i32.add(
    f.hartWord(HART_ENGINE.TARGET_LOG),
    m.i32.shl(m.i32.and(hash, m.i32.const(TARGET_LOG.ENTRIES - 1)), m.i32.const(3)),
  );
  const inPage = m.block(null, [
    f.set('pc', m.i64.and(f.get('pc'), m.i64.const(4095))),
    f.set('t', target()),
    f.set('entry', logEntry),
    m.i32.store(0, 4, f.get('entry'), f.get('r')),
    m.i32.store(4, 4, f.get('entry'), f.get('t')),
    f.set('r', f.get('t')),
    m.br('blockEntry'),
  ]);
  return [
    m.if(
      m.i64.lt_u(m.i64.sub(f.get('pc'), pageStart), m.i64.const(4096)),
      inPage,
      m.br(LABEL.LOOK_UP),
    ),
  ];
}

/** Wrap `inner` so that `br name` out of it lands on `after`. */
function landing(
  m: binaryen.Module,
  name: string,
  inner: ExpressionRef,
  after: readonly ExpressionRef[],
): ExpressionRef {
  return m.block(null, [m.block(name, [inner]), ...after]);
}

const labelOf = (operation: number): string => `operation${operation}`;

/**
 * br_table over all operations with their handlers behind it; operations may share one. Those of `fused` pairs come first: from there the
 * label of any row's handler can be reached.
 */
function dispatch(
  m: binaryen.Module,
  f: Frame,
  handlers: ExpressionRef[][],
  fused: ExpressionRef[][],
): ExpressionRef {
  const all = [...handlers, ...fused];
  const different = new Set([...fused, ...handlers]);
  const label = (handler: ExpressionRef[]): string => labelOf(all.indexOf(handler));
  const labels = all.map(label);
  const illegal = labels[OPERATION.ILLEGAL] ?? '';
  let nest = m.switch(labels, illegal, f.get('operation'));
  for (const handler of different) {
    nest = m.block(null, [m.block(label(handler), [nest]), ...handler]);
  }
  return nest;
}

/** Count the instruction whose record is $r, unless the budget is spent. */
function fetch(f: Frame): ExpressionRef[] {
  const { m } = f;
  return [
    f.hints.unlikely(
      m.if(m.i32.lt_s(f.get('budget'), m.i32.const(1)), m.block(null, f.exit(Exit.BUDGET))),
    ),
    f.set('budget', m.i32.sub(f.get('budget'), m.i32.const(1))),
  ];
}

/** The row's meaning, over the operands of the record. */
function emitRow(emitter: InterpreterEmitter, row: Instruction): void {
  if (row.float) emitter.requireFloat();
  row.exec(emitter, { ...FIELDS, imm: emitter.immediate() });
}

function emitInRun(emitter: InterpreterEmitter, row: Instruction): void {
  emitter.begin();
  emitRow(emitter, row);
  if (row.format === 'csr' || row.format === 'csri' || row.format === 'S')
    emitter.leaveAfterSystem();
}

function rowHandlers(f: Frame, emitter: InterpreterEmitter): ExpressionRef[][] {
  const { m } = f;
  const operands = [f.get('hart'), f.get('r'), f.get('operation')];
  emitter.emit(f.apart(m.br_if(LABEL.ILLEGAL, m.call('second', operands, i32))));
  const second = emitter.finish();
  return [...INSTRUCTIONS, ...VECTOR_CARRIERS].map((row) => {
    if (isInSecond(row)) return second;
    emitInRun(emitter, row);
    return emitter.finish();
  });
}

/** Of the first ones of fusedPairs(): they go on in the second ones'. */
function fusedHandlers(f: Frame, emitter: InterpreterEmitter): ExpressionRef[][] {
  return fusedPairs().map(({ first, second }) => {
    emitInRun(emitter, INSTRUCTIONS[first] as Instruction);
    return emitter.finishInto(labelOf(OPERATION.FIRST_ROW + second), fetch(f));
  });
}

function runBody(
  m: binaryen.Module,
  f: Frame,
  handlers: ExpressionRef[][],
  fused: ExpressionRef[][],
): ExpressionRef {
  const illegalLanding = landing(m, LABEL.ILLEGAL, dispatch(m, f, handlers, fused), [
    m.call('illegal', [f.get('hart'), f.get('page'), f.get('r')], none),
  ]);
  const trapLanding = landing(m, LABEL.TRAP, illegalLanding, [f.uncount(), ...f.exit(Exit.TRAP)]);
  const next = m.loop(LABEL.NEXT, m.block(null, [...fetch(f), trapLanding]));
  const indirect = landing(m, LABEL.JUMPED_INDIRECTLY, next, jumpIndirectly(f));
  const jumped = m.block(LABEL.JUMPED, [indirect]);
  const blockEntry = m.loop(
    'blockEntry',
    m.block(null, [...enterBlock(f), jumped, m.br('blockEntry')]),
  );
  return m.loop(LABEL.LOOK_UP, m.block(null, [...lookUp(f), blockEntry]));
}

/** One function of all handlers: `run`, or `count`, which counts branches and enters no region. */
function addRun(m: binaryen.Module, name: 'run' | 'count'): void {
  const f = new Frame(m);
  const counts = name === 'count';
  const emitter = counts ? new CountingEmitter(m, f.hints) : new InterpreterEmitter(m, f.hints);
  const handlers = [...specialHandlers(f, !counts), ...rowHandlers(f, emitter)];
  const inner = runBody(m, f, handlers, fusedHandlers(f, emitter));
  const exit = landing(m, LABEL.EXIT, inner, [f.set('pc', f.pcOfRecord())]);
  const body = m.block(
    null,
    [
      f.set('budget', f.hartWord(HART.BUDGET)),
      f.set(
        'total',
        m.i64.add(m.i64.load(HART.INSTRET, 8, f.get('hart')), m.i64.extend_s(f.get('budget'))),
      ),
      f.set('pc', m.i64.load(HART.PC, 8, f.get('hart'))),
      landing(m, LABEL.EXIT_AT_PC, exit, [f.sync(f.get('pc'), true)]),
      f.get('code'),
    ],
    i32,
  );
  f.hints.locate(m, m.addFunction(name, i32, i32, emitter.locals.types, body));
  m.addFunctionExport(name, name);
}

/** The interpreter's module; validated by the caller. */
export function buildInterpreter(): binaryen.Module {
  const m = new binaryen.Module();
  m.setFeatures(FEATURES);
  const tables = decoderTables();
  const offset = m.i32.const(DECODER.TABLES);
  addImports(m, [{ offset, data: tables.bytes, passive: false }]);
  importVectorTable(m);
  addSync(m);
  addMissed(m);
  addStale(m);
  buildFloatHelpers(m);
  buildIntegerHelpers(m);
  addSecond(m, emitRow);
  addExpand(m);
  addWordDecoder(m, tables);
  addBlockDecoder(m, tables);
  addRun(m, 'run');
  addRun(m, 'count');
  return m;
}
