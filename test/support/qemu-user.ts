/** qemu-riscv64 as oracle: runs a program as a Linux process. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXTENSIONS, type Extension } from '../../src/isa/extensions.ts';
import { generateProgram } from './isa-generator.ts';
import { compressedRowsOfExtension, rowsOfExtension } from './isa-mixes.ts';
import { elfOf, type IsaProgram, type RunProgram } from './isa-program.ts';

const QEMU = 'qemu-riscv64';
/** With as many extensions as QEMU has: from 8.2 on, in 7.2 (where the others are on by themselves). */
const MODELS = ['max', 'rv64,Zfh=true', 'rv64'];

function run(program: IsaProgram, model: string): SpawnSyncReturns<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'isa-'));
  try {
    const file = join(folder, 'program');
    writeFileSync(file, elfOf(program));
    chmodSync(file, 0o755);
    const limits = { maxBuffer: 1 << 28, timeout: 60_000 };
    return spawnSync(QEMU, ['-cpu', model, file], limits);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A program of one extension's instructions. */
function probe(extension: Extension): IsaProgram {
  const compressedRows = compressedRowsOfExtension(extension);
  const rows = rowsOfExtension(compressedRows.length > 0 ? 'i' : extension);
  const compressed = compressedRows.length > 0 ? 0.5 : 0;
  return generateProgram({ seed: 1, blocks: 1, rows, compressed, compressedRows });
}

const runs = (program: IsaProgram, model: string): boolean => run(program, model).status === 0;

let model: string | undefined;

export function hasQemu(): boolean {
  model = MODELS.find((name) => runs(probe('i'), name));
  if (model === undefined) console.warn(`SKIPPED: ${QEMU} is absent (Debian: qemu-user)`);
  return model !== undefined;
}

/** Value of QEMU's option -cpu with which hasQemu() found it to run. */
export function qemuModel(): string {
  return model ?? 'rv64';
}

/** Extensions of which this QEMU executes all rows. */
export function qemuExtensions(): ReadonlySet<Extension> {
  const names = EXTENSIONS.map(({ name }) => name as Extension);
  const hasRows = (name: Extension): boolean =>
    rowsOfExtension(name).length + compressedRowsOfExtension(name).length > 0;
  const absent = names.filter((name) => hasRows(name) && !runs(probe(name), model ?? ''));
  if (absent.length > 0) console.warn(`SKIPPED: this ${QEMU} does not have ${absent.join(', ')}`);
  return new Set(names.filter((name) => !absent.includes(name)));
}

/** Rows that this QEMU gets wrong: 7.2 counts on above the word where ctzw's word is 0. */
export function qemuFaults(): ReadonlySet<string> {
  return new Set(model === 'max' ? [] : ['ctzw']);
}

/** Run on a processor model, such as `rv64,v=true`. */
export function runOnModel(program: IsaProgram, name: string): Uint8Array {
  const { status, signal, stdout, stderr } = run(program, name);
  if (status !== 0) throw new Error(`${QEMU}: status ${status}, signal ${signal}: ${stderr}`);
  return stdout;
}

export const runOnQemu: RunProgram = (program) => runOnModel(program, model ?? 'rv64');
