/**
 * Flat programs (flat-kernels.c) on the interpreter, on regions and on qemu-riscv64: `node --import tsx
 * test/bench/engine.ts [kernel…]`. Prints a table: milliseconds of host time, millions of guest instructions a second.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine, type Translation } from '../../src/jit/engine.ts';
import { translate } from '../../src/jit/translate.ts';
import { HART, RAM_PHYSICAL_BASE } from '../../src/machine/hart-layout.ts';
import { interpreterModule } from '../support/engine-backend.ts';
import { FlatMachine } from '../support/flat-machine.ts';

const KERNELS = [
  'sieve',
  'fib',
  'sort',
  'matmul',
  'mandelbrot',
  'bytecopy',
  'bytecode',
  'mix',
] as const;
const REPEAT = 9;
const RAM_BYTES = 64 << 20;
const SLICE = 2_000_000;
const WRITE = 64;

const here = (name: string): string => new URL(name, import.meta.url).pathname;

function compile(): string {
  const elf = join(mkdtempSync(join(tmpdir(), 'hartix-bench-')), 'kernels');
  const flags = ['-nostdlib', '-O2', '-mcmodel=medany', '-mno-relax'];
  const target = ['-target', 'riscv64-freestanding-none', '-mcpu=generic_rv64+m+a+f+d+c'];
  const sources = [`-Wl,-T,${here('flat.ld')}`, here('flat-kernels.c'), '-o', elf];
  execFileSync('zig', ['cc', ...target, ...flags, ...sources], { stdio: 'inherit' });
  return elf;
}

interface Figures {
  readonly check: string;
  readonly milliseconds: number;
  readonly instructions: number;
}

/** Loads the one segment of the program. */
function load(machine: FlatMachine, elf: Uint8Array): void {
  const view = new DataView(elf.buffer, elf.byteOffset);
  const offset = Number(view.getBigUint64(64 + 8, true));
  const length = Number(view.getBigUint64(64 + 32, true));
  machine.u8.set(elf.subarray(offset, offset + length), machine.at(RAM_PHYSICAL_BASE));
}

function runHere(elf: Uint8Array, kernel: number, isTranslating: boolean): Figures {
  const machine = new FlatMachine(RAM_BYTES);
  let translating = 0;
  const synchronous: Translation = {
    mode: 'synchronous',
    translate: (requests) => {
      const start = performance.now();
      const { bytes, covered } = translate(requests);
      const module = bytes && new WebAssembly.Module(bytes);
      translating += performance.now() - start;
      return { module, byteLength: bytes?.length ?? 0, covered };
    },
  };
  const engine = createEngine({
    memory: machine.memory,
    calls: machine,
    interpreter: interpreterModule(),
    translation: isTranslating ? synchronous : { mode: 'interpret' },
  });
  load(machine, elf);
  machine.pc = RAM_PHYSICAL_BASE;
  machine.x(2, BigInt(RAM_PHYSICAL_BASE + RAM_BYTES - 65536));
  machine.x(10, BigInt(kernel + 1));
  machine.x(12, BigInt(REPEAT));
  const start = performance.now();
  for (let check = ''; ; ) {
    machine.word(HART.BUDGET, SLICE);
    if (engine.run(machine.hart) === 0) continue;
    if (Number(machine.x(17)) !== WRITE) {
      // The worker does this work in a whole machine.
      const milliseconds = performance.now() - start - translating;
      return { check, milliseconds, instructions: machine.instret };
    }
    const at = machine.at(Number(machine.x(11)));
    check = Buffer.from(machine.u8.slice(at, at + 8)).toString('hex');
    machine.pc += 4;
  }
}

function runQemu(file: string, kernel: number): Figures | undefined {
  const start = performance.now();
  const { stdout, status } = spawnSync('qemu-riscv64', [file, `${kernel}`, `${REPEAT}`]);
  if (status !== 0) return undefined;
  const milliseconds = performance.now() - start;
  return { check: stdout.toString('hex'), milliseconds, instructions: 0 };
}

function main(names: readonly string[]): void {
  const file = compile();
  const elf = readFileSync(file);
  console.log('kernel       instructions   interpreter         regions             qemu-riscv64');
  KERNELS.forEach((name, kernel) => {
    if (names.length > 0 && !names.includes(name)) return;
    const interpreted = runHere(elf, kernel, false);
    const regions = runHere(elf, kernel, true);
    const qemu = runQemu(file, kernel);
    const mips = ({ instructions, milliseconds }: Figures): string =>
      `${milliseconds.toFixed(0)} ms ${(instructions / milliseconds / 1000).toFixed(0)} MIPS`;
    const checks = new Set([interpreted.check, regions.check, qemu?.check ?? regions.check]);
    console.log(
      name.padEnd(12),
      `${(interpreted.instructions / 1e6).toFixed(1)} M`.padEnd(14),
      mips(interpreted).padEnd(19),
      mips(regions).padEnd(19),
      qemu === undefined ? 'absent' : `${qemu.milliseconds.toFixed(0)} ms`,
      checks.size === 1 ? '' : 'RESULTS DIFFER',
    );
  });
}

main(process.argv.slice(2));
