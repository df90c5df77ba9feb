/** Operand fields of a 32-bit instruction word: unprivileged spec 20240411, section 2.3 (immediate encoding variants). */
import { fliBits } from './fli-constants.ts';
import type { Format } from './instruction.ts';

/** All fields as numbers; those that the format does not have are 0. */
export interface OperandFields {
  rd: number;
  rs1: number;
  rs2: number;
  rs3: number;
  /** Sign-extended, fits i32. */
  imm: number;
  csr: number;
  rm: number;
}

type Immediate = (word: number) => number;

const none: Immediate = () => 0;

/** The immediate of each format; words may be signed or unsigned. */
const IMMEDIATES: Record<Format, Immediate> = {
  R: none,
  R4: none,
  fp: none,
  amo: none,
  none,
  vector: (word) => word | 0,
  I: (word) => word >> 20,
  shift6: (word) => (word >>> 20) & 63,
  shift5: (word) => (word >>> 20) & 31,
  S: (word) => ((word >> 25) << 5) | ((word >>> 7) & 31),
  B: (word) =>
    ((word >> 31) << 12) | ((word << 4) & 0x800) | ((word >>> 20) & 0x7e0) | ((word >>> 7) & 0x1e),
  U: (word) => word & ~0xfff,
  J: (word) =>
    ((word >> 31) << 20) | (word & 0xff000) | ((word >>> 9) & 0x800) | ((word >>> 20) & 0x7fe),
  csr: (word) => (word >>> 15) & 31,
  csri: (word) => (word >>> 15) & 31,
  'fli.h': (word) => fliBits('h', (word >>> 15) & 31),
  'fli.s': (word) => fliBits('s', (word >>> 15) & 31),
  'fli.d': (word) => fliBits('d', (word >>> 15) & 31),
  fence: (word) => (word >>> 20) & 0xfff,
  sfence: (word) => (word >>> 15) & 0x3ff,
};

/** Formats without rd, rs1, rs2; the rest have them. */
const NO_RD: ReadonlySet<Format> = new Set(['S', 'B', 'none', 'fence', 'sfence']);
const NO_RS1: ReadonlySet<Format> = new Set(['U', 'J', 'none', 'fence', 'csri']);
const HAS_RS2: ReadonlySet<Format> = new Set([
  'R',
  'R4',
  'S',
  'B',
  'amo',
  'fp',
  'sfence',
  'vector',
]);
const HAS_RM: ReadonlySet<Format> = new Set(['fp', 'R4']);
const HAS_CSR: ReadonlySet<Format> = new Set(['csr', 'csri']);

/** Of a format: the bits that each field has, and 0 for those that it does not have. */
interface FieldMasks extends Omit<OperandFields, 'imm'> {
  imm: Immediate;
}

const MASKS = Object.fromEntries(
  (Object.keys(IMMEDIATES) as Format[]).map((format): [Format, FieldMasks] => [
    format,
    {
      rd: NO_RD.has(format) ? 0 : 31,
      rs1: NO_RS1.has(format) ? 0 : 31,
      rs2: HAS_RS2.has(format) ? 31 : 0,
      rs3: format === 'R4' ? 31 : 0,
      imm: IMMEDIATES[format],
      csr: HAS_CSR.has(format) ? 0xfff : 0,
      rm: HAS_RM.has(format) ? 7 : 0,
    },
  ]),
) as Record<Format, FieldMasks>;

/** All operand fields of `word`, an instruction of the given format. */
export function operandsOf(format: Format, word: number): OperandFields {
  const masks = MASKS[format];
  return {
    rd: (word >>> 7) & masks.rd,
    rs1: (word >>> 15) & masks.rs1,
    rs2: (word >>> 20) & masks.rs2,
    rs3: (word >>> 27) & masks.rs3,
    imm: masks.imm(word),
    csr: (word >>> 20) & masks.csr,
    rm: (word >>> 12) & masks.rm,
  };
}
