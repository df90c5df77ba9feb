/**
 * Random vector programs. Each item sets vtype, vl, vstart, fcsr and vcsr and its scalar operands from a block of constants,
 * executes one random instruction, and logs what it left. What traps is skipped by a signal handler, which counts.
 */
import type { VectorInstruction } from '../../src/isa/vector/vector-instruction.ts';
import { add, addi, auipc, csrrs, csrrw, jalr, ld, lui, sd } from './assembler.ts';
import { EXIT, type IsaProgram, WRITE } from './isa-program.ts';
import type { Random } from './random.ts';
import { specialBits } from './vector-operands.ts';

export const PROGRAM_BASE = 0x8010_0000;
const PAGE = 4096;
/** Layout of the image, in bytes from its base. */
export const TRAP_COUNT = 16;
export const TRAP_VSTART = 24;
const HANDLER = 64;
const ACTION = 32;
const CODE = 256;
const CONSTANT_BYTES = 64;
const LOG_BYTES = 64 + 512;
const POOL_BYTES = 4096;
const DATA_BYTES = 3 * PAGE;
const INDEX_BYTES = 4 * 128;

const CSR = { fcsr: 3, vstart: 8, vcsr: 15, vl: 0xc20, vtype: 0xc21 };
/** Reserved: x8 constants, x9 log, x16 pool, x17 index pools, x18 data. */
const VSETVL = 0x80007057;
const VS8R = 0xe2800027;
const VL8R = 0xe2800007;
const fld = (rd: number, offset: number, rs1: number): number =>
  ((offset << 20) | (rs1 << 15) | (3 << 12) | (rd << 7) | 0x07) >>> 0;
const fsd = (rs2: number, offset: number, rs1: number): number =>
  (((offset >> 5) << 25) | (rs2 << 20) | (rs1 << 15) | (3 << 12) | ((offset & 31) << 7) | 0x27) >>>
  0;

export interface VectorItem {
  readonly word: number;
  readonly row: VectorInstruction;
  readonly text: string;
}

interface Parts {
  readonly code: number[];
  readonly constants: bigint[];
  readonly items: VectorItem[];
}

/** Signal handler: count, note vstart, set it to 0, and skip the instruction (ucontext.pc lies at 176 in a2). */
const HANDLER_CODE: readonly number[] = [
  auipc(6, 0),
  addi(6, 6, -HANDLER),
  ld(5, 176, 12),
  addi(5, 5, 4),
  sd(5, 176, 12),
  ld(5, TRAP_COUNT, 6),
  addi(5, 5, 1),
  sd(5, TRAP_COUNT, 6),
  csrrs(5, CSR.vstart, 0),
  sd(5, TRAP_VSTART, 6),
  csrrw(0, CSR.vstart, 0),
  jalr(0, 0, 1),
];

const SIGACTION = 134;
const [SIGILL, SIGSEGV] = [4, 11];

const li = (rd: number, value: number): number[] => [
  lui(rd, (value + 0x800) & ~0xfff),
  addi(rd, rd, (value << 20) >> 20),
];
/** rd = pc-independent address of an offset in the image; x31 holds the base. */
const address = (rd: number, offset: number): number[] => [...li(rd, offset), add(rd, rd, 31)];

function prologue(layout: Layout): number[] {
  const install = (signal: number): number[] => [
    addi(10, 0, signal),
    ...address(11, ACTION),
    addi(12, 0, 0),
    addi(13, 0, 8),
    addi(17, 0, SIGACTION),
    0x73,
  ];
  return [
    auipc(31, 0),
    addi(31, 31, -CODE),
    ...install(SIGILL),
    ...install(SIGSEGV),
    ...address(8, layout.constants),
    ...address(9, layout.log),
    ...address(16, layout.pool),
    ...address(18, layout.data),
  ];
}

interface Layout {
  readonly constants: number;
  readonly pool: number;
  readonly log: number;
  readonly data: number;
  readonly size: number;
}

const alignTo = (value: number, to: number): number => Math.ceil(value / to) * to;

function layoutFor(codeWords: number, items: number): Layout {
  const constants = alignTo(CODE + codeWords * 4, 64);
  const pool = constants + items * CONSTANT_BYTES;
  const log = pool + POOL_BYTES + INDEX_BYTES;
  const data = alignTo(log + items * LOG_BYTES, PAGE);
  return { constants, pool, log, data, size: data + DATA_BYTES };
}

/** vl<1,8>re8.v of all registers from random places of the pool. */
function reload(random: Random): number[] {
  return [0, 8, 16, 24].flatMap((register) => [
    addi(14, 16, random.below(1900)),
    (VL8R | (14 << 15) | (register << 7)) >>> 0,
  ]);
}

function logging(): number[] {
  return [
    csrrs(13, CSR.vstart, 0),
    sd(13, 0, 9),
    csrrs(13, CSR.vl, 0),
    sd(13, 8, 9),
    csrrs(13, CSR.vtype, 0),
    sd(13, 16, 9),
    csrrs(13, CSR.vcsr, 0),
    sd(13, 24, 9),
    csrrs(13, CSR.fcsr, 0),
    sd(13, 32, 9),
    sd(12, 40, 9),
    fsd(12, 48, 9),
    ld(13, TRAP_COUNT, 31),
    ld(14, TRAP_VSTART, 31),
    add(13, 13, 13),
    add(13, 13, 13),
    add(13, 13, 13),
    add(13, 13, 14),
    sd(13, 56, 9),
    addi(14, 9, 64),
    ...[0, 8, 16, 24].flatMap((register) => [
      (VS8R | (14 << 15) | (register << 7)) >>> 0,
      addi(14, 14, 128),
    ]),
    addi(8, 8, CONSTANT_BYTES),
    addi(9, 14, 0),
  ];
}

/** What an item needs before its instruction. */
const SET_UP: readonly number[] = [
  ld(5, 0, 8),
  ld(6, 8, 8),
  (VSETVL | (6 << 20) | (5 << 15)) >>> 0,
  ld(10, 16, 8),
  ld(11, 24, 8),
  fld(10, 32, 8),
  ld(7, 40, 8),
  csrrw(0, CSR.fcsr, 7),
  ld(7, 48, 8),
  csrrw(0, CSR.vcsr, 7),
];
const SET_VSTART: readonly number[] = [ld(7, 56, 8), csrrw(0, CSR.vstart, 7)];

export interface VectorProgramOptions {
  readonly random: Random;
  readonly items: number;
  readonly rows: readonly VectorInstruction[];
  /** The rounding mode of all items; random if absent. */
  readonly frm?: number;
}

/** Elements that the instruction works on; QEMU 7.2 leaves vstart alone where it is not below them. */
function elementsOf(row: VectorInstruction, vl: number): number {
  const whole = /^v[ls](\d)r(e(\d+))?/.exec(row.name);
  if (whole) return (16 * Number(whole[1]) * 8) / Number(whole[3] ?? 8);
  if (/^vmv\dr/.test(row.name)) return 2;
  // These leave vstart alone in QEMU 7.2: it is 0 for them.
  if (/^vf?mv\.[xfs]\.[xfs]|^vslideup/.test(row.name)) return 1;
  return /^v[ls]m\./.test(row.name) ? Math.ceil(vl / 8) : vl;
}

interface Configuration {
  readonly vtype: number;
  readonly avl: number;
  readonly vl: number;
  readonly lmul: number;
}

/**
 * QEMU 7.2 executes vmv<nr>r.v while vill is set, and has floating-point elements of 16 bits always: those are not asked for.
 */
function widthsFor(name: string): readonly number[] {
  if (/^vfncvt.*x.*\.f\.w|^vfwcvt\.f\.x/.test(name)) return [1, 2, 3];
  return /^v(f|mf)[^i]/.test(name) && !name.startsWith('vfirst') ? [2, 2, 3] : [0, 1, 2, 3];
}

function configurationOf(random: Random, name: string): Configuration {
  const mustBeLegal = /^vmv\dr/.test(name);
  const sew = random.pick(widthsFor(name));
  const lmul = mustBeLegal ? random.below(4) : random.pick([0, 0, 1, 2, 3, -1, -2, -3]);
  const flags = random.below(4) << 6;
  const odd = !mustBeLegal && random.chance(0.01) ? 0x100 : 0;
  const vtype = (lmul & 7) | (sew << 3) | flags | odd;
  const vlmax = lmul >= 0 ? (16 >> sew) << lmul : (16 >> sew) >> -lmul;
  const avl = random.pick([vlmax, vlmax, vlmax, random.below(vlmax + 1), random.below(5), 200]);
  const isLegal = odd === 0 && (lmul >= 0 || sew <= 3 + lmul);
  return { vtype, avl, lmul, vl: isLegal ? Math.min(avl, vlmax) : 0 };
}

/** A register number that suits the group size, mostly. */
function registerFor(random: Random, lmul: number): number {
  const any = random.below(32);
  if (random.chance(0.06)) return any;
  const group = 1 << Math.max(0, Math.min(3, lmul + random.pick([0, 0, 1, 2])));
  return any & ~(group - 1);
}

function wordOf(row: VectorInstruction, random: Random, lmul: number): number {
  const field = (at: number, value: number): number => (value << at) & ~row.mask;
  const uses = (operand: string): boolean => row.assembly.includes(operand);
  const first = uses('x1') || uses('f1') ? 10 : registerFor(random, lmul);
  const second = uses('x2') ? 11 : registerFor(random, lmul);
  const target = uses('xd') || uses('fd') ? 12 : registerFor(random, lmul);
  const source = uses('imm') || uses('uimm') ? random.below(32) : first;
  const vm = random.chance(0.6) ? 1 << 25 : 0;
  const vtype = uses('vtype')
    ? random.below(2) * (random.bits32() & 0x7ff) || random.below(256)
    : 0;
  const bits =
    field(7, target) | field(15, source) | field(20, second) | (vm & ~row.mask) | field(20, vtype);
  return (row.match | (uses('vtype') ? (bits & ~field(20, 31)) | field(20, vtype) : bits)) >>> 0;
}

function itemConstants(
  row: VectorInstruction,
  random: Random,
  layout: Layout,
  fixedMode: number | undefined,
): { constants: bigint[]; lmul: number } {
  const { vtype, avl, lmul, vl } = configurationOf(random, row.name);
  const isMemory = row.shape === 'memory' || row.shape === 'strided';
  const dataAt = PROGRAM_BASE + layout.data;
  const offset = random.pick([
    random.below(512),
    512 * random.below(8),
    PAGE - random.below(96),
    random.chance(0.5) ? DATA_BYTES - random.below(200) : 1024 + random.below(512),
    1024,
  ]);
  const scalar = isMemory ? BigInt(dataAt + offset) : specialBits(random);
  const isShort = row.name.startsWith('vset');
  const stride = random.pick([0, 1, 2, 4, 8, -8, 3, 16, 24, random.below(60) - 20]);
  const requested = BigInt.asUintN(64, BigInt(stride));
  const second = row.name === 'vsetvl' ? BigInt(random.below(300)) : requested;
  const end = elementsOf(row, vl);
  const vstart = random.chance(0.15) && end > 0 ? random.below(end) : 0;
  const mode = random.below(5);
  const frm = fixedMode ?? mode;
  const float = random.chance(0.7)
    ? 0xffffffff_00000000n | BigInt.asUintN(32, specialBits(random))
    : specialBits(random);
  return {
    lmul,
    constants: [
      BigInt(avl),
      BigInt(vtype),
      isShort && random.chance(0.8) ? BigInt(random.below(200)) : scalar,
      second,
      float,
      BigInt((frm << 5) | (random.chance(0.5) ? 1 : 0)),
      BigInt(random.below(8)),
      BigInt(vstart),
    ],
  };
}

function generate({ random, items, rows, frm }: VectorProgramOptions, layout: Layout): Parts {
  const parts: Parts = { code: prologue(layout), constants: [], items: [] };
  parts.code.push(...reload(random));
  for (let k = 0; k < items; k++) {
    const row = random.pick(rows);
    const { constants, lmul } = itemConstants(row, random, layout, frm);
    const word = wordOf(row, random, lmul);
    parts.constants.push(...constants);
    if (k % 3 === 0) parts.code.push(...reload(random));
    else parts.code.push(...new Array<number>(8).fill(0x13));
    parts.code.push(...SET_UP);
    if (row.name.includes('x') && row.name.includes('ei')) {
      const width = Number(/ei(\d+)/.exec(row.name)?.[1]);
      const register = (word >>> 20) & 24;
      const pool = POOL_BYTES + 128 * Math.log2(width / 8);
      parts.code.push(
        ...li(14, pool),
        add(14, 14, 16),
        (VL8R | (14 << 15) | (register << 7)) >>> 0,
      );
    } else parts.code.push(...new Array<number>(4).fill(0x13));
    parts.code.push(...SET_VSTART, word, ...logging());
    const state = constants.map((value) => value.toString(16)).join(' ');
    parts.items.push({ word, row, text: `${row.name} ${word.toString(16)} with ${state}` });
  }
  parts.code.push(
    addi(10, 0, 1),
    ...address(11, layout.log),
    ...li(12, layout.size - layout.log),
    addi(17, 0, WRITE),
    0x73,
    addi(10, 0, 0),
    addi(17, 0, EXIT),
    0x73,
  );
  return parts;
}

function dataOf(random: Random, layout: Layout, image: DataView): void {
  for (let at = 0; at < POOL_BYTES; at += 8)
    image.setBigUint64(layout.pool + at, specialBits(random), true);
  for (let at = 0; at < DATA_BYTES; at += 8)
    image.setBigUint64(layout.data + at, specialBits(random), true);
  const indices = layout.pool + POOL_BYTES;
  for (let k = 0; k < 128; k++) image.setUint8(indices + k, random.below(256));
  for (let k = 0; k < 64; k++) image.setUint16(indices + 128 + 2 * k, random.below(3000), true);
  for (let k = 0; k < 32; k++) image.setUint32(indices + 256 + 4 * k, random.below(3000), true);
  for (let k = 0; k < 16; k++)
    image.setBigUint64(indices + 384 + 8 * k, BigInt(random.below(3000)), true);
}

export interface VectorProgram extends IsaProgram {
  readonly items: readonly VectorItem[];
  readonly end: number;
}

export function vectorProgram(options: VectorProgramOptions): VectorProgram {
  const { random, items } = options;
  const perItem = 8 + SET_UP.length + 4 + SET_VSTART.length + 1 + logging().length;
  const words = prologue(layoutFor(0, 0)).length + 8 + items * perItem + 12;
  const layout = layoutFor(words, items);
  const parts = generate(options, layout);
  if (parts.code.length > words) throw new Error('the code is longer than it was thought to be');
  const image = new Uint8Array(layout.size);
  const view = new DataView(image.buffer);
  // The entry jumps over the header.
  view.setUint32(0, ((CODE & 0x7fe) << 20) | 0x6f, true);
  view.setBigUint64(ACTION, BigInt(PROGRAM_BASE + HANDLER), true);
  view.setBigUint64(ACTION + 8, 0x4000_0004n, true); // SA_NODEFER, SA_SIGINFO
  HANDLER_CODE.forEach((word, k) => {
    view.setUint32(HANDLER + 4 * k, word, true);
  });
  parts.code.forEach((word, k) => {
    view.setUint32(CODE + 4 * k, word, true);
  });
  parts.constants.forEach((value, k) => {
    view.setBigUint64(layout.constants + 8 * k, value, true);
  });
  dataOf(random, layout, view);
  const fields = parts.items.flatMap((item, k) => {
    const at = k * LOG_BYTES;
    const names = ['vstart', 'vl', 'vtype', 'vcsr', 'fcsr', 'x12', 'f12', 'traps'];
    return [
      ...names.map((name, n) => ({
        offset: at + 8 * n,
        length: 8,
        describe: () => `item ${k}, ${item.text}: ${name}`,
      })),
      ...Array.from({ length: 32 }, (_, v) => ({
        offset: at + 64 + 16 * v,
        length: 16,
        describe: () => `item ${k}, ${item.text}: v${v}`,
      })),
    ];
  });
  const data = layout.data - layout.log;
  for (let at = 0; at < DATA_BYTES; at += 8)
    fields.push({ offset: data + at, length: 8, describe: () => `data at ${at}` });
  return {
    base: PROGRAM_BASE,
    image,
    fields,
    items: parts.items,
    end: PROGRAM_BASE + layout.size,
  };
}
