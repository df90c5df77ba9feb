/**
 * Generates `decodeWord` of the interpreter's module: it fills a record but for its operation as machine/record-writer.ts does, from the same
 * rows.
 */
import binaryen from 'binaryen';
import { DECODED, DECODER } from '../machine/decoder-layout.ts';
import { HART_ENGINE, RECORD } from '../machine/record-layout.ts';
import { emitMoves } from './bit-moves.ts';
import { type DecoderTables, ENTRY_KIND, META, type OperandMoves } from './decoder-tables.ts';
import { NamedLocals } from './named-locals.ts';
import type { ExpressionRef } from './value.ts';

const { i32 } = binaryen;

const RESERVED_MODES = [5, 6] as const;
/** The record, the 32-bit word, RECORD.ADVANCE; the row's operation and its META. */
const LOCALS = ['at', 'word', 'advance', 'operation', 'meta', 'destination'] as const;
const PARAMETERS = 3;

class WordDecoder {
  private readonly m: binaryen.Module;
  private readonly tables: DecoderTables;
  private readonly locals: NamedLocals<(typeof LOCALS)[number]>;

  constructor(module: binaryen.Module, tables: DecoderTables) {
    this.m = module;
    this.tables = tables;
    this.locals = new NamedLocals(module, LOCALS, PARAMETERS);
  }

  add(): void {
    const { m, locals } = this;
    const ends = m.i32.mul(this.has(META.ENDS), m.i32.const(DECODED.ENDS / META.ENDS));
    const result = m.return(m.i32.or(locals.get('operation'), ends));
    const decoded = m.block('ask', [...this.findRow(), this.write(), result]);
    locals.add('decodeWord', i32, m.block(null, [decoded, m.i32.const(0)], i32));
  }

  private has(property: number): ExpressionRef {
    return this.m.i32.and(this.locals.get('meta'), this.m.i32.const(property));
  }
  /** Field of the word, times 1 << scale. */
  private field(from: number, bits: number, scale = 0): ExpressionRef {
    const { m } = this;
    const mask = ((1 << bits) - 1) << scale;
    const shifted = m.i32.shr_u(this.locals.get('word'), m.i32.const(from - scale));
    return m.i32.and(shifted, m.i32.const(mask));
  }
  private ask(condition: ExpressionRef): ExpressionRef {
    return this.m.br_if('ask', condition);
  }

  /** $operation and $meta. */
  private findRow(): ExpressionRef[] {
    const { m } = this;
    const { at } = this.tables;
    const bucket = m.i32.or(
      this.field(2, 5, 1),
      m.i32.and(m.i32.shr_u(this.locals.get('word'), m.i32.const(6)), m.i32.const(0x1c0)),
    );
    const further = (kind: number, table: number, size: number, index: ExpressionRef) => {
      const number = m.i32.and(this.locals.get('operation'), m.i32.const(ENTRY_KIND.NUMBER));
      const address = m.i32.add(m.i32.mul(number, m.i32.const(2 * size)), index);
      return m.if(
        m.i32.and(this.locals.get('operation'), m.i32.const(kind)),
        this.locals.set('operation', m.i32.load16_u(table, 2, address)),
      );
    };
    const isHint = m.i32.and(
      this.has(META.HINTS_AT_X0),
      m.i32.shl(m.i32.eqz(this.field(7, 5)), m.i32.const(Math.log2(META.HINTS_AT_X0))),
    );
    return [
      this.locals.set('operation', m.i32.load16_u(at.roots, 2, bucket)),
      further(ENTRY_KIND.BY_FUNCT7, at.byFunct7, 128, this.field(25, 7, 1)),
      further(ENTRY_KIND.BY_RS2, at.byRs2, 32, this.field(20, 5, 1)),
      this.ask(m.i32.eqz(m.i32.load8_u(DECODER.ROWS, 1, this.locals.get('operation')))),
      this.locals.set('meta', m.i32.load8_u(at.meta, 1, this.locals.get('operation'))),
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
      m.i32.eqz(this.locals.get('destination')),
      m.i32.ne(this.has(META.SINK), m.i32.const(0)),
    );
    const destination = m.select(
      toSink,
      m.i32.const(HART_ENGINE.SINK),
      this.locals.get('destination'),
    );
    return m.block(null, [
      m.block('operands', [nest]),
      m.i32.store16(RECORD.RD, 2, this.locals.get('at'), destination),
      m.i32.store8(RECORD.ADVANCE, 1, this.locals.get('at'), this.locals.get('advance')),
    ]);
  }

  private writeOperands({
    destination,
    sources,
    immediate,
    rest,
    zeros,
  }: OperandMoves): ExpressionRef[] {
    const { m } = this;
    const word = (): ExpressionRef => this.locals.get('word');
    const store = (offset: number, moves: OperandMoves['rest']): ExpressionRef =>
      m.i32.store(offset, 4, this.locals.get('at'), emitMoves(m, moves, word));
    const hasMode = rest.moves.some(({ mask }) => mask >>> 16 !== 0);
    const modes = RESERVED_MODES.map((mode) =>
      this.ask(m.i32.eq(this.field(12, 3), m.i32.const(mode))),
    );
    return [
      ...(zeros === 0 ? [] : [this.ask(m.i32.and(word(), m.i32.const(zeros)))]),
      ...(hasMode ? modes : []),
      store(RECORD.RS1, sources),
      store(RECORD.IMM, immediate),
      store(RECORD.RS3, rest),
      this.locals.set('destination', emitMoves(m, destination, word)),
    ];
  }
}

/** decodeWord(record, word, advance) -> DECODED */
export function addWordDecoder(m: binaryen.Module, tables: DecoderTables): void {
  new WordDecoder(m, tables).add();
}
