/**
 * What the interpreter calls where a TLB has no entry: `loadMissed`, `storeMissed`, `readMissed` and `writeMissed` (for atomics), `fetchMissed`. They have
 * parameters and results of EngineCalls' load, store, translateRead, translateWrite and translateFetch, and call those where a walk of their own
 * (page-walker.ts) does not find all: JavaScript takes some 0.6 us, and several times that while it is cold.
 */
import binaryen from 'binaryen';
import type { AccessSize } from '../isa/ops.ts';
import { HART } from '../machine/hart-layout.ts';
import { loadSized, storeSized } from './memory-forms.ts';
import { NamedLocals } from './named-locals.ts';
import { ASK, addWalks, FAULT, type Kind, WALKS } from './page-walker.ts';
import type { ExpressionRef } from './value.ts';

const { i32 } = binaryen;

const PAGE_BYTES = 4096;
/** Of EngineCalls.translateFetch; the others are told the size, too. */
const FETCH_PARAMETERS = 1;
const PARAMETERS = 2;

class Missed {
  private readonly m: binaryen.Module;
  private readonly parameters: number;
  private readonly locals: NamedLocals<'hart' | 'size' | 'low' | 'page'>;

  constructor(module: binaryen.Module, parameters: number) {
    this.m = module;
    this.parameters = parameters;
    this.locals = new NamedLocals(module, ['hart', 'size', 'low', 'page'], parameters);
  }

  /** `found` is done where the walk knows the page; else the import `asked` is called. */
  add(name: string, kind: Kind, asked: string, found: (missed: Missed) => ExpressionRef): void {
    const { m, locals } = this;
    const hasSize = this.parameters > FETCH_PARAMETERS;
    const operands = [locals.get('hart'), ...(hasSize ? [locals.get('size')] : [])];
    const end = m.i32.add(this.offset(), hasSize ? locals.get('size') : m.i32.const(1));
    const is = (answer: number) => m.i32.eq(locals.get('page'), m.i32.const(answer));
    const walk = m.call(WALKS[kind].walk, [locals.get('hart')], i32);
    const own = [
      locals.set('low', m.i32.load(HART.SCRATCH, 4, locals.get('hart'))),
      m.br_if('ask', m.i32.gt_u(end, m.i32.const(PAGE_BYTES))),
      locals.set('page', walk),
      m.br_if('ask', is(ASK)),
      m.if(is(FAULT), m.return(m.i32.const(1))),
      found(this),
      m.return(m.i32.const(0)),
    ];
    locals.add(name, i32, m.block(null, [m.block('ask', own), m.call(asked, operands, i32)], i32));
  }

  private offset(): ExpressionRef {
    return this.m.i32.and(this.locals.get('low'), this.m.i32.const(PAGE_BYTES - 1));
  }
  page(): ExpressionRef {
    return this.locals.get('page');
  }
  /** Host address of the access. */
  host(): ExpressionRef {
    return this.m.i32.add(this.page(), this.offset());
  }
  /** SCRATCH[1]: what is stored, or found. */
  value(): ExpressionRef {
    return this.m.i64.load(HART.SCRATCH + 8, 8, this.locals.get('hart'));
  }
  setValue(value: ExpressionRef): ExpressionRef {
    return this.m.i64.store(HART.SCRATCH + 8, 8, this.locals.get('hart'), value);
  }
  /** The one of the forms for 1, 2, 4 and 8 bytes that the access has. */
  bySize(form: (size: AccessSize) => ExpressionRef): ExpressionRef {
    const { m } = this;
    const choose = (size: 2 | 4 | 8, otherwise: ExpressionRef) =>
      m.if(m.i32.eq(this.locals.get('size'), m.i32.const(size)), form(size), otherwise);
    return choose(8, choose(4, choose(2, form(1))));
  }
}

export function addMissed(module: binaryen.Module): void {
  addWalks(module);
  new Missed(module, PARAMETERS).add('loadMissed', 'load', 'load', (missed) =>
    missed.bySize((size) => missed.setValue(loadSized(module, size, false, missed.host()))),
  );
  new Missed(module, PARAMETERS).add('storeMissed', 'store', 'store', (missed) =>
    missed.bySize((size) => storeSized(module, size, missed.host(), missed.value())),
  );
  const address = (missed: Missed) => missed.setValue(module.i64.extend_u(missed.host()));
  new Missed(module, PARAMETERS).add('readMissed', 'load', 'translateRead', address);
  new Missed(module, PARAMETERS).add('writeMissed', 'store', 'translateWrite', address);
  new Missed(module, FETCH_PARAMETERS).add('fetchMissed', 'fetch', 'translateFetch', (missed) =>
    missed.setValue(module.i64.extend_u(missed.page())),
  );
}
