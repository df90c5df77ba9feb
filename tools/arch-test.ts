/**
 * Runs the programs of riscv-arch-test (built elsewhere: src/machine/README.md) on the bare machine, interpreted and
 * translated, and compares their signatures with those that QEMU leaves in its memory: `arch-test.ts FOLDER [PATTERN]`.
 * FOLDER holds ELF files that power off through the syscon; QEMU's signature is kept beside each as NAME.sig. QEMU names
 * the command (default: qemu-system-riscv64), QEMU_CPU its -cpu (default: max), ISA the machine's extensions.
 */
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_ISA, parseIsa } from '../src/isa/extensions.ts';
import { symbolsOf } from '../test/support/bare-machine/bare-machine.ts';
import { ConformanceMachine, MODES } from '../test/support/bare-machine/conformance-machine.ts';
import { knownFailures } from '../test/support/known-failures.ts';

const RAM = 0x8000_0000;
const RAM_MIB = 64;
const LIMIT = 20_000_000;
const QEMU_TIMEOUT_MS = 20_000;
const QEMU = (process.env['QEMU'] ?? 'qemu-system-riscv64').split(' ');
const QEMU_CPU = process.env['QEMU_CPU'] ?? 'max';
const ISA = process.env['ISA'] === undefined ? DEFAULT_ISA : parseIsa(process.env['ISA']);

interface Extent {
  readonly start: number;
  readonly bytes: number;
}

function signatureOf(elf: Uint8Array): Extent {
  const symbols = symbolsOf(elf);
  const start = symbols.get('rvtest_sig_begin') ?? symbols.get('begin_signature');
  const end = symbols.get('rvtest_sig_end') ?? symbols.get('end_signature');
  if (start === undefined || end === undefined) throw new Error('no signature symbols');
  return { start, bytes: end - start };
}

/** What a run of QEMU leaves of the signature; its RAM is a file. */
function referenceOf(path: string, { start, bytes }: Extent): Buffer {
  const kept = `${path}.sig`;
  if (existsSync(kept)) return readFileSync(kept);
  const ram = `${path}.ram`;
  const backend = `memory-backend-file,id=ram,size=${RAM_MIB}M,mem-path=${ram},share=on`;
  const board = ['-machine', 'virt,memory-backend=ram', '-m', `${RAM_MIB}M`, '-cpu', QEMU_CPU];
  const quiet = ['-bios', 'none', '-nodefaults', '-display', 'none'];
  const [command = '', ...first] = QEMU;
  const result = spawnSync(
    command,
    [...first, '-object', backend, ...board, ...quiet, '-kernel', path],
    { timeout: QEMU_TIMEOUT_MS, killSignal: 'SIGKILL', encoding: 'utf8' },
  );
  if (result.error && !('code' in result.error && result.error.code === 'ETIMEDOUT')) {
    throw result.error;
  }
  const signature = Buffer.alloc(bytes);
  const file = openSync(ram, 'r');
  readSync(file, signature, 0, bytes, start - RAM);
  closeSync(file);
  rmSync(ram);
  writeFileSync(kept, signature);
  return signature;
}

function ours(machine: ConformanceMachine, elf: Uint8Array, { start, bytes }: Extent): Buffer {
  machine.load(elf);
  machine.run(LIMIT, () => machine.machine.powerOffStatus !== undefined);
  const offset = start - machine.machine.memory.base;
  return Buffer.from(machine.machine.memory.u8.slice(offset, offset + bytes));
}

/** 'equal', or the first word that differs. */
function compare(mine: Buffer, reference: Buffer): string {
  for (let at = 0; at < reference.length; at += 4) {
    const [a, b] = [mine.readUInt32LE(at), reference.readUInt32LE(at)];
    if (a !== b) return `word ${at / 4}: 0x${a.toString(16)}, QEMU 0x${b.toString(16)}`;
  }
  return 'equal';
}

function main(folder: string, pattern: RegExp): number {
  const names = readdirSync(folder).filter(
    (name) => pattern.test(name) && !/\.(sig|ram)$/.test(name),
  );
  if (names.length === 0) throw new Error(`no test in ${folder}`);
  const known = knownFailures();
  let passed = 0;
  let surprises = 0;
  for (const mode of MODES) {
    const machine = new ConformanceMachine(mode, RAM_MIB, ISA);
    for (const name of names) {
      const path = join(folder, name);
      const elf = new Uint8Array(readFileSync(path));
      const extent = signatureOf(elf);
      const result = compare(ours(machine, elf, extent), referenceOf(path, extent));
      const isPass = result === 'equal';
      if (isPass) passed++;
      if (isPass === known.has(name)) surprises++;
      if (!isPass || known.has(name)) {
        const remark = known.has(name) ? ` (known: ${known.get(name)})` : '';
        process.stdout.write(`${mode} ${name}: ${result}${remark}\n`);
      }
    }
  }
  process.stdout.write(`${passed} of ${names.length * MODES.length} equal\n`);
  return surprises === 0 ? 0 : 1;
}

const [folder, pattern = ''] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: arch-test.ts FOLDER [PATTERN]');
process.exitCode = main(folder, new RegExp(pattern));
