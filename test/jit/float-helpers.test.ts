/** The interpreter's floating-point helpers against exact software: values and flags, in all rounding modes. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { DEFAULT_ISA } from '../../src/isa/extensions.ts';
import { SOFT_FLOAT_OPERATIONS } from '../../src/isa/softfloat.ts';
import { FLOAT_HELPERS } from '../../src/jit/float-table.ts';
import { HART } from '../../src/machine/hart-layout.ts';
import { Interpreter } from '../../src/machine/interpreter.ts';
import { FlatMachine } from '../support/flat-machine.ts';
import { doubleValue, halfValue, integerValue, singleValue } from '../support/operand-pools.ts';
import { Random } from '../support/random.ts';

const INTERPRETER = new URL('../../build/interpreter.wasm', import.meta.url);
const ROUNDS = 2000;
const NX = 1;
const ALL_FLAGS = 31;
const SOFTWARE_ONLY = /\.h$|->h$|^h->|->h\b|^modular/;

type Helper = (hart: number, ...operands: (number | bigint)[]) => bigint;

const machine = new FlatMachine();
const module = new WebAssembly.Module(readFileSync(INTERPRETER));
const interpreter = new Interpreter({
  memory: machine.memory,
  calls: machine,
  module,
  isa: DEFAULT_ISA,
});

/** Format letter of the operands of an operation. */
function operandOf(name: string, random: Random): bigint {
  const [from = '', to = ''] = name.split('->');
  const format = to === '' ? name.split('.')[1] : from;
  if (format === 'h') return halfValue(random, random.below(16));
  if (format === 's') return singleValue(random, random.below(16));
  return format === 'd' ? doubleValue(random, random.below(16)) : integerValue(random);
}

/** Numbers as programs have them: small integers and fractions, whose results are often exact. */
function plainOperandOf(name: string, random: Random): bigint {
  const [from = '', to = ''] = name.split('->');
  const format = to === '' ? name.split('.')[1] : from;
  const view = new DataView(new ArrayBuffer(8)); // little-endian, so a single is the low half
  const value = (random.below(2001) - 1000) / 2 ** random.below(6);
  if (format === 's') view.setFloat32(0, value, true);
  else if (format === 'd') view.setFloat64(0, value, true);
  else view.setBigInt64(0, BigInt(Math.round(value)), true);
  return view.getBigUint64(0, true);
}

for (const { name, rounds, operands } of FLOAT_HELPERS) {
  it(`${name} agrees with software`, () => {
    const random = new Random(name.length * 7919 + name.charCodeAt(0));
    const call = interpreter.instance.exports[name] as unknown as Helper;
    const software = SOFT_FLOAT_OPERATIONS.find((row) => row.name === name);
    machine.called.clear();
    for (let k = 0; k < ROUNDS; k++) {
      const pick = k % 2 === 0 ? operandOf : plainOperandOf;
      const [a = 0n, b = 0n, c = 0n] = Array.from({ length: operands }, () => pick(name, random));
      const mode = k % 3 === 0 ? random.below(5) : 0;
      const before = [0, NX, random.below(ALL_FLAGS + 1), ALL_FLAGS][random.below(4)] ?? 0;
      machine.word(HART.FFLAGS, before);
      const values = [a, b, c].slice(0, operands);
      const bits = BigInt.asUintN(64, call(machine.hart, ...(rounds ? [mode] : []), ...values));
      const expected = software?.compute(a, b, c, mode);
      const context = `${name} rm ${mode} of ${values.map((v) => v.toString(16)).join(', ')}`;
      expect(`${context} = ${bits.toString(16)} ${machine.word(HART.FFLAGS)}`).toBe(
        `${context} = ${expected?.bits.toString(16)} ${(expected?.flags ?? 0) | before}`,
      );
    }
    // More than half of the plain operands are settled without software, where there is another way.
    if (!SOFTWARE_ONLY.test(name))
      expect(machine.called.get(`softFloat ${name}`) ?? 0).toBeLessThan(ROUNDS * 0.75);
  });
}

/** What is left to software though no flag is in question: singles of three operands, whose specials are no result of theirs. */
const NEVER_SETTLED = /^fma\.s|\.h$|->h$|^h->|->h\b|^modular/;

for (const { name, rounds, operands } of FLOAT_HELPERS.filter(
  (it) => !NEVER_SETTLED.test(it.name),
)) {
  it(`${name} needs no software where all flags are set, rounding to nearest`, () => {
    const random = new Random(name.length * 104_729 + name.charCodeAt(0));
    const call = interpreter.instance.exports[name] as unknown as Helper;
    machine.called.clear();
    for (let k = 0; k < ROUNDS; k++) {
      const values = Array.from({ length: operands }, () => operandOf(name, random));
      machine.word(HART.FFLAGS, ALL_FLAGS);
      call(machine.hart, ...(rounds ? [0] : []), ...values);
    }
    expect(machine.called.get(`softFloat ${name}`) ?? 0).toBe(0);
  });
}
