/** GNU objdump as oracle for decoding: text of each instruction of a blob of code at address 0. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const OBJDUMP = 'riscv64-linux-gnu-objdump';

export function hasObjdump(): boolean {
  const found = spawnSync(OBJDUMP, ['--version']).status === 0;
  if (!found) console.warn(`SKIPPED: ${OBJDUMP} is absent (Debian: binutils-riscv64-linux-gnu)`);
  return found;
}

/** Text by address, without aliases, one blank after the mnemonic, without comments. */
export function objdump(code: Buffer, registers: 'abi' | 'numeric'): Map<number, string> {
  const folder = mkdtempSync(join(tmpdir(), 'objdump-'));
  try {
    const file = join(folder, 'code.bin');
    writeFileSync(file, code);
    const style = registers === 'numeric' ? 'no-aliases,numeric' : 'no-aliases';
    const options = ['-D', '-z', '-b', 'binary', '-m', 'riscv:rv64', '-M', style, file];
    const output = execFileSync(OBJDUMP, options, { encoding: 'utf8', maxBuffer: 1 << 28 });
    return new Map([...output.matchAll(/^ *([0-9a-f]+):\t[0-9a-f]+ +\t(.*)$/gm)].map(parse));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function parse(match: RegExpExecArray): [number, string] {
  const text = (match[2] ?? '').replace(/\s+#.*$/, '').replace('\t', ' ');
  return [Number.parseInt(match[1] ?? '', 16), text.trim()];
}
