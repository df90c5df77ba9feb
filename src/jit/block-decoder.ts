/**
 * Generates `decodeBlock` of the interpreter's module: it fills the records of a basic block as machine/record-writer.ts fills one, from the
 * same rows, and asks the import `decode` for each instruction that its tables do not tell.
 */
import binaryen from 'binaryen';
import { DECODER } from '../machine/decoder-layout.ts';
import {
  HART_ENGINE,
  PAGE_END,
  RECORD,
  SEEN_OFFSET,
  SLOTS_PER_PAGE,
} from '../machine/record-layout.ts';
import { emitMoves } from './bit-moves.ts';
import { type DecoderTables, ENTRY_KIND, META, type OperandMoves } from './decoder-tables.ts';
import { addExpand } from './form-expander.ts';
import type { ExpressionRef } from './value.ts';

const { i32, none } = binaryen;

const LAST_SLOT = (SLOTS_PER_PAGE - 1) * RECORD.BYTES;
const RESERVED_MODES = [5, 6] as const;
const BLOCKS = 'blocksDecoded';

const LOCALS = [
  'page',
  /** The record at hand, and the one before it. */
  'at',
  'previous',
  /** Of the record in its page; then of its instruction in the page of code. */
  'offset',
  'word',
  'operation',
  'meta',
  'destination',
  'advance',
  /** Number of the previous row among the first ones of pairs. */
  'first',
] as const;
type Local = (typeof LOCALS)[number];
const PARAMETERS = 2;

class BlockDecoder {
  private readonly m: binaryen.Module;
  private readonly tables: DecoderTables;

  constructor(module: binaryen.Module, tables: DecoderTables) {
    this.m = module;
    this.tables = tables;
  }

  add(): void {
    const { m } = this;
    const count = m.global.set(BLOCKS, m.i32.add(m.global.get(BLOCKS, i32), m.i32.const(1)));
    const body = m.block('done', [
      m.if(m.i32.eqz(this.operationAt('at')), count),
      m.loop('next', m.block(null, this.instruction())),
    ]);
    const locals = new Array<binaryen.Type>(LOCALS.length - PARAMETERS).fill(i32);
    m.addFunction('decodeBlock', binaryen.createType([i32, i32]), none, locals, body);
    m.addFunctionExport('decodeBlock', 'decodeBlock');
    m.addGlobal(BLOCKS, i32, true, m.i32.const(0));
    m.addGlobalExport(BLOCKS, BLOCKS);
  }

  private get(name: Local): ExpressionRef {
    return this.m.local.get(LOCALS.indexOf(name), i32);
  }
  private set(name: Local, value: ExpressionRef): ExpressionRef {
    return this.m.local.set(LOCALS.indexOf(name), value);
  }
  private operationAt(record: Local): ExpressionRef {
    return this.m.i32.load16_u(RECORD.OPERATION, 2, this.get(record));
  }
  private has(property: number): ExpressionRef {
    return this.m.i32.and(this.get('meta'), this.m.i32.const(property));
  }
  /** Field of the word, times 1 << scale. */
  private field(from: number, bits: number, scale = 0): ExpressionRef {
    const { m } = this;
    const mask = ((1 << bits) - 1) << scale;
    return m.i32.and(m.i32.shr_u(this.get('word'), m.i32.const(from - scale)), m.i32.const(mask));
  }
  private ask(condition: ExpressionRef): ExpressionRef {
    return this.m.br_if('ask', condition);
  }

  /** One, and on to the next of its block. */
  private instruction(): ExpressionRef[] {
    const { m } = this;
    const askDecode = [
      this.set(
        'meta',
        m.select(
          m.call('decode', [this.get('page'), this.get('at')], i32),
          m.i32.const(META.ENDS),
          m.i32.const(0),
        ),
      ),
      this.set('operation', this.operationAt('at')),
    ];
    const written = [
      m.block('ask', [...this.fetch(), ...this.findRow(), this.write(), m.br('written')]),
      ...askDecode,
    ];
    return [
      this.set('offset', m.i32.sub(this.get('at'), this.get('page'))),
      m.br_if('done', m.i32.gt_u(this.get('offset'), m.i32.const(LAST_SLOT))),
      m.br_if('done', this.operationAt('at')),
      m.block('written', written),
      ...this.fuse(),
      m.br_if('done', this.has(META.ENDS)),
      this.set('previous', this.get('at')),
      this.set('at', m.i32.add(this.get('at'), m.i32.load8_u(RECORD.ADVANCE, 1, this.get('at')))),
      m.br('next'),
    ];
  }

  /** $word is the 32-bit word to execute; its bits as they are in memory are noted as seen. */
  private fetch(): ExpressionRef[] {
    const { m } = this;
    const code = (): ExpressionRef =>
      m.i32.add(m.i32.load(PAGE_END.CODE, 4, this.get('page')), this.get('offset'));
    const seen = (): ExpressionRef => m.i32.add(this.get('page'), this.get('offset'));
    const high = m.i32.load16_u(2, 2, code());
    const long = [
      this.ask(m.i32.eq(this.get('offset'), m.i32.const(LAST_SLOT >>> 3))),
      this.set('word', m.i32.or(this.get('word'), m.i32.shl(high, m.i32.const(16)))),
      m.i32.store(SEEN_OFFSET, 2, seen(), this.get('word')),
      this.set('advance', m.i32.const(2 * RECORD.BYTES)),
    ];
    const short = [
      m.i32.store16(SEEN_OFFSET, 2, seen(), this.get('word')),
      this.set('word', m.call('expand', [this.get('word')], i32)),
      this.ask(m.i32.eqz(this.get('word'))),
      this.set('advance', m.i32.const(RECORD.BYTES)),
    ];
    return [
      this.ask(m.i32.load8_u(PAGE_END.ASKS, 1, this.get('page'))),
      this.set('offset', m.i32.shr_u(this.get('offset'), m.i32.const(3))),
      this.set('word', m.i32.load16_u(0, 2, code())),
      m.if(m.i32.eq(this.field(0, 2), m.i32.const(3)), m.block(null, long), m.block(null, short)),
    ];
  }

  /** $operation and $meta. */
  private findRow(): ExpressionRef[] {
    const { m } = this;
    const { at } = this.tables;
    const bucket = m.i32.or(
      this.field(2, 5, 1),
      m.i32.and(m.i32.shr_u(this.get('word'), m.i32.const(6)), m.i32.const(0x1c0)),
    );
    const further = (kind: number, table: number, size: number, index: ExpressionRef) => {
      const number = m.i32.and(this.get('operation'), m.i32.const(ENTRY_KIND.NUMBER));
      const address = m.i32.add(m.i32.mul(number, m.i32.const(2 * size)), index);
      return m.if(
        m.i32.and(this.get('operation'), m.i32.const(kind)),
        this.set('operation', m.i32.load16_u(table, 2, address)),
      );
    };
    const isHint = m.i32.and(
      this.has(META.HINTS_AT_X0),
      m.i32.shl(m.i32.eqz(this.field(7, 5)), m.i32.const(Math.log2(META.HINTS_AT_X0))),
    );
    return [
      this.set('operation', m.i32.load16_u(at.roots, 2, bucket)),
      further(ENTRY_KIND.BY_FUNCT7, at.byFunct7, 128, this.field(25, 7, 1)),
      further(ENTRY_KIND.BY_RS2, at.byRs2, 32, this.field(20, 5, 1)),
      this.ask(m.i32.eqz(m.i32.load8_u(DECODER.ROWS, 1, this.get('operation')))),
      this.set('meta', m.i32.load8_u(at.meta, 1, this.get('operation'))),
      this.ask(isHint),
    ];
  }

  /** The record. */
  private write(): ExpressionRef {
    const { m } = this;
    const labels = this.tables.operands.map((_, number) => `operands${number}`);
    let nest = m.switch(['ask', ...labels], 'ask', this.has(META.OPERANDS));
    for (const [number, operands] of this.tables.operands.entries()) {
      nest = m.block(null, [
        m.block(labels[number] as string, [nest]),
        ...this.writeOperands(operands),
        m.br('operands'),
      ]);
    }
    const toSink = m.i32.and(
      m.i32.eqz(this.get('destination')),
      m.i32.ne(this.has(META.SINK), m.i32.const(0)),
    );
    const destination = m.select(toSink, m.i32.const(HART_ENGINE.SINK), this.get('destination'));
    return m.block(null, [
      m.block('operands', [nest]),
      m.i32.store16(RECORD.RD, 2, this.get('at'), destination),
      m.i32.store8(RECORD.ADVANCE, 1, this.get('at'), this.get('advance')),
      m.i32.store16(RECORD.OPERATION, 2, this.get('at'), this.get('operation')),
    ]);
  }

  private writeOperands({ destination, sources, immediate, rest }: OperandMoves): ExpressionRef[] {
    const { m } = this;
    const word = (): ExpressionRef => this.get('word');
    const store = (offset: number, moves: OperandMoves['rest']): ExpressionRef =>
      m.i32.store(offset, 4, this.get('at'), emitMoves(m, moves, word));
    const hasMode = rest.moves.some(({ mask }) => mask >>> 16 !== 0);
    const modes = RESERVED_MODES.map((mode) =>
      this.ask(m.i32.eq(this.field(12, 3), m.i32.const(mode))),
    );
    return [
      ...(hasMode ? modes : []),
      store(RECORD.RS1, sources),
      store(RECORD.IMM, immediate),
      store(RECORD.RS3, rest),
      this.set('destination', emitMoves(m, destination, word)),
    ];
  }

  /** The previous record and this one, where they are a pair. */
  private fuse(): ExpressionRef[] {
    const { m } = this;
    const { at, pairsStride } = this.tables;
    const of = (table: number): ExpressionRef => m.i32.load8_u(table, 1, this.get('operation'));
    const pair = m.i32.load16_u(
      at.pairs,
      2,
      m.i32.add(
        m.i32.mul(this.get('first'), m.i32.const(pairsStride)),
        m.i32.shl(of(at.second), m.i32.const(1)),
      ),
    );
    const both = [
      this.set('offset', pair),
      m.if(
        this.get('offset'),
        m.i32.store16(RECORD.OPERATION, 2, this.get('previous'), this.get('offset')),
      ),
    ];
    return [m.if(this.get('first'), m.block(null, both)), this.set('first', of(at.first))];
  }
}

/** decodeBlock(page, record): decode from a record to the end of its basic block, or to what is decoded already. */
export function addBlockDecoder(m: binaryen.Module, tables: DecoderTables): void {
  addExpand(m);
  new BlockDecoder(m, tables).add();
}
