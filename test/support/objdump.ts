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

export interface ObjdumpOptions {
  readonly registers: 'abi' | 'numeric';
  readonly aliases: boolean;
}

/** Text by address, one blank after the mnemonic, without comments. */
export function objdump(code: Buffer, { registers, aliases }: ObjdumpOptions): Map<number, string> {
  const folder = mkdtempSync(join(tmpdir(), 'objdump-'));
  try {
    const file = join(folder, 'code.bin');
    writeFileSync(file, code);
    const styles = [
      ...(aliases ? [] : ['no-aliases']),
      ...(registers === 'abi' ? [] : ['numeric']),
    ];
    const style = styles.length > 0 ? ['-M', styles.join(',')] : [];
    const options = ['-D', '-z', '-b', 'binary', '-m', 'riscv:rv64', ...style, file];
    const output = execFileSync(OBJDUMP, options, { encoding: 'utf8', maxBuffer: 1 << 28 });
    return new Map([...output.matchAll(/^ *([0-9a-f]+):\t[0-9a-f]+ +\t(.*)$/gm)].map(parse));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The whole listing of a program, as objdump -d prints it. */
export function objdumpListing(file: string, aliases: boolean): string {
  const style = aliases ? [] : ['-M', 'no-aliases'];
  return execFileSync(OBJDUMP, ['-d', ...style, file], { encoding: 'utf8', maxBuffer: 1 << 28 });
}

function parse(match: RegExpExecArray): [number, string] {
  const text = (match[2] ?? '').replace(/\s+#.*$/, '').replace('\t', ' ');
  return [Number.parseInt(match[1] ?? '', 16), text.trim()];
}
