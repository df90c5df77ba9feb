/**
 * What one iteration of a loop's body does, by the registers' values at its start: sums of registers and constants, bytes loaded
 * from memory, comparisons. The rows themselves are run over these values, so no instruction is described again.
 */
import type { Operands, Ops } from '../isa/ops.ts';
import type { DecodedInstruction } from './control-flow.ts';

/** Registers' values at the iteration's start, added up, and a constant. */
export interface Sum {
  readonly kind: 'sum';
  /** x registers, ascending; one may come twice. */
  readonly registers: readonly number[];
  readonly offset: number;
}

/** A byte of a value: 0, the one at an address, or not known. */
type Byte = Sum | 0 | undefined;

interface Bytes {
  readonly kind: 'bytes';
  /** Eight, the lowest first. */
  readonly bytes: readonly Byte[];
}

export type Comparison = 'eq' | 'ne' | 'ltS' | 'ltU' | 'geS' | 'geU';

export interface Condition {
  readonly kind: 'condition';
  readonly comparison: Comparison;
  readonly left: Sum;
  readonly right: Sum;
}

/** Undefined: nothing is known of it. */
type LoopValue = Sum | Bytes | Condition | undefined;

export interface Store {
  readonly address: Sum;
  readonly size: number;
  readonly value: LoopValue;
}

export interface Iteration {
  /** Step of each register that is its old value and a constant at the iteration's end. */
  readonly steps: ReadonlyMap<number, number>;
  readonly loads: readonly { readonly address: Sum; readonly size: number }[];
  readonly stores: readonly Store[];
  /** Of the branch at its end. */
  readonly condition: Condition | undefined;
}

const WIDTH = 8;
const MAX_REGISTERS = 2;
/** Sums of larger constants are not followed. */
const MAX_OFFSET = 2 ** 31;

const isSum = (value: LoopValue): value is Sum => value?.kind === 'sum';
export const isSameSum = (a: Sum, b: Sum): boolean =>
  a.offset === b.offset && a.registers.join() === b.registers.join();

function sum(registers: readonly number[], offset: number): Sum | undefined {
  if (registers.length > MAX_REGISTERS || Math.abs(offset) > MAX_OFFSET) return undefined;
  return { kind: 'sum', registers: [...registers].sort((a, b) => a - b), offset };
}

/** Value of a constant. */
function constantOf(value: LoopValue): number | undefined {
  return isSum(value) && value.registers.length === 0 ? value.offset : undefined;
}

function bytesOf(value: LoopValue): readonly Byte[] | undefined {
  if (value?.kind === 'bytes') return value.bytes;
  return constantOf(value) === 0 ? new Array<Byte>(WIDTH).fill(0) : undefined;
}

const pad = (bytes: readonly Byte[], above: Byte): Bytes => ({
  kind: 'bytes',
  bytes: [...bytes, ...new Array<Byte>(WIDTH).fill(above)].slice(0, WIDTH),
});

/** By whole bytes, up (negative: down). */
function shift(value: LoopValue, amount: LoopValue, sign: 1 | -1): LoopValue {
  const bits = constantOf(amount);
  const bytes = bytesOf(value);
  if (bytes === undefined || bits === undefined || bits % 8 !== 0 || bits < 0) return undefined;
  const places = bits / 8;
  return sign === 1
    ? pad([...new Array<Byte>(places).fill(0), ...bytes], 0)
    : pad(bytes.slice(places), 0);
}

function merge(a: LoopValue, b: LoopValue): LoopValue {
  const [x, y] = [bytesOf(a), bytesOf(b)];
  if (x === undefined || y === undefined) return undefined;
  return pad(
    x.map((byte, index) => (byte === 0 ? y[index] : y[index] === 0 ? byte : undefined)),
    undefined,
  );
}

function extend(value: LoopValue, bits: number, isSigned: boolean): LoopValue {
  const low = bytesOf(value)?.slice(0, bits / 8);
  return low && pad(low, isSigned && low.at(-1) !== 0 ? undefined : 0);
}

function add(a: LoopValue, b: LoopValue): LoopValue {
  return isSum(a) && isSum(b)
    ? sum([...a.registers, ...b.registers], a.offset + b.offset)
    : merge(a, b);
}

function and(a: LoopValue, b: LoopValue): LoopValue {
  return constantOf(b) === 0xff ? extend(a, 8, false) : undefined;
}

const unknown = (): undefined => undefined;
/** Operations without effects whose results are not followed. */
const PURE = [
  'sub mul mulh mulhu mulhsu div divu rem remu xor shrS rotateLeft rotateRight countLeadingZeros',
  'countTrailingZeros countOnes carrylessMultiply carrylessMultiplyHigh select pc nextPc',
].flatMap((names) => names.split(' '));

/** A plain load or store. */
export interface FollowedAccess {
  /** Undefined: not known. */
  readonly address: Sum | undefined;
  readonly size: number;
  readonly writes: boolean;
}

/** Runs the body once. */
class Reader {
  /** Of the instruction that was run last. */
  access: FollowedAccess | undefined;
  readonly loads: { address: Sum; size: number }[] = [];
  readonly stores: Store[] = [];
  condition: Condition | undefined;
  /** False once something happened that is not followed. */
  isPlain = true;
  /** Registers by name, x5 or f5. */
  readonly written: Map<string, LoopValue>;
  private readonly readFirst = new Set<string>();
  private readonly isLenient: boolean;
  private readonly ops: Ops<LoopValue, number>;

  /** `written`: where a lenient one begins, to which what is not followed has a result that is not known. */
  constructor(written?: ReadonlyMap<string, LoopValue>) {
    this.isLenient = written !== undefined;
    this.written = new Map(written);
    const known = this.operations();
    this.ops = new Proxy(known as Ops<LoopValue, number>, {
      get: (target, name) =>
        Reflect.get(target, name) ??
        (() => {
          this.isPlain = false;
          return undefined;
        }),
    });
  }

  run({ row, fields }: DecodedInstruction): void {
    this.access = undefined;
    const operands: Operands<LoopValue, number> = { ...fields, imm: sum([], fields.imm) };
    row.exec(this.ops, operands);
  }

  /** Undefined where a register is carried over that is no induction variable. */
  steps(): Map<number, number> | undefined {
    const steps = new Map<number, number>();
    for (const [name, value] of this.written) {
      if (!this.readFirst.has(name)) continue;
      const register = Number(name.slice(1));
      if (!isSum(value) || name !== `x${value.registers.join()}`) return undefined;
      steps.set(register, value.offset);
    }
    return steps;
  }

  private read(name: string, initial: LoopValue): LoopValue {
    if (this.written.has(name)) return this.written.get(name);
    this.readFirst.add(name);
    return initial;
  }

  private compare(comparison: Comparison) {
    return (left: LoopValue, right: LoopValue): LoopValue =>
      isSum(left) && isSum(right) ? { kind: 'condition', comparison, left, right } : undefined;
  }

  private load(address: LoopValue, size: number, isSigned: boolean): LoopValue {
    this.access = { address: isSum(address) ? address : undefined, size, writes: false };
    if (this.isLenient) return undefined;
    if (!isSum(address)) {
      this.isPlain = false;
      return undefined;
    }
    this.loads.push({ address, size });
    const bytes = Array.from({ length: size }, (_, index) =>
      sum(address.registers, address.offset + index),
    );
    return pad(bytes, isSigned ? undefined : 0);
  }

  private operations(): Partial<Ops<LoopValue, number>> {
    return {
      ...Object.fromEntries(PURE.map((name) => [name, unknown])),
      constant: (value) => sum([], Number(value)),
      let: (value) => value,
      x: (register) =>
        register === 0 ? sum([], 0) : this.read(`x${register}`, sum([register], 0)),
      setX: (register, value) => {
        if (register !== 0) this.written.set(`x${register}`, value);
      },
      f: (register) => this.read(`f${register}`, undefined),
      setF: (register, value) => {
        this.written.set(`f${register}`, value);
      },
      add,
      or: merge,
      and,
      shl: (a, b) => shift(a, b, 1),
      shrU: (a, b) => shift(a, b, -1),
      zext: (value, bits) => extend(value, bits, false),
      sext: (value, bits) => extend(value, bits, true),
      eq: this.compare('eq'),
      ne: this.compare('ne'),
      ltS: this.compare('ltS'),
      ltU: this.compare('ltU'),
      geS: this.compare('geS'),
      geU: this.compare('geU'),
      load: (address, size, isSigned) => this.load(address, size, isSigned),
      store: (address, size, value) => {
        this.access = { address: isSum(address) ? address : undefined, size, writes: true };
        if (isSum(address)) this.stores.push({ address, size, value });
        else this.isPlain = false;
      },
      branch: (condition) => {
        if (condition?.kind === 'condition') this.condition = condition;
      },
    };
  }
}

/** Undefined where the body does something else, or needs of an iteration what the one before computed. */
export function readIteration(body: readonly DecodedInstruction[]): Iteration | undefined {
  const reader = new Reader();
  for (const instruction of body) {
    reader.run(instruction);
    if (!reader.isPlain) return undefined;
  }
  const steps = reader.steps();
  if (steps === undefined) return undefined;
  const { loads, stores, condition } = reader;
  return { steps, loads, stores, condition };
}

/** What is known of registers at a place of a loop, by their values at its header. */
export class Followed {
  private readonly reader: Reader;

  constructor(reader = new Reader(new Map())) {
    this.reader = reader;
  }

  /** Where ways meet: what all of them agree on. */
  static merge(ways: readonly Followed[]): Followed {
    const merged = new Map<string, LoopValue>();
    for (const name of new Set(ways.flatMap(({ reader }) => [...reader.written.keys()]))) {
      const [first, ...others] = ways.map((way) => way.valueOf(name));
      const isAgreed = first && others.every((value) => value && isSameSum(value, first));
      merged.set(name, isAgreed ? first : undefined);
    }
    return new Followed(new Reader(merged));
  }

  /** A plain load or store is returned. */
  run(instruction: DecodedInstruction): FollowedAccess | undefined {
    this.reader.run(instruction);
    return this.reader.access;
  }

  private valueOf(name: string): Sum | undefined {
    const { written } = this.reader;
    const value = written.get(name);
    if (isSum(value)) return value;
    return written.has(name) || !name.startsWith('x') ? undefined : sum([Number(name.slice(1))], 0);
  }

  /** Of an x register; undefined: not known. */
  sumOf(register: number): Sum | undefined {
    return register === 0 ? sum([], 0) : this.valueOf(`x${register}`);
  }
}

/** Each byte that a store writes, or undefined where it is not one loaded byte. */
export function loadedBytes({ value, size }: Store): readonly Sum[] | undefined {
  if (value?.kind !== 'bytes') return undefined;
  const bytes = value.bytes.slice(0, size);
  return bytes.every((byte) => byte !== undefined && byte !== 0) ? (bytes as Sum[]) : undefined;
}

/** The register whose value at the iteration's start is stored; 0: zero. */
export function storedRegister({ value }: Store): number | undefined {
  if (value?.kind === 'bytes') return value.bytes.every((byte) => byte === 0) ? 0 : undefined;
  if (!isSum(value) || value.offset !== 0) return undefined;
  return value.registers.length === 1
    ? value.registers[0]
    : value.registers.length === 0
      ? 0
      : undefined;
}
