/**
 * Generates `decodeBlock` of the interpreter's module, which fills the records of a basic block. It asks the import `decode` for each instruction
 * that decodeWord does not know.
 */
import binaryen from 'binaryen';
import { DECODED } from '../machine/decoder-layout.ts';
import { PAGE_END, RECORD, SEEN_OFFSET, SLOTS_PER_PAGE } from '../machine/record-layout.ts';
import type { DecoderTables } from './decoder-tables.ts';
import { NamedLocals } from './named-locals.ts';
import type { ExpressionRef } from './value.ts';

const { i32, none } = binaryen;

const LAST_SLOT = (SLOTS_PER_PAGE - 1) * RECORD.BYTES;
const BLOCKS = 'blocksDecoded';

const LOCALS = [
  'page',
  /** The record at hand, and the one before it. */
  'at',
  'previous',
  /** Of the record in its page; then of its instruction in the page of code. */
  'offset',
  'word',
  'advance',
  /** As decodeWord gives it. */
  'decoded',
  'operation',
  /** Number of the previous row among the first ones of pairs, and the operation of the pair. */
  'first',
  'pair',
] as const;
const PARAMETERS = 2;

class BlockDecoder {
  private readonly m: binaryen.Module;
  private readonly tables: DecoderTables;
  private readonly locals: NamedLocals<(typeof LOCALS)[number]>;

  constructor(module: binaryen.Module, tables: DecoderTables) {
    this.m = module;
    this.tables = tables;
    this.locals = new NamedLocals(module, LOCALS, PARAMETERS);
  }

  add(): void {
    const { m } = this;
    const count = m.global.set(BLOCKS, m.i32.add(m.global.get(BLOCKS, i32), m.i32.const(1)));
    const body = m.block('done', [
      m.if(m.i32.eqz(this.operation()), count),
      m.loop('next', m.block(null, this.instruction())),
    ]);
    this.locals.add('decodeBlock', none, body);
    m.addGlobal(BLOCKS, i32, true, m.i32.const(0));
    m.addGlobalExport(BLOCKS, BLOCKS);
  }

  /** Of the record at hand. */
  private operation(): ExpressionRef {
    return this.m.i32.load16_u(RECORD.OPERATION, 2, this.locals.get('at'));
  }
  private ask(condition: ExpressionRef): ExpressionRef {
    return this.m.br_if('ask', condition);
  }

  /** One, and on to the next of its block. */
  private instruction(): ExpressionRef[] {
    const { m } = this;
    const ends = m.i32.mul(
      m.call('decode', [this.locals.get('page'), this.locals.get('at')], i32),
      m.i32.const(DECODED.ENDS),
    );
    const operands = [this.locals.get('at'), this.locals.get('word'), this.locals.get('advance')];
    const decoded = [
      ...this.fetch(),
      this.locals.set('decoded', m.call('decodeWord', operands, i32)),
      this.ask(m.i32.eqz(this.locals.get('decoded'))),
      // Of which the lower half is the operation.
      m.i32.store16(RECORD.OPERATION, 2, this.locals.get('at'), this.locals.get('decoded')),
      m.br('decoded'),
    ];
    const advance = m.i32.load8_u(RECORD.ADVANCE, 1, this.locals.get('at'));
    return [
      this.locals.set('offset', m.i32.sub(this.locals.get('at'), this.locals.get('page'))),
      m.br_if('done', m.i32.gt_u(this.locals.get('offset'), m.i32.const(LAST_SLOT))),
      m.br_if('done', this.operation()),
      m.block('decoded', [m.block('ask', decoded), this.locals.set('decoded', ends)]),
      this.locals.set('operation', this.operation()),
      ...this.fuse(),
      m.br_if('done', m.i32.and(this.locals.get('decoded'), m.i32.const(DECODED.ENDS))),
      this.locals.set('previous', this.locals.get('at')),
      this.locals.set('at', m.i32.add(this.locals.get('at'), advance)),
      m.br('next'),
    ];
  }

  /** $word is the 32-bit word to execute; its bits as they are in memory are noted as seen. */
  private fetch(): ExpressionRef[] {
    const { m } = this;
    const code = (): ExpressionRef =>
      m.i32.add(m.i32.load(PAGE_END.CODE, 4, this.locals.get('page')), this.locals.get('offset'));
    const seen = (): ExpressionRef => m.i32.add(this.locals.get('page'), this.locals.get('offset'));
    const high = m.i32.load16_u(2, 2, code());
    const isLong = m.i32.eq(m.i32.and(this.locals.get('word'), m.i32.const(3)), m.i32.const(3));
    const long = [
      this.ask(m.i32.eq(this.locals.get('offset'), m.i32.const(LAST_SLOT >>> 3))),
      this.locals.set('word', m.i32.or(this.locals.get('word'), m.i32.shl(high, m.i32.const(16)))),
      m.i32.store(SEEN_OFFSET, 2, seen(), this.locals.get('word')),
      this.locals.set('advance', m.i32.const(2 * RECORD.BYTES)),
    ];
    const short = [
      m.i32.store16(SEEN_OFFSET, 2, seen(), this.locals.get('word')),
      this.locals.set('word', m.call('expand', [this.locals.get('word')], i32)),
      this.ask(m.i32.eqz(this.locals.get('word'))),
      this.locals.set('advance', m.i32.const(RECORD.BYTES)),
    ];
    return [
      this.ask(m.i32.load8_u(PAGE_END.ASKS, 1, this.locals.get('page'))),
      this.locals.set('offset', m.i32.shr_u(this.locals.get('offset'), m.i32.const(3))),
      this.locals.set('word', m.i32.load16_u(0, 2, code())),
      m.if(isLong, m.block(null, long), m.block(null, short)),
    ];
  }

  /** The previous record and this one, where they are a pair. */
  private fuse(): ExpressionRef[] {
    const { m } = this;
    const { at, pairsStride } = this.tables;
    const of = (table: number): ExpressionRef =>
      m.i32.load8_u(table, 1, this.locals.get('operation'));
    const pair = m.i32.load16_u(
      at.pairs,
      2,
      m.i32.add(
        m.i32.mul(this.locals.get('first'), m.i32.const(pairsStride)),
        m.i32.shl(of(at.second), m.i32.const(1)),
      ),
    );
    const both = [
      this.locals.set('pair', pair),
      m.if(
        this.locals.get('pair'),
        m.i32.store16(RECORD.OPERATION, 2, this.locals.get('previous'), this.locals.get('pair')),
      ),
    ];
    return [
      m.if(this.locals.get('first'), m.block(null, both)),
      this.locals.set('first', of(at.first)),
    ];
  }
}

/** decodeBlock(page, record): decode from a record to the end of its basic block, or to what is decoded already. */
export function addBlockDecoder(m: binaryen.Module, tables: DecoderTables): void {
  new BlockDecoder(m, tables).add();
}
