/** Random instructions that trap, or nearly: for programs that the harness runs in U-mode (harness.S says what lies where). */
import { CSR } from '../../../src/isa/csr.ts';
import { assemblyOf } from '../../../src/isa/disassemble.ts';
import { encodeI, encodeR, encodeS, encodeU } from '../../../src/isa/encode.ts';
import type { Instruction } from '../../../src/isa/instruction.ts';
import { INSTRUCTIONS } from '../../../src/isa/instructions.ts';
import { halfword, type Item, item, patched, resultOf, word } from '../isa-item.ts';
import { RESERVED, WORD, WRITABLE } from '../isa-layout.ts';
import type { Random } from '../random.ts';

const PAGE = 4096;
const WINDOW = 0x4000_0000;
const WINDOW_PAGES = 16;
/** Executable and writable. */
const CODE_PAGE = 13;
/** Where a page's instructions begin: one straddles its start. */
const CODE_PHASE = 2;
const CODE_SLOT_BYTES = 64;

const { scratch } = RESERVED;

const named = (name: string): Instruction => {
  const row = INSTRUCTIONS.find((candidate) => candidate.name === name);
  if (!row) throw new Error(`no row ${name}`);
  return row;
};
const loads = 'lb lh lw ld lbu lhu lwu flw fld'.split(' ').map(named);
const stores = 'sb sh sw sd fsw fsd'.split(' ').map(named);
/** Without sc: what it does to an address without permission depends on the reservation. */
const atomics = INSTRUCTIONS.filter((row) => /^(amo(?!cas)[a-z]+|lr)\.[wd]$/.test(row.name));

/** Opcodes that the manual leaves to vendors for ever: custom-0 to custom-3 (unprivileged spec, table 70). */
const CUSTOM = [0x0b, 0x2b, 0x5b, 0x7b];
const PRIVILEGED_CSRS = [CSR.mstatus, CSR.mepc, CSR.satp, CSR.sstatus, CSR.stvec, CSR.mhartid];
const MRET = 0x3020_0073;
const SRET = 0x1020_0073;
const EBREAK = 0x0010_0073;
const ECALL = 0x0000_0073;
const A7 = 17;
const C_EBREAK = 0x9002;
/** Reserved: c.lwsp and c.addiw with x0, c.lui with immediate 0, and the defined illegal halfword. */
const RESERVED_HALFWORDS = [0x0000, 0x4002, 0x2001, 0x6801];

/** The address behind the item, in x7: where the harness goes on after a trap in the window. */
const recovery = (end: number) => [
  word(WORD.auipc | (scratch << 7)),
  patched(encodeI(WORD.addi, scratch, scratch, 0), 4, {
    form: 'I',
    to: { piece: end },
    from: 0,
  }),
];

/** Pieces that put an address of the window into a register. */
function windowAddress(register: number, offset: number) {
  const low = (offset << 20) >> 20;
  return [
    word(encodeU(WORD.lui, register, (WINDOW + offset - low) | 0)),
    word(encodeI(WORD.addi, register, register, low)),
  ];
}

function illegal(random: Random): Item {
  const privileged = (): number =>
    encodeI(WORD.csrrs, random.pick(WRITABLE), random.pick([0, 5]), random.pick(PRIVILEGED_CSRS));
  const long = random.pick([
    () => (random.bits32() & ~0x7f) | random.pick(CUSTOM),
    privileged,
    () => random.pick([MRET, SRET, EBREAK]),
  ]);
  // A call of number 0: the harness serves two others.
  if (random.chance(0.1)) return item([word(encodeI(WORD.addi, A7, 0, 0)), word(ECALL)], undefined);
  if (random.chance(0.7)) return item([word(long() >>> 0)], undefined);
  return item([halfword(random.pick([...RESERVED_HALFWORDS, C_EBREAK]))], undefined);
}

/** Offsets in the window: near a page's end, aligned in it, or anywhere. */
function windowOffset(random: Random, pages: readonly number[]): number {
  const page = random.pick(pages) * PAGE;
  if (random.chance(0.5)) return page + PAGE - 1 - random.below(8);
  return random.chance(0.5) ? page + 8 * random.below(PAGE / 8) : page + random.below(PAGE - 8);
}

/** Pages whose content stores may change: not those with code, nor what a straddling store reaches from before them. */
const STORE_PAGES = [0, 1, 2, 3, 4, 5, 9, 14, 15];
const LOAD_PAGES = Array.from({ length: WINDOW_PAGES - 1 }, (_, k) => k);

function memoryAccess(random: Random): Item {
  const isStore = random.chance(0.5);
  const row = random.pick(isStore ? stores : loads);
  const address = windowAddress(scratch, windowOffset(random, isStore ? STORE_PAGES : LOAD_PAGES));
  if (isStore) {
    const bits = encodeS(row.match, scratch, random.below(32), 0);
    return item([...address, word(bits)], undefined);
  }
  const bits = encodeI(row.match, random.pick(WRITABLE), scratch, 0);
  return item([...address, word(bits)], resultOf(row, bits));
}

/** Atomics at aligned and misaligned addresses, in pages that may be read, written, or neither. */
function atomic(random: Random): Item {
  const row = random.pick(atomics);
  const offset = windowOffset(random, STORE_PAGES);
  // An address that is misaligned in a page without permission may give either fault.
  const size = row.name.endsWith('.d') ? 8 : 4;
  const page = Math.floor(offset / PAGE);
  const isOpen = page === 1 || page === 2 || page === 5;
  const place = isOpen ? offset : offset - (offset % size);
  const hasSource = assemblyOf(row).includes('x2');
  const source = hasSource ? random.below(32) : 0;
  const bits = encodeR(row.match, random.pick(WRITABLE), scratch, source);
  return item([...windowAddress(scratch, place), word(bits)], resultOf(row, bits));
}

/** A jump into the window, to code that comes back, or that cannot be fetched, wholly or its second half. */
function farJump(random: Random): Item {
  const target = random.pick(WRITABLE);
  const page = random.below(WINDOW_PAGES - 1);
  // A slot of the writable page may hold other code, see selfModifying; pages that stores reach hold anything.
  const isCode = page === 7 || page === 8 || page === 10 || page === 11;
  const offset = isCode && random.chance(0.6) ? PAGE - CODE_PHASE : CODE_PHASE;
  const isFetchable = isCode || page !== CODE_PAGE;
  const place = (isFetchable ? page : 7) * PAGE + offset;
  const pieces = [
    ...recovery(5),
    ...windowAddress(target, place),
    word(encodeI(WORD.jalr, 0, target, 0)),
  ];
  return item(pieces, { file: 'x', register: target });
}

/** Writes an instruction and a return to the writable page of code, and calls it. */
function selfModifying(random: Random): Item {
  const at = random.pick(WRITABLE);
  const value = random.pick(WRITABLE.filter((register) => register !== at));
  const changed = random.pick(WRITABLE.filter((register) => register !== at));
  const slot = CODE_PAGE * PAGE + CODE_SLOT_BYTES * (1 + random.below(60));
  const code = encodeI(WORD.addi, changed, changed, random.below(4096) - 2048);
  const low = (code << 20) >> 20;
  const put = [
    word(encodeU(WORD.lui, value, (code - low) | 0)),
    word(encodeI(WORD.addi, value, value, low)),
    word(encodeS(0x2023, at, value, 0)),
  ];
  const back = encodeI(WORD.jalr, 0, scratch, 0);
  const backLow = (back << 20) >> 20;
  const putBack = [
    word(encodeU(WORD.lui, value, (back - backLow) | 0)),
    word(encodeI(WORD.addi, value, value, backLow)),
    word(encodeS(0x2023, at, value, 4)),
  ];
  const fence = random.chance(0.5) ? [word(0x0000_100f)] : [];
  const before = [...windowAddress(at, slot), ...put, ...putBack, ...fence];
  const pieces = [...recovery(before.length + 3), ...before, word(encodeI(WORD.jalr, 0, at, 0))];
  return item(pieces, { file: 'x', register: changed });
}

/** A random item that traps or may trap. */
export function randomTrapItem(random: Random): Item {
  return random.pick([illegal, memoryAccess, memoryAccess, atomic, farJump, selfModifying])(random);
}
