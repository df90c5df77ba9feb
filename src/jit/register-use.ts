/** Which registers, flags and rounding mode a row reads and writes: found by running its meaning over a silent vocabulary. */
import type { Instruction } from '../isa/instruction.ts';
import type { Operands, Ops } from '../isa/ops.ts';
import { UNROUNDED } from './float-table.ts';

export type Field = 'rd' | 'rs1' | 'rs2' | 'rs3' | 'csr' | 'rm';

export interface RegisterUse {
  readonly readsX: readonly Field[];
  readonly writesX: boolean;
  readonly readsF: readonly Field[];
  readonly writesF: boolean;
  /** Can miss the TLB. */
  readonly touchesMemory: boolean;
  /** A plain load or store. */
  readonly access?: { readonly size: number; readonly writes: boolean };
  /** Takes the rounding mode, so that an invalid dynamic one is illegal. */
  readonly rounds: boolean;
}

/** The interpreter's operands: where they lie in a record. */
export const FIELDS = {
  rd: 'rd',
  rs1: 'rs1',
  rs2: 'rs2',
  rs3: 'rs3',
  csr: 'csr',
  rm: 'rm',
} as const;

type Silent = Ops<null, Field>;

const quiet = (): null => null;

/** Every operation does nothing and yields nothing; register accesses are told to `use`. */
function silentOps(
  use: Map<string, Set<Field>>,
  noteAccess: (size: number, writes: boolean) => void,
): Silent {
  const note =
    (kind: string) =>
    (field: Field): null => {
      const fields = use.get(kind) ?? new Set();
      use.set(kind, fields.add(field));
      return null;
    };
  const noteMemory = (): null => note('memory')('rs1');
  const known: Partial<Silent> = {
    x: note('readsX'),
    setX: note('writesX'),
    f: note('readsF'),
    setF: note('writesF'),
    fSingle: note('readsF'),
    setFSingle: note('writesF'),
    fHalf: note('readsF'),
    setFHalf: note('writesF'),
    when: (_condition, body) => body(),
    load: (_address, size) => {
      noteAccess(size, false);
      return noteMemory();
    },
    store: (_address, size) => {
      noteAccess(size, true);
      noteMemory();
    },
    vector: noteMemory,
    amo: noteMemory,
    loadReserved: noteMemory,
    storeConditional: noteMemory,
    compareAndSwap: noteMemory,
    compareAndSwapPair: () => [noteMemory(), null],
    xPair: (field) => [note('readsX')(field), null],
    zeroBlock: noteMemory,
    floatArithmetic: (operation, _format, rm) =>
      UNROUNDED.has(operation) ? null : note('rounds')(rm),
    floatMultiplyAdd: (_format, rm) => note('rounds')(rm),
    floatToInteger: (_format, _type, rm) => note('rounds')(rm),
    integerToFloat: (_format, _type, rm) => note('rounds')(rm),
    floatConvert: (_from, _to, rm) => note('rounds')(rm),
  };
  return new Proxy(known as Silent, {
    get: (target, name) => Reflect.get(target, name) ?? quiet,
  });
}

const OPERANDS: Operands<null, Field> = { ...FIELDS, imm: null };

const known = new Map<Instruction, RegisterUse>();

/** Registers by field name; `rd` is the only field that is ever written. */
export function registerUseOf(row: Instruction): RegisterUse {
  let use = known.get(row);
  if (use === undefined) {
    use = findUse(row);
    known.set(row, use);
  }
  return use;
}

function findUse(row: Instruction): RegisterUse {
  const use = new Map<string, Set<Field>>();
  let access: RegisterUse['access'];
  const noteAccess = (size: number, writes: boolean): void => {
    access = { size, writes };
  };
  row.exec(silentOps(use, noteAccess), OPERANDS);
  return {
    ...(access && { access }),
    readsX: [...(use.get('readsX') ?? [])],
    writesX: use.has('writesX'),
    readsF: [...(use.get('readsF') ?? [])],
    writesF: use.has('writesF'),
    touchesMemory: use.has('memory'),
    rounds: use.has('rounds'),
  };
}
