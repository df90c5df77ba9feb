/** readelf, objdump, nm and size against GNU's on files for the guest: an object, an archive, a static and a dynamic program, a library. */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildNativeCommands } from '../../tools/userland.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SOURCE = fileURLToPath(new URL('binutils.c', import.meta.url));
const GNU = 'riscv64-linux-gnu-';
const hasGnu = spawnSync(`${GNU}readelf`, ['--version']).status === 0;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'hartix-binutils-'));
let bin = '';

const BUILDS: Readonly<Record<string, readonly string[]>> = {
  'object.o': ['-target', 'riscv64-linux-musl', '-c', '-g'],
  static: ['-target', 'riscv64-linux-musl', '-static'],
  dynamic: ['-target', 'riscv64-linux-gnu', '-fPIE', '-pie'],
  'library.so': [
    '-target',
    'riscv64-linux-gnu',
    '-shared',
    '-fPIC',
    '-Wl,--build-id,-soname,liblibrary.so.1',
  ],
};
const COMMANDS: Readonly<Record<string, readonly string[]>> = {
  readelf: [
    '-h',
    '-S',
    '-l',
    '-s',
    '-d',
    '-r',
    '-n',
    '-V',
    '-We',
    '-Ws',
    '-Wr',
    '--dyn-syms',
    '-x .text',
    '-x .rodata',
    '-p .comment',
    '-x 2',
  ],
  nm: [
    '',
    '-n',
    '-P',
    '-A',
    '-g',
    '-u',
    '-S',
    '-r',
    '-p',
    '-a',
    '-D',
    '-t d',
    '-f sysv',
    '--size-sort',
    '--defined-only',
  ],
  objdump: [
    '-d',
    '-d -M no-aliases,numeric',
    '-d --no-show-raw-insn -j .text',
    '-d --disassemble=main',
    '-h',
    '-f',
    '-t',
    '-T',
    '-s -j .rodata',
  ],
  size: ['', '-A', '-x', '-o', '-t', '-A -x'],
};

/** Offsets in an ELF64 file and section header (System V ABI, chapter 4). */
const SHOFF = 0x28;
const SH_OFFSET = 0x18;
const SH_SIZE = 0x20;
const SHDR_SIZE = 64;
/** Bytes of output: a damaged file's headers may name all of it in each of its sections. */
const DAMAGED_OUTPUT = 8 << 20;

const ARCHIVES = new Set(['nm', 'size', 'objdump']);

function run(command: string, args: readonly string[]): { out: string; status: number | null } {
  const { stdout, status } = spawnSync(command, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  return { out: stdout, status };
}

/** The number of `section` in `file`, as GNU's readelf counts. */
function sectionNumber(file: string, section: string): number {
  const { out } = run(`${GNU}readelf`, ['-SW', file]);
  return Number(new RegExp(`\\[ *(\\d+)\\] \\${section} `).exec(out)?.[1]);
}

describe.skipIf(process.platform !== 'linux' || !hasGnu)('tools for object files', () => {
  beforeAll(async () => {
    const zig = path.join(ROOT, 'node_modules/.bin/zig');
    for (const [name, flags] of Object.entries(BUILDS)) {
      execFileSync(zig, ['cc', '-O1', ...flags, '-o', name, SOURCE], {
        cwd: folder,
        stdio: 'pipe',
      });
    }
    execFileSync(`${GNU}ar`, ['rc', 'archive.a', 'object.o', 'static'], { cwd: folder });
    bin = await buildNativeCommands();
  }, 600_000);
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  for (const [command, variants] of Object.entries(COMMANDS)) {
    for (const options of variants) {
      it(`${command} ${options}`, () => {
        // GNU's names an address of the library's .got by a symbol of another section, or not, by its own lights.
        const isListing = command === 'objdump' && options.startsWith('-d');
        const files = Object.keys(BUILDS)
          .filter((file) => !isListing || file !== 'library.so')
          .concat(ARCHIVES.has(command) ? ['archive.a'] : []);
        for (const file of files) {
          const args = [...options.split(' ').filter(Boolean), file];
          expect({ file, ...run(path.join(bin, command), args) }).toEqual({
            file,
            ...run(`${GNU}${command}`, args),
          });
        }
      });
    }
  }

  it('objdump shows no section that lies behind the end of the file', () => {
    const bytes = fs.readFileSync(path.join(folder, 'dynamic'));
    const headers = Number(bytes.readBigUInt64LE(SHOFF));
    const text = headers + sectionNumber('dynamic', '.text') * SHDR_SIZE;
    for (const field of [SH_OFFSET, SH_SIZE]) {
      const damaged = Buffer.from(bytes);
      damaged.writeBigUInt64LE(1n << 24n, text + field);
      fs.writeFileSync(path.join(folder, 'outside'), damaged);
      for (const options of ['-s', '-d', '-h']) {
        const args = [options, '-j', '.text', 'outside'];
        expect({ field, options, ...run(path.join(bin, 'objdump'), args) }).toEqual({
          field,
          options,
          ...run(`${GNU}objdump`, args),
        });
      }
    }
  });

  it('survive files that are damaged', () => {
    const bytes = fs.readFileSync(path.join(folder, 'dynamic'));
    let seed = 7;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return (seed >>> 8) % below;
    };
    for (let round = 0; round < 200; round++) {
      const damaged = Buffer.from(
        bytes.subarray(0, round % 4 === 0 ? random(bytes.length) : bytes.length),
      );
      for (let i = 0; i < 8 && damaged.length > 0; i++) {
        const at =
          round % 2 === 0 ? random(Math.min(damaged.length, 1024)) : random(damaged.length);
        damaged[at] = random(256);
      }
      fs.writeFileSync(path.join(folder, 'damaged'), damaged);
      for (const [command, options] of [
        ['readelf', '-a'],
        ['nm', '-aD'],
        ['size', '-A'],
        ['objdump', '-dfhtTs'],
      ] as const) {
        const { signal, error } = spawnSync(path.join(bin, command), [options, 'damaged'], {
          cwd: folder,
          timeout: 10_000,
          maxBuffer: DAMAGED_OUTPUT,
        });
        expect({ round, command, signal, error }).toEqual({
          round,
          command,
          signal: null,
          error: undefined,
        });
      }
    }
  });
});
if (!hasGnu)
  console.warn('tools for object files: binutils for riscv64 is not on this host, skipped');
