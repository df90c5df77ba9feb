/** The words of the vDSO against its source, as GNU as assembles it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { VDSO_CODE, VDSO_SIGRETURN } from './vdso.ts';

const SOURCE = resolve(import.meta.dirname, 'vdso.S');
const TOOLS = 'riscv64-linux-gnu-';
/** Where the code begins: behind a page of data, and the headers. */
const CODE = 4096 + 0x800;

const hasTools = spawnSync(`${TOOLS}as`, ['--version']).status === 0;
if (!hasTools) console.warn(`SKIPPED: ${TOOLS}as is not installed`);

function run(tool: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(TOOLS + tool, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${tool}: ${stderr}`);
  return stdout;
}

test.skipIf(!hasTools)('vdso.ts holds what vdso.S says', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hartix-vdso-'));
  try {
    const [object, image, binary] = ['v.o', 'v.elf', 'v.bin'].map((name) => join(folder, name));
    run('as', '-march=rv64imac_zicsr_zifencei', '-o', `${object}`, SOURCE);
    run('ld', '--no-relax', '-Ttext', '0', '-e', '0', '-o', `${image}`, `${object}`);
    run('objcopy', '-O', 'binary', '-j', '.text', `${image}`, `${binary}`);
    const bytes = readFileSync(`${binary}`);
    const words = Array.from({ length: (bytes.length - CODE) / 4 }, (_, i) =>
      bytes.readUInt32LE(CODE + 4 * i),
    );
    expect(VDSO_CODE).toEqual(words);
    const at = /^([0-9a-f]+) t rt_sigreturn$/m.exec(run('nm', `${image}`))?.[1];
    expect(VDSO_SIGRETURN).toBe(Number.parseInt(at ?? '', 16) - 4096);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
