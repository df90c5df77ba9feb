/** The generated decoder against isa/decode.ts: the same records of the same code, by an engine that is asked for each instruction. */
import { expect, it, vi } from 'vitest';
import { DEFAULT_ISA, type Isa, parseIsa } from '../../src/isa/extensions.ts';
import { INSTRUCTIONS, rowsOf } from '../../src/isa/instructions.ts';
import { FIRST_FUSED, fusedPairs } from '../../src/machine/fused-pairs.ts';
import { RAM_BASE } from '../../src/machine/hart-layout.ts';
import { Interpreter } from '../../src/machine/interpreter.ts';
import {
  OPERATION,
  PAGE_END,
  RECORD,
  SEEN_OFFSET,
  SLOTS_PER_PAGE,
} from '../../src/machine/record-layout.ts';
import { interpreterModule } from '../support/engine-backend.ts';
import { FlatMachine } from '../support/flat-machine.ts';
import { Random } from '../support/random.ts';

const PAGE = 4096;
const NOP = 0x13;
const ECALL = 0x73;
const RD_11 = 11 << 7;
const ISAS: readonly (readonly [string, Isa])[] = [
  ['default', DEFAULT_ISA],
  ['rv64gc', parseIsa('rv64gc')],
  ['without floating point', parseIsa('rv64ima_zca_zba_zcb')],
  ['with half the compressed forms', parseIsa('rv64imafd_zca_zbb')],
];

/** Two engines over one memory: the second asks about each instruction. */
class Decoders {
  private readonly machine = new FlatMachine();
  readonly fast: Interpreter;
  readonly asking: Interpreter;
  private used = 0;

  constructor(isa: Isa) {
    const make = (index: number) =>
      new Interpreter({
        memory: this.machine.memory,
        calls: this.machine,
        module: interpreterModule(),
        isa,
        index,
        engines: 2,
      });
    this.fast = make(0);
    this.asking = make(1);
    this.asking.pages.isAskedFor = () => true;
  }

  /** The record page of code that an engine has decoded, from each of its halfwords or words. */
  decode(engine: Interpreter, code: Uint8Array, step = 1): Uint8Array {
    const { u8 } = this.machine;
    const hostPage = RAM_BASE / PAGE + this.used;
    u8.set(code, hostPage * PAGE);
    engine.pages.give(hostPage);
    const first = engine.pages.recordAt(hostPage, 0);
    const decodeBlock = engine.instance.exports['decodeBlock'] as (...at: number[]) => void;
    for (let slot = 0; slot < SLOTS_PER_PAGE; slot += step)
      decodeBlock(first, first + slot * RECORD.BYTES);
    return u8.slice(first, first + SEEN_OFFSET + PAGE);
  }

  /** Both records of a page that begins with this code. */
  compare(code: Uint8Array): void {
    const page = new Uint8Array(PAGE);
    page.set(code);
    const [mine, asked] = [this.fast, this.asking].map((it) => this.decode(it, page));
    expect(mine?.[PAGE_END.ASKS]).toBe(0);
    expect(asked?.[PAGE_END.ASKS]).toBe(1);
    if (mine && asked) asked[PAGE_END.ASKS] = 0;
    expect(Buffer.compare(mine as Uint8Array, asked as Uint8Array)).toBe(0);
    this.used++;
  }

  compareAll(halfwords: Uint16Array): void {
    const bytes = new Uint8Array(halfwords.buffer);
    for (let at = 0; at < bytes.length; at += PAGE) this.compare(bytes.subarray(at, at + PAGE));
  }
}

const halfwordsOf = (words: readonly number[]): Uint16Array =>
  new Uint16Array(Uint32Array.from(words).buffer);

/** Each row several times, with operands at random. */
function rowsWithOperands(random: Random): number[] {
  return INSTRUCTIONS.flatMap(({ match, mask }) =>
    Array.from({ length: 40 }, (_, k) => {
      // Every fourth with x0 as destination, of which some are hints.
      const operands = random.bits32() & ~mask & (k % 4 === 0 ? ~0xf80 : -1);
      return (match | operands) >>> 0;
    }),
  );
}

it.each(ISAS)('decodes every row with operands as isa/ does, %s', (_name, isa) => {
  new Decoders(isa).compareAll(halfwordsOf(rowsWithOperands(new Random(1))));
});

it.each(ISAS)('decodes rows with each of their bits changed as isa/ does, %s', (_name, isa) => {
  const words = INSTRUCTIONS.flatMap(({ match }) =>
    Array.from({ length: 32 }, (_, bit) => (match ^ (1 << bit)) >>> 0),
  );
  new Decoders(isa).compareAll(halfwordsOf(words));
});

it.each(ISAS)('decodes every compressed halfword as isa/ does, %s', (_name, isa) => {
  const compressed = Array.from({ length: 65536 }, (_, halfword) => halfword).filter(
    (halfword) => (halfword & 3) !== 3,
  );
  new Decoders(isa).compareAll(Uint16Array.from(compressed));
});

it.each(ISAS)('decodes random words as isa/ does, %s', (_name, isa) => {
  const random = new Random(2);
  const words = Array.from({ length: 100_000 }, () => (random.bits32() | 3) >>> 0);
  new Decoders(isa).compareAll(halfwordsOf(words));
});

it('decodes without being asked what compilers emit', () => {
  const isa = parseIsa('rv64gc_zba_zbb_zbs');
  const rows = rowsOf(isa);
  const words = INSTRUCTIONS.filter((_row, index) => rows[index] === 1).map(
    ({ match, mask }) => (match | (RD_11 & ~mask)) >>> 0,
  );
  expect(words.length).toBeGreaterThan(150);
  const page = new Uint32Array(PAGE / 4).fill(NOP);
  page.set(words);
  const decoders = new Decoders(isa);
  const asked = vi.spyOn(decoders.fast.pages, 'uses');
  decoders.decode(decoders.fast, new Uint8Array(page.buffer), 2);
  expect(asked).not.toHaveBeenCalled();
});

it('fuses each of the pairs', () => {
  const wordOf = (row: number): number =>
    ((INSTRUCTIONS[row]?.match ?? 0) | (RD_11 & ~(INSTRUCTIONS[row]?.mask ?? 0))) >>> 0;
  const pairs = fusedPairs();
  const decoders = new Decoders(DEFAULT_ISA);
  const page = new Uint32Array(PAGE / 4).fill(ECALL);
  for (const [index, { first, second }] of pairs.entries())
    page.set([wordOf(first), wordOf(second)], 3 * index);
  const records = new Uint16Array(
    decoders.decode(decoders.fast, new Uint8Array(page.buffer), 2).buffer,
  );
  const operationAt = (word: number): number | undefined => records[word * RECORD.BYTES];
  for (const [index, { second }] of pairs.entries()) {
    expect(operationAt(3 * index)).toBe(FIRST_FUSED + index);
    expect(operationAt(3 * index + 1)).toBe(OPERATION.FIRST_ROW + second);
  }
});
