/** Registers and memory that generated programs reserve, and the code around their random items. */
import { CSR } from '../../src/isa/csr.ts';
import { encodeI, encodeS, encodeU } from '../../src/isa/encode.ts';
import { type DumpField, EXIT, WRITE } from './isa-program.ts';
import { doubleValue, FLOAT_KINDS, halfValue, integerValue, singleValue } from './operand-pools.ts';
import type { Random } from './random.ts';

/** Match patterns of the instructions that the generator writes itself. */
export const WORD = {
  addi: 0x13,
  lui: 0x37,
  auipc: 0x17,
  jal: 0x6f,
  jalr: 0x67,
  beq: 0x63,
  ld: 0x3003,
  sd: 0x3023,
  flw: 0x2007,
  fld: 0x3007,
  flh: 0x1007,
  fsd: 0x3027,
  csrrs: 0x2073,
  csrrwi: 0x5073,
  ecall: 0x73,
} as const;

/** Registers that random instructions read but do not write. */
export const RESERVED = {
  /** 1024 below DATA, for the stack-pointer forms of RVC. */
  sp: 2,
  /** Log of the current block. */
  log: 3,
  /** Middle of the constant pool. */
  pool: 4,
  /** Iterations of the current block that remain. */
  counter: 6,
  scratch: 7,
  /** Middle of the data area, page-aligned. */
  data: 8,
  /** A multiple of 8 within 2 KiB of `data`. */
  near: 9,
} as const;
const RESERVED_SET: ReadonlySet<number> = new Set(Object.values(RESERVED));
/** Registers that random instructions may write. */
export const WRITABLE: readonly number[] = Array.from({ length: 31 }, (_, k) => k + 1).filter(
  (register) => !RESERVED_SET.has(register),
);
export const isWritable = (register: number): boolean => !RESERVED_SET.has(register);

const PAGE = 4096;
const DATA_BYTES = 4 * PAGE;
/** Bytes of log for each item: result, flags. */
export const LOG_ENTRY = 16;
/** Items that share one value of the log register: their offsets fit a store's immediate. */
export const ITEMS_PER_BLOCK = 120;
export const BLOCK_LOG = ITEMS_PER_BLOCK * LOG_ENTRY;

/** Sections of the image behind the code, as offsets from `start`, the end of the code. */
export const SECTION = { pool: 0, registers: PAGE, data: 2 * PAGE, log: 2 * PAGE + DATA_BYTES };

interface PoolSection {
  /** Offset from the middle of the pool. */
  readonly offset: number;
  readonly bytes: number;
  readonly entryBytes: 2 | 4 | 8;
  readonly loadMatch: number;
  readonly value: (random: Random, kind: number) => bigint;
}

const POOL = {
  double: {
    offset: -2048,
    bytes: 1536,
    entryBytes: 8,
    loadMatch: WORD.fld,
    value: doubleValue,
  },
  half: { offset: 512, bytes: 512, entryBytes: 2, loadMatch: WORD.flh, value: halfValue },
  single: { offset: -512, bytes: 1024, entryBytes: 4, loadMatch: WORD.flw, value: singleValue },
  integer: { offset: 1024, bytes: 1024, entryBytes: 8, loadMatch: WORD.ld, value: integerValue },
} as const satisfies Record<string, PoolSection>;
export type ConstantType = keyof typeof POOL;

/** Entries of the pool that lie together and are of one kind. */
const GROUP = 8;

/** A place among the groups: operands that take it up meet values of their own kind. */
export const randomGroup = (random: Random): number => random.below(1 << 16);

/** Load a random constant of the pool, of the given group, into a register. */
export function loadConstant(
  type: ConstantType,
  register: number,
  random: Random,
  group = randomGroup(random),
): number {
  const { offset, bytes, entryBytes, loadMatch } = POOL[type];
  const groups = bytes / entryBytes / GROUP;
  const entry = (group % groups) * GROUP + random.below(GROUP);
  return encodeI(loadMatch, register, RESERVED.pool, offset + entry * entryBytes);
}

function fillPool(view: DataView, random: Random): void {
  for (const { offset, bytes, entryBytes, value } of Object.values(POOL)) {
    const entries = bytes / entryBytes;
    let kind = 0;
    for (let entry = 0; entry < entries; entry++) {
      if (entry % GROUP === 0) kind = random.below(FLOAT_KINDS);
      const at = PAGE / 2 + offset + entry * entryBytes;
      const bits = value(random, kind);
      if (entryBytes === 8) view.setBigUint64(at, BigInt.asUintN(64, bits), true);
      else if (entryBytes === 4) view.setUint32(at, Number(bits), true);
      else view.setUint16(at, Number(bits), true);
    }
  }
}

/** Data that loads meet: halves and singles with their NaN box, doubles, integers. */
function fillData(view: DataView, random: Random): void {
  for (let offset = 0; offset < DATA_BYTES; offset += 8) {
    const value = random.pick([
      () => doubleValue(random, random.below(FLOAT_KINDS)),
      () => singleValue(random, random.below(FLOAT_KINDS)) | 0xffffffff_00000000n,
      () => halfValue(random, random.below(FLOAT_KINDS)) | 0xffffffff_ffff0000n,
      () => BigInt.asUintN(64, integerValue(random)),
    ])();
    view.setBigUint64(offset, value, true);
  }
}

/** The image with `code` at its start and filled sections behind it. */
export function buildImage(code: Uint8Array, start: number, blocks: number, random: Random) {
  const image = new Uint8Array(start + SECTION.log + blocks * BLOCK_LOG);
  image.set(code);
  fillPool(new DataView(image.buffer, start + SECTION.pool, PAGE), random);
  fillData(new DataView(image.buffer, start + SECTION.data, DATA_BYTES), random);
  return image;
}

/** rd = address of image[target]; the two words lie at image[here]. */
function addressOf(rd: number, here: number, target: number): number[] {
  const low = ((target - here) << 20) >> 20;
  return [encodeU(WORD.auipc, rd, target - here - low), encodeI(WORD.addi, rd, rd, low)];
}

/** Sets the reserved registers and gives all others values; runs at image[0]. */
export function prologue(start: number, random: Random): number[] {
  const code: number[] = [];
  const point = (rd: number, target: number): void => {
    code.push(...addressOf(rd, code.length * 4, target));
  };
  point(RESERVED.data, start + SECTION.data + DATA_BYTES / 2);
  point(RESERVED.pool, start + SECTION.pool + PAGE / 2);
  point(RESERVED.log, start + SECTION.log - BLOCK_LOG);
  code.push(encodeI(WORD.addi, RESERVED.near, RESERVED.data, 0));
  code.push(encodeI(WORD.addi, RESERVED.sp, RESERVED.data, -1024));
  for (const register of WRITABLE) code.push(loadConstant('integer', register, random));
  for (let register = 0; register < 32; register++) {
    code.push(loadConstant(random.pick<ConstantType>(['double', 'single']), register, random));
  }
  code.push(encodeI(WORD.csrrwi, 0, random.below(5), CSR.frm));
  return code;
}

/** Stores all registers and writes the dump, which ends with `blocks` blocks of log; runs at image[here]. */
export function epilogue(here: number, start: number, blocks: number): number[] {
  const base = RESERVED.scratch;
  const code = addressOf(base, here, start + SECTION.registers);
  for (let k = 1; k < 32; k++) if (k !== base) code.push(encodeS(WORD.sd, base, k, k * 8));
  for (let k = 0; k < 32; k++) code.push(encodeS(WORD.fsd, base, k, 256 + k * 8));
  const [A0, A1, A2, A7] = [10, 11, 12, 17];
  code.push(encodeI(WORD.csrrs, A0, 0, CSR.fcsr), encodeS(WORD.sd, base, A0, 512));
  const length = SECTION.log - SECTION.registers + blocks * BLOCK_LOG;
  const low = (length << 20) >> 20;
  code.push(
    encodeI(WORD.addi, A0, 0, 1),
    encodeI(WORD.addi, A1, base, 0),
    encodeU(WORD.lui, A2, length - low),
    encodeI(WORD.addi, A2, A2, low),
    encodeI(WORD.addi, A7, 0, WRITE),
    WORD.ecall,
    encodeI(WORD.addi, A0, 0, 0),
    encodeI(WORD.addi, A7, 0, EXIT),
    WORD.ecall,
  );
  return code;
}

/** Fields of the dump but for the log. */
export function registerAndDataFields(): DumpField[] {
  const fields: DumpField[] = [];
  const add = (offset: number, name: string): void => {
    fields.push({ offset, length: 8, describe: () => name });
  };
  for (let k = 0; k < 32; k++) add(k * 8, `x${k} at exit`);
  for (let k = 0; k < 32; k++) add(256 + k * 8, `f${k} at exit`);
  add(512, 'fcsr at exit');
  for (let k = 0; k < DATA_BYTES; k += 8) {
    const fromMiddle = k - DATA_BYTES / 2;
    add(SECTION.data - SECTION.registers + k, `data ${fromMiddle} from x8 at exit`);
  }
  return fields;
}
