/**
 * Berkeley TestFloat 3e against the floating-point helpers of the interpreter, by hand:
 * `node --import tsx test/isa/testfloat.ts [--software] TESTFLOAT_GEN [FUNCTION…]`, where TESTFLOAT_GEN was built with SoftFloat's
 * RISCV specialization (README.md). Level 1, every rounding mode. With --software the exact software alone.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { DEFAULT_ISA } from '../../src/isa/extensions.ts';
import { SOFT_FLOAT_OPERATIONS, type SoftFloatFunction } from '../../src/isa/softfloat.ts';
import { FLOAT_HELPERS, type FloatHelper } from '../../src/jit/float-table.ts';
import { HART } from '../../src/machine/hart-layout.ts';
import { Interpreter } from '../../src/machine/interpreter.ts';
import { FlatMachine } from '../support/flat-machine.ts';

/** In the order of RISC-V's numbers. */
const MODES = ['-rnear_even', '-rminMag', '-rmin', '-rmax', '-rnear_maxMag'];
const FORMATS = { f16: 'h', f32: 's', f64: 'd' } as const;
const INTEGERS = { i32: 'w', ui32: 'wu', i64: 'l', ui64: 'lu' } as const;
const OPERATIONS: Readonly<Record<string, string>> = {
  add: 'add',
  sub: 'sub',
  mul: 'mul',
  div: 'div',
  sqrt: 'sqrt',
  mulAdd: 'fma',
  eq: 'eq',
  le: 'le',
  lt: 'lt',
  le_quiet: 'leq',
  lt_quiet: 'ltq',
};

interface Test {
  /** TestFloat's function, and further options. */
  readonly words: readonly string[];
  readonly helper: string;
  /** Bits of the result that TestFloat tells; the register has them sign-extended. */
  readonly resultBits?: 32;
}

function testsOf(): Test[] {
  const formats = Object.entries(FORMATS);
  const integers = Object.entries(INTEGERS);
  return formats.flatMap(([f, letter]): Test[] => [
    ...Object.entries(OPERATIONS).map(([name, ours]) => ({
      words: [`${f}_${name}`],
      helper: `${ours}.${letter}`,
    })),
    { words: [`${f}_roundToInt`, '-notexact'], helper: `round.${letter}` },
    { words: [`${f}_roundToInt`, '-exact'], helper: `roundnx.${letter}` },
    ...integers.flatMap(([i, type]): Test[] => [
      {
        words: [`${f}_to_${i}`, '-exact'],
        helper: `${letter}->${type}`,
        ...(i.endsWith('32') && { resultBits: 32 }),
      },
      { words: [`${i}_to_${f}`], helper: `${type}->${letter}` },
    ]),
    ...formats
      .filter(([to]) => to !== f)
      .map(([to, ours]) => ({ words: [`${f}_to_${to}`], helper: `${letter}->${ours}` })),
  ]);
}

/** Bits of the result, and flags in `flags`. */
type Compute = (operands: readonly bigint[], mode: number) => bigint;

const machine = new FlatMachine();

function helperCompute({ name, rounds, operands }: FloatHelper): Compute {
  const module = new WebAssembly.Module(
    readFileSync(new URL('../../build/interpreter.wasm', import.meta.url)),
  );
  const options = { memory: machine.memory, calls: machine, module, isa: DEFAULT_ISA };
  const { exports } = new Interpreter(options).instance;
  const call = exports[name] as unknown as (...values: (number | bigint)[]) => bigint;
  const { hart } = machine;
  return ([a = 0n, b = 0n, c = 0n], mode) => {
    machine.word(HART.FFLAGS, 0);
    const values = [a, b, c].slice(0, operands);
    return BigInt.asUintN(64, rounds ? call(hart, mode, ...values) : call(hart, ...values));
  };
}

function softwareCompute(compute: SoftFloatFunction): Compute {
  return ([a = 0n, b = 0n, c = 0n], mode) => {
    const { bits, flags } = compute(a, b, c, mode);
    machine.word(HART.FFLAGS, flags);
    return bits;
  };
}

/** Runs one function in one mode; the first differences are printed. */
async function run(
  generator: string,
  test: Test,
  mode: number,
  compute: Compute,
): Promise<{ cases: number; differences: number }> {
  const child = spawn(generator, [
    '-level',
    '1',
    MODES[mode] ?? '',
    ...test.words.slice(1),
    test.words[0] ?? '',
  ]);
  let cases = 0;
  let differences = 0;
  let rest = '';
  const check = (line: string): void => {
    const fields = line.split(' ').map((field) => BigInt(`0x${field}`));
    const [bits = 0n, flags] = fields.slice(-2);
    const wanted = test.resultBits === 32 ? BigInt.asUintN(64, BigInt.asIntN(32, bits)) : bits;
    const result = compute(fields.slice(0, -2), mode);
    const raised = machine.word(HART.FFLAGS);
    cases++;
    if (result === wanted && BigInt(raised) === flags) return;
    differences++;
    if (differences <= 5) {
      console.log(`${test.helper} mode ${mode}: ${line}, not ${result.toString(16)} ${raised}`);
    }
  };
  child.stdout.setEncoding('latin1');
  for await (const chunk of child.stdout) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) check(line);
  }
  if (cases === 0) throw new Error(`${generator} ${test.words.join(' ')} gives nothing`);
  return { cases, differences };
}

async function main(argv: readonly string[]): Promise<void> {
  const isSoftware = argv.includes('--software');
  const [generator, ...wanted] = argv.filter((word) => word !== '--software');
  if (generator === undefined) throw new Error('name the program testfloat_gen');
  let total = 0;
  let wrong = 0;
  for (const test of testsOf()) {
    if (wanted.length > 0 && !wanted.includes(test.words[0] ?? '')) continue;
    const helper = FLOAT_HELPERS.find(({ name }) => name === test.helper);
    const software = SOFT_FLOAT_OPERATIONS.find(({ name }) => name === test.helper);
    if (helper === undefined || software === undefined) throw new Error(`no ${test.helper}`);
    const compute = isSoftware ? softwareCompute(software.compute) : helperCompute(helper);
    let [cases, differences] = [0, 0];
    for (let mode = 0; mode < (helper.rounds ? MODES.length : 1); mode++) {
      const result = await run(generator, test, mode, compute);
      cases += result.cases;
      differences += result.differences;
    }
    console.log(`${test.words.join(' ').padEnd(26)} ${cases} cases, ${differences} differences`);
    total += cases;
    wrong += differences;
  }
  console.log(`${total} cases, ${wrong} differences`);
  process.exitCode = wrong === 0 ? 0 : 1;
}

await main(process.argv.slice(2));
