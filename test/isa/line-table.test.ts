/** Lines of .debug_line, of each version that assemblers write, against addr2line of binutils at each address. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readElfFunctions } from '../../src/isa/elf-code.ts';
import { hasObjdump } from '../support/objdump.ts';
import { Random } from '../support/random.ts';

const TOOLS = 'riscv64-linux-gnu-';
const WORK = mkdtempSync(join(tmpdir(), 'hartix-lines-'));
afterAll(() => rmSync(WORK, { recursive: true, force: true }));

/** Lines that go up and down by much and little, files that change, code that is far away, a second section. */
function source(version: number): string {
  const random = new Random(version);
  const folder = version === 5 ? '"/src/of" ' : '';
  const name = (k: number): string => (folder ? `${folder}"file${k}.c"` : `"/src/of/file${k}.c"`);
  const lines = [1, 2, 3].map((k) => `.file ${k} ${name(k)}`);
  if (version === 5) lines.unshift(`.file 0 ${name(1)}`);
  for (const [part, section] of ['.text', '.section .text.cold,"ax"'].entries()) {
    lines.push(section, `.globl part${part}`, `.type part${part}, @function`, `part${part}:`);
    for (let row = 0; row < 200; row++) {
      lines.push(`.loc ${1 + random.below(3)} ${1 + random.below(row % 7 === 0 ? 90_000 : 30)}`);
      for (let k = random.below(4); k >= 0; k--) lines.push('addi a0, a0, 1');
      if (row % 50 === 49) lines.push('.fill 300, 4, 0x00000013');
    }
    lines.push(`.size part${part}, . - part${part}`);
  }
  return `${lines.join('\n')}\n`;
}

function build(version: number, ...options: string[]): string {
  const file = join(WORK, `version${version}${options.length}`);
  writeFileSync(`${file}.s`, source(version));
  const flags = [`-gdwarf-${version}`, '-march=rv64g', ...options];
  execFileSync(`${TOOLS}as`, [...flags, `${file}.s`, '-o', `${file}.o`]);
  execFileSync(`${TOOLS}ld`, ['-e', 'part0', '-Ttext', '0x10000', `${file}.o`, '-o', file]);
  return file;
}

/** `file:line` of each address, or ?? for one that is not known. */
function addr2line(file: string, addresses: readonly number[]): string[] {
  const input = addresses.map((address) => address.toString(16)).join('\n');
  const output = execFileSync(`${TOOLS}addr2line`, ['-e', file], { input, encoding: 'utf8' });
  return output.trimEnd().split('\n');
}

describe.skipIf(!hasObjdump())('line tables', () => {
  it.each([
    [2, []],
    [3, []],
    [4, []],
    [5, []],
    [5, ['--compress-debug-sections=zlib']],
  ])('of version %d %j', (version, options) => {
    const file = build(version, ...options);
    const elf = readElfFunctions(readFileSync(file));
    const ends = elf.functions.map(({ address, size }) => Number(address + size));
    const addresses: number[] = [];
    for (let address = 0x10000 - 8; address < Math.max(...ends) + 8; address += 2)
      addresses.push(address);
    const found = addresses.map((address) => {
      const place = elf.lines.lineOf(address);
      return place ? `${place.file}:${place.line}` : '??:0';
    });
    expect(found).toEqual(addr2line(file, addresses).map((line) => line.replace('??:?', '??:0')));
    expect(new Set(found).size).toBeGreaterThan(100);
  });
});
