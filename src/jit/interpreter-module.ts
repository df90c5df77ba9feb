/**
 * Builds the interpreter: one wasm function run(hart) -> Exit that dispatches on predecoded records (README.md,
 * "The interpreter"). The meaning of the rows comes from interpreter-emitter.ts.
 */
import binaryen from 'binaryen';
import { INSTRUCTIONS } from '../isa/instructions.ts';
import { CAUSE } from '../isa/trap.ts';
import { Exit } from '../machine/engine.ts';
import { HART, JUMP_CACHE } from '../machine/hart-layout.ts';
import {
  HART_ENGINE,
  OPERATION,
  RECORD,
  RECORD_PAGE_BYTES,
  REGION,
  SIDE,
  SIDE_OFFSET,
  SLOTS_PER_PAGE,
  STRADDLE,
  TARGET_LOG,
} from '../machine/record-layout.ts';
import { buildFloatHelpers } from './float-helpers.ts';
import { InterpreterEmitter } from './interpreter-emitter.ts';
import { LABEL, LOCAL, VARIABLES } from './interpreter-frame.ts';
import { tlbHost, tlbMisses, tlbOffset } from './memory-forms.ts';
import { addImports, FEATURES } from './module-frame.ts';
import { REGION_PARAMETERS } from './region-emitter.ts';
import type { ExpressionRef } from './value.ts';

const { i32, i64, none } = binaryen;

/** Small readable access to the locals of `run`. */
class Frame {
  readonly m: binaryen.Module;
  constructor(module: binaryen.Module) {
    this.m = module;
  }
  get(name: keyof typeof LOCAL): ExpressionRef {
    const type = VARIABLES[LOCAL[name] - 1]?.[1] ?? i32;
    return this.m.local.get(LOCAL[name], type);
  }
  set(name: keyof typeof LOCAL, value: ExpressionRef): ExpressionRef {
    return this.m.local.set(LOCAL[name], value);
  }
  hartWord(offset: number): ExpressionRef {
    return this.m.i32.load(offset, 4, this.get('hart'));
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
      none,
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
  uncount(): ExpressionRef {
    return this.set('budget', this.m.i32.add(this.get('budget'), this.m.i32.const(1)));
  }
  exit(code: Exit): ExpressionRef[] {
    return [this.set('code', this.m.i32.const(code)), this.m.br(LABEL.EXIT)];
  }
}

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
      m.call('translateFetch', [f.get('hart')], i32),
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
    m.if(
      tlbMisses(m, f.get('entry'), f.get('pc'), 1),
      slow,
      f.set('t', tlbHost(m, f.get('entry'), f.get('pc'))),
    ),
    f.set('page', m.i32.load16_u(0, 2, indexAddress)),
    m.if(
      m.i32.eqz(f.get('page')),
      f.set('page', m.call('newPage', [m.i32.shr_u(host(), m.i32.const(12))], i32)),
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
    m.if(
      m.i32.eq(f.get('t'), f.hartWord(HART_ENGINE.HOT)),
      m.call('hot', [f.get('page'), f.get('r')], none),
    ),
  ];
  const isRegion = m.i32.eq(
    m.i32.load16_u(RECORD.OPERATION, 2, f.get('r')),
    m.i32.const(OPERATION.REGION),
  );
  return [
    m.if(
      m.i32.lt_s(f.get('budget'), f.hartWord(HART.ATTENTION)),
      m.block(null, f.exit(Exit.BUDGET)),
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
      m.br_if(LABEL.AGAIN, f.get('operation')),
    ]),
  );
  return [
    f.set('pc', m.i64.add(f.pcOfRecord(), m.i64.const(2))),
    f.set('entry', m.i32.add(f.hartWord(HART.TLB_FETCH), tlbOffset(m, f.get('pc')))),
    m.if(m.i32.eqz(tlbMisses(m, f.get('entry'), f.get('pc'), 2)), again),
    f.sync(f.pcOfRecord(), false),
    f.set('operation', m.call('straddle', [f.get('hart'), f.get('page'), f.get('r')], i32)),
    m.br_if(LABEL.TRAP, m.i32.eqz(f.get('operation'))),
    m.br(LABEL.AGAIN),
  ];
}

/** The operations that are no rows, in the order of OPERATION. */
function specialHandlers(f: Frame): ExpressionRef[][] {
  const { m } = f;
  const decode = [
    f.uncount(),
    m.call('decode', [f.get('page'), f.get('r')], none),
    m.br(LABEL.NEXT),
  ];
  const pageEnd = [f.uncount(), f.set('pc', f.pcOfRecord()), m.br(LABEL.LOOK_UP)];
  const illegal = [
    m.i32.store(HART.CAUSE, 4, f.get('hart'), m.i32.const(CAUSE.ILLEGAL_INSTRUCTION)),
    m.i64.store(HART.TVAL, 8, f.get('hart'), m.i64.load32_u(RECORD.IMM, 4, f.get('r'))),
    m.br(LABEL.TRAP),
  ];
  return [decode, pageEnd, straddle(f), illegal, enterRegion(f)];
}

/** Call the translated region; where it gives 1, the instruction at its new pc is interpreted. */
function enterRegion(f: Frame): ExpressionRef[] {
  const { m } = f;
  const descriptor = () => f.get('entry');
  const slot = () => m.i32.load(REGION.SLOT, 4, descriptor());
  const operands = [f.get('hart'), f.get('pc'), f.get('budget')];
  const call = m.call_indirect('regions', slot(), operands, REGION_PARAMETERS, i32);
  const cache = () => f.get('t');
  const cacheMask = (JUMP_CACHE.ENTRIES - 1) * JUMP_CACHE.ENTRY_BYTES;
  const cacheOffset = m.i32.and(
    m.i32.shl(m.i32.wrap(f.get('pc')), m.i32.const(3)),
    m.i32.const(cacheMask),
  );
  return [
    f.uncount(),
    f.setSide(),
    f.set(
      'entry',
      m.i32.add(
        f.hartWord(HART_ENGINE.REGIONS),
        m.i32.mul(m.i32.load16_u(SIDE.REGION, 2, f.get('side')), m.i32.const(REGION.BYTES)),
      ),
    ),
    m.if(
      m.i32.eq(f.get('bypass'), f.get('r')),
      m.block(null, [
        f.set('bypass', m.i32.const(0)),
        f.set('operation', m.i32.load16_u(REGION.OPERATION, 2, descriptor())),
        f.set('budget', m.i32.sub(f.get('budget'), m.i32.const(1))),
        m.br(LABEL.AGAIN),
      ]),
    ),
    f.set('pc', f.pcOfRecord()),
    m.i64.store(HART.PC, 8, f.get('hart'), f.get('pc')),
    m.i32.store(HART.BUDGET, 4, f.get('hart'), f.get('budget')),
    // From now on regions come here without the interpreter.
    f.set('t', m.i32.add(f.hartWord(HART.JUMP_CACHE), cacheOffset)),
    m.i64.store(JUMP_CACHE.PC, 8, cache(), f.get('pc')),
    m.i32.store(JUMP_CACHE.SLOT, 4, cache(), slot()),
    f.set('bypass', call),
    f.set('budget', f.hartWord(HART.BUDGET)),
    f.set('pc', m.i64.load(HART.PC, 8, f.get('hart'))),
    m.br(LABEL.LOOK_UP),
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

/** br_table over all operations with their handlers behind it. */
function dispatch(m: binaryen.Module, f: Frame, handlers: ExpressionRef[][]): ExpressionRef {
  const label = (index: number): string => `operation${index}`;
  const labels = handlers.map((_handler, index) => label(index));
  let nest = m.switch(labels, label(OPERATION.ILLEGAL), f.get('operation'));
  handlers.forEach((handler, index) => {
    nest = m.block(null, [m.block(label(index), [nest]), ...handler]);
  });
  return nest;
}

function rowHandlers(emitter: InterpreterEmitter): ExpressionRef[][] {
  const operands = {
    rd: 'rd',
    rs1: 'rs1',
    rs2: 'rs2',
    rs3: 'rs3',
    csr: 'csr',
    rm: 'rm',
  } as const;
  return INSTRUCTIONS.map((row) => {
    emitter.begin();
    if (row.float) emitter.requireFloat();
    row.exec(emitter, { ...operands, imm: emitter.immediate() });
    if (row.format === 'csr' || row.format === 'csri') emitter.leaveAfterSystem();
    return emitter.finish();
  });
}

function runBody(m: binaryen.Module, f: Frame, handlers: ExpressionRef[][]): ExpressionRef {
  const fetch = [
    f.set('operation', m.i32.load16_u(RECORD.OPERATION, 2, f.get('r'))),
    m.if(m.i32.lt_s(f.get('budget'), m.i32.const(1)), m.block(null, f.exit(Exit.BUDGET))),
    f.set('budget', m.i32.sub(f.get('budget'), m.i32.const(1))),
  ];
  const again = m.loop(LABEL.AGAIN, dispatch(m, f, handlers));
  const illegalLanding = landing(m, LABEL.ILLEGAL, again, [
    m.call('illegal', [f.get('hart'), f.get('page'), f.get('r')], none),
  ]);
  const trapLanding = landing(m, LABEL.TRAP, illegalLanding, [f.uncount(), ...f.exit(Exit.TRAP)]);
  const next = m.loop(LABEL.NEXT, m.block(null, [...fetch, trapLanding]));
  const indirect = landing(m, LABEL.JUMPED_INDIRECTLY, next, jumpIndirectly(f));
  const jumped = m.block(LABEL.JUMPED, [indirect]);
  const blockEntry = m.loop(
    'blockEntry',
    m.block(null, [...enterBlock(f), jumped, m.br('blockEntry')]),
  );
  return m.loop(LABEL.LOOK_UP, m.block(null, [...lookUp(f), blockEntry]));
}

/** The interpreter's module; validated by the caller. */
export function buildInterpreter(): binaryen.Module {
  const m = new binaryen.Module();
  m.setFeatures(FEATURES);
  addImports(m);
  addSync(m);
  addStale(m);
  buildFloatHelpers(m);
  const f = new Frame(m);
  const emitter = new InterpreterEmitter(m);
  const handlers = [...specialHandlers(f), ...rowHandlers(emitter)];
  const inner = runBody(m, f, handlers);
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
  m.addFunction('run', i32, i32, emitter.locals.types, body);
  m.addFunctionExport('run', 'run');
  return m;
}
