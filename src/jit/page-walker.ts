/**
 * Generates `walkFetch`, `walkLoad` and `walkStore` of the interpreter's module: they look the address in SCRATCH[0] up in Sv39's page tables and
 * enter its page in the TLB, where the hart lets them (machine/page-walks.ts). Privileged spec 20240411, section 10.3.2, as in machine/mmu.ts.
 */
import binaryen from 'binaryen';
import { PTE, PTE_BYTES, PTE_LEAF, PTE_PPN_SHIFT } from '../isa/sv39.ts';
import { CAUSE } from '../isa/trap.ts';
import { NOTED_WORD, TABLE_AT } from '../machine/empty-banks.ts';
import {
  BANK_NOTES,
  HART,
  JUMP_CACHE,
  RAM_BASE,
  RAM_PHYSICAL_BASE,
  TLB,
  TOTAL,
} from '../machine/hart-layout.ts';
import { HART_ENGINE } from '../machine/record-layout.ts';
import { tlbOffset } from './memory-forms.ts';
import { NamedLocals } from './named-locals.ts';
import type { ExpressionRef } from './value.ts';

const { i32 } = binaryen;

const PAGE_BYTES = 4096;
const PAGE_SHIFT = 12;
/** What a walk returns in place of the host address of the page: EngineCalls has to be asked; a page fault is recorded. */
export const ASK = 0;
export const FAULT = 1;

/** Kinds of access: the walk's name, permissions and bits of a leaf, table of the bank, cause of a page fault, counter. */
export const WALKS = {
  fetch: {
    walk: 'walkFetch',
    permission: PTE.X,
    bits: PTE.A,
    pointer: HART.TLB_FETCH,
    table: TABLE_AT.FETCH,
    cause: CAUSE.INSTRUCTION_PAGE_FAULT,
    total: TOTAL.ITLB_MISSES,
  },
  load: {
    walk: 'walkLoad',
    permission: PTE.R,
    bits: PTE.A,
    pointer: HART.TLB_READ,
    table: TABLE_AT.READ,
    cause: CAUSE.LOAD_PAGE_FAULT,
    total: TOTAL.DTLB_READ_MISSES,
  },
  store: {
    walk: 'walkStore',
    permission: PTE.R | PTE.W,
    bits: PTE.A | PTE.D,
    pointer: HART.TLB_WRITE,
    table: TABLE_AT.WRITE,
    cause: CAUSE.STORE_PAGE_FAULT,
    total: TOTAL.DTLB_WRITE_MISSES,
  },
} as const;
export type Kind = keyof typeof WALKS;

const LOCALS = ['hart', 'low', 'high', 'at', 'entry', 'upper', 'bank', 'count'] as const;
const PARAMETERS = 1;

class Walk {
  private readonly m: binaryen.Module;
  private readonly kind: (typeof WALKS)[Kind];
  private readonly isFetch: boolean;
  private readonly locals: NamedLocals<(typeof LOCALS)[number]>;

  constructor(module: binaryen.Module, kind: Kind) {
    this.m = module;
    this.kind = WALKS[kind];
    this.isFetch = kind === 'fetch';
    this.locals = new NamedLocals(module, LOCALS, PARAMETERS);
  }

  private get(name: (typeof LOCALS)[number]): ExpressionRef {
    return this.locals.get(name);
  }
  private set(name: (typeof LOCALS)[number], value: ExpressionRef): ExpressionRef {
    return this.locals.set(name, value);
  }
  private const(value: number): ExpressionRef {
    return this.m.i32.const(value);
  }
  private hartWord(offset: number): ExpressionRef {
    return this.m.i32.load(offset, 4, this.get('hart'));
  }
  /** The virtual address. */
  private address(): ExpressionRef {
    return this.m.i64.load(HART.SCRATCH, 8, this.get('hart'));
  }
  /** One more of a 64-bit counter in the hart block. */
  private count(offset: number): ExpressionRef {
    const { i64 } = this.m;
    const next = i64.add(i64.load(offset, 8, this.get('hart')), i64.const(1));
    return i64.store(offset, 8, this.get('hart'), next);
  }

  add(): void {
    const { m } = this;
    const body = m.block(
      null,
      [m.block('ask', [m.block('fault', this.walk()), ...this.raise()]), this.const(ASK)],
      i32,
    );
    this.locals.add(this.kind.walk, i32, body);
  }

  private ask(condition: ExpressionRef): ExpressionRef {
    return this.m.br_if('ask', condition);
  }

  private walk(): ExpressionRef[] {
    const { m } = this;
    const { i32: word } = m;
    const sign = word.shr_s(word.shl(this.get('high'), this.const(25)), this.const(25));
    return [
      this.set('at', this.hartWord(HART.WALK_ROOT)),
      this.ask(word.eqz(this.get('at'))),
      ...(this.isFetch ? [this.ask(word.eqz(this.hartWord(HART.WALK_FETCHES)))] : []),
      this.set('low', this.hartWord(HART.SCRATCH)),
      this.set('high', this.hartWord(HART.SCRATCH + 4)),
      this.ask(word.ne(sign, this.get('high'))),
      ...this.descend(
        word.or(
          word.shl(this.get('high'), this.const(2)),
          word.shr_u(this.get('low'), this.const(30)),
        ),
      ),
      ...this.descend(word.shr_u(this.get('low'), this.const(21))),
      ...this.leaf(),
      ...this.fill(),
      this.count(HART.WALKS),
      this.count(HART.TOTALS + 8 * this.kind.total),
      m.return(this.get('at')),
    ];
  }

  /** Read the entry of this index, of which the lower 9 bits count, in the table at `at`; a lack of V is a fault. */
  private read(index: ExpressionRef): ExpressionRef[] {
    const { i32: word } = this.m;
    const offset = word.mul(word.and(index, this.const(511)), this.const(PTE_BYTES));
    return [
      this.set('at', word.add(this.get('at'), offset)),
      this.set('entry', word.load(0, 4, this.get('at'))),
      this.set('upper', word.load(4, 4, this.get('at'))),
      this.m.br_if('fault', word.eqz(word.and(this.get('entry'), this.const(PTE.V)))),
    ];
  }

  /** `at` becomes the host address of the frame that the entry names, which lies in RAM; the entry's reserved bits are 0. */
  private follow(): ExpressionRef[] {
    const { i32: word } = this.m;
    const upperBits = 32 - PTE_PPN_SHIFT;
    const ppn = word.or(
      word.shl(this.get('upper'), this.const(upperBits)),
      word.shr_u(this.get('entry'), this.const(PTE_PPN_SHIFT)),
    );
    const first = RAM_PHYSICAL_BASE / PAGE_BYTES;
    const host = word.add(word.shl(this.get('at'), this.const(PAGE_SHIFT)), this.const(RAM_BASE));
    return [
      this.ask(word.shr_u(this.get('upper'), this.const(PTE_PPN_SHIFT))),
      this.set('at', word.sub(ppn, this.const(first))),
      this.ask(word.ge_u(this.get('at'), this.hartWord(HART.WALK_FRAMES))),
      this.set('at', host),
    ];
  }

  private descend(index: ExpressionRef): ExpressionRef[] {
    const { i32: word } = this.m;
    const others = PTE_LEAF | PTE.U | PTE.A | PTE.D;
    return [
      ...this.read(index),
      this.ask(word.and(this.get('entry'), this.const(others))),
      ...this.follow(),
    ];
  }

  private leaf(): ExpressionRef[] {
    const { i32: word } = this.m;
    const { permission, bits } = this.kind;
    const granted = word.and(this.get('entry'), this.const(permission | PTE.U));
    const wanted = word.or(this.hartWord(HART.WALK_USER), this.const(permission));
    const present = word.and(this.get('entry'), this.const(bits));
    return [
      ...this.read(word.shr_u(this.get('low'), this.const(PAGE_SHIFT))),
      this.m.br_if('fault', word.ne(granted, wanted)),
      this.ask(word.ne(present, this.const(bits))),
      ...this.follow(),
      ...(this.isFetch ? [this.ask(word.eqz(this.recordPage()))] : []),
    ];
  }

  /** Of the frame at `at`: not 0 where the engine has run code of it, so that it is known as code. */
  private recordPage(): ExpressionRef {
    const { i32: word } = this.m;
    const frame = word.shr_u(this.get('at'), this.const(PAGE_SHIFT));
    const index = word.add(this.hartWord(HART_ENGINE.PAGE_INDEX), word.shl(frame, this.const(1)));
    return word.load16_u(0, 2, index);
  }

  /** As TranslationBanks.fill. */
  private fill(): ExpressionRef[] {
    const { m } = this;
    const { i32: word } = m;
    const page = (): ExpressionRef => word.and(this.get('low'), this.const(-PAGE_BYTES));
    const offset = tlbOffset(m, this.address());
    const isNoted = word.load(4 * NOTED_WORD, 4, this.get('entry'));
    return [
      this.set('bank', this.hartWord(this.kind.pointer)),
      this.set('entry', word.add(this.get('bank'), offset)),
      this.set('bank', word.sub(this.get('bank'), this.const(this.kind.table))),
      word.store(TLB.TAG, 4, this.get('entry'), page()),
      word.store(TLB.TAG + 4, 4, this.get('entry'), this.get('high')),
      word.store(TLB.ADDEND, 4, this.get('entry'), word.sub(this.get('at'), page())),
      m.if(word.eqz(isNoted), m.block(null, this.note())),
      ...(this.isFetch ? this.noteFetch() : []),
    ];
  }

  private note(): ExpressionRef[] {
    const { m } = this;
    const { i32: word } = m;
    const { ENTERED, NOTED, MAX } = BANK_NOTES;
    const place = word.add(this.get('bank'), word.shl(this.get('count'), this.const(2)));
    const write = [
      word.store(NOTED, 4, place, word.shr_u(this.get('entry'), this.const(2))),
      word.store(4 * NOTED_WORD, 4, this.get('entry'), this.const(1)),
    ];
    return [
      this.set('count', word.load(ENTERED, 4, this.get('bank'))),
      m.if(word.lt_u(this.get('count'), this.const(MAX)), m.block(null, write)),
      word.store(ENTERED, 4, this.get('bank'), word.add(this.get('count'), this.const(1))),
    ];
  }

  /** The bits of the page in FETCHED and JUMP_PARTS. */
  private noteFetch(): ExpressionRef[] {
    const { i32: word } = this.m;
    const pageNumber = (): ExpressionRef => word.shr_u(this.get('low'), this.const(PAGE_SHIFT));
    const permuted = word.xor(pageNumber(), word.shr_u(this.get('low'), this.const(24)));
    const part = word.shl(this.const(1), word.and(permuted, this.const(JUMP_CACHE.PARTS - 1)));
    // Of the page's number those bits that are its index in the table: 32 a word.
    const bytes = word.shl(
      word.shr_u(word.and(pageNumber(), this.const(TLB.ENTRIES - 1)), this.const(5)),
      this.const(2),
    );
    const { FETCHED, JUMP_PARTS } = BANK_NOTES;
    const fetched = word.shl(this.const(1), pageNumber());
    return [
      word.store(
        JUMP_PARTS,
        4,
        this.get('bank'),
        word.or(word.load(JUMP_PARTS, 4, this.get('bank')), part),
      ),
      this.set('bank', word.add(this.get('bank'), bytes)),
      word.store(
        FETCHED,
        4,
        this.get('bank'),
        word.or(word.load(FETCHED, 4, this.get('bank')), fetched),
      ),
    ];
  }

  /** A page fault. */
  private raise(): ExpressionRef[] {
    const { m } = this;
    return [
      this.count(HART.WALKS),
      m.i32.store(HART.CAUSE, 4, this.get('hart'), this.const(this.kind.cause)),
      m.i64.store(HART.TVAL, 8, this.get('hart'), this.address()),
      m.return(this.const(FAULT)),
    ];
  }
}

export function addWalks(module: binaryen.Module): void {
  for (const kind of ['fetch', 'load', 'store'] as const) new Walk(module, kind).add();
}
