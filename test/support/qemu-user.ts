/** qemu-riscv64 as oracle: runs a program as a Linux process. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { elfOf, type RunProgram } from './isa-program.ts';

const QEMU = 'qemu-riscv64';

export function hasQemu(): boolean {
  const found = spawnSync(QEMU, ['--version']).status === 0;
  if (!found) console.warn(`SKIPPED: ${QEMU} is absent (Debian: qemu-user)`);
  return found;
}

export const runOnQemu: RunProgram = (program) => {
  const folder = mkdtempSync(join(tmpdir(), 'isa-'));
  try {
    const file = join(folder, 'program');
    writeFileSync(file, elfOf(program));
    chmodSync(file, 0o755);
    const { status, signal, stdout, stderr } = spawnSync(QEMU, [file], {
      maxBuffer: 1 << 28,
      timeout: 60_000,
    });
    if (status !== 0) throw new Error(`${QEMU}: status ${status}, signal ${signal}: ${stderr}`);
    return stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
};
