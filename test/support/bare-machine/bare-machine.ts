/** For tests: assembles a program for the bare machine with zig, and the engine that runs it. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Isa } from '../../../src/isa/extensions.ts';
import { createEngine } from '../../../src/jit/engine.ts';
import type { Engine, EngineCalls } from '../../../src/machine/engine.ts';
import type { PhysicalMemory } from '../../../src/machine/memory.ts';

const PROGRAM_HEADER_LOAD = 1;
const ROOT = new URL('../../../', import.meta.url).pathname;
const INTERPRETER = join(ROOT, 'build/interpreter.wasm');

/** Whether the generated interpreter is there; says how to make it otherwise. */
export function hasInterpreter(): boolean {
  if (existsSync(INTERPRETER)) return true;
  console.warn(
    'SKIPPED: build/interpreter.wasm is missing; run: node --import tsx tools/gen-interpreter.ts',
  );
  return false;
}

export function testEngine(memory: WebAssembly.Memory, calls: EngineCalls, isa?: Isa): Engine {
  const interpreter = new WebAssembly.Module(new Uint8Array(readFileSync(INTERPRETER)));
  return createEngine({ memory, calls, interpreter, ...(isa && { isa }) });
}

/** Everything from `base` on; the zeroed part is not in the file. */
function linkerScript(base: number): string {
  const sections = ['text', 'rodata', 'data', 'bss'].map(
    (name) => `.${name} : { *(.${name}.start) *(.${name}*) }`,
  );
  return `ENTRY(_start) SECTIONS { . = ${base}; ${sections.join(' ')} }`;
}

/** Assemble or compile a file of this folder, or of an absolute path, linked to run at `base`. Returns the ELF file. */
export function assemble(name: string, base: number): Uint8Array {
  return compile([name], base);
}

/** Compile files of this folder, linked in this order to run at `base`. Returns the ELF file. */
export function compile(names: readonly string[], base: number): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'hartix-machine-'));
  const output = join(folder, 'program.elf');
  const sources = names.map((name) => new URL(name, import.meta.url).pathname);
  const target = ['-target', 'riscv64-freestanding', '-mcpu=baseline_rv64', '-mabi=lp64d'];
  const language = ['-O2', '-ffreestanding', '-fno-sanitize=all', '-mcmodel=medany'];
  const warnings = ['-Wall', '-Wextra', '-Werror'];
  const script = join(folder, 'program.ld');
  writeFileSync(script, linkerScript(base));
  const link = ['-nostdlib', '-static', '-T', script];
  const zig = join(ROOT, 'node_modules/.bin/zig');
  const options = ['cc', ...target, ...language, ...warnings, ...link, '-o', output, ...sources];
  execFileSync(zig, options, { stdio: 'pipe' });
  const bytes = new Uint8Array(readFileSync(output));
  rmSync(folder, { recursive: true });
  return bytes;
}

/** Copy the loadable segments of a 64-bit little-endian ELF file to their physical addresses. */
export function loadElf(memory: PhysicalMemory, elf: Uint8Array): void {
  const view = new DataView(elf.buffer, elf.byteOffset, elf.byteLength);
  const headers = Number(view.getBigUint64(32, true));
  for (let i = 0; i < view.getUint16(56, true); i++) {
    const at = headers + i * view.getUint16(54, true);
    if (view.getUint32(at, true) !== PROGRAM_HEADER_LOAD) continue;
    const offset = Number(view.getBigUint64(at + 8, true));
    const address = Number(view.getBigUint64(at + 24, true));
    const fileSize = Number(view.getBigUint64(at + 32, true));
    memory.dmaWrite(address, fileSize)?.set(elf.subarray(offset, offset + fileSize));
  }
}

const SYMBOL_TABLE = 2;
const SYMBOL_BYTES = 24;

/** Addresses of the symbols of a 64-bit little-endian ELF file. */
export function symbolsOf(elf: Uint8Array): ReadonlyMap<string, number> {
  const view = new DataView(elf.buffer, elf.byteOffset, elf.byteLength);
  const section = (index: number): number =>
    Number(view.getBigUint64(40, true)) + index * view.getUint16(58, true);
  const offsetOf = (index: number): number => Number(view.getBigUint64(section(index) + 24, true));
  const symbols = new Map<string, number>();
  for (let index = 0; index < view.getUint16(60, true); index++) {
    if (view.getUint32(section(index) + 4, true) !== SYMBOL_TABLE) continue;
    const names = offsetOf(view.getUint32(section(index) + 40, true));
    const end = offsetOf(index) + Number(view.getBigUint64(section(index) + 32, true));
    for (let at = offsetOf(index); at < end; at += SYMBOL_BYTES) {
      const start = names + view.getUint32(at, true);
      const name = elf.subarray(start, elf.indexOf(0, start));
      symbols.set(new TextDecoder().decode(name), Number(view.getBigUint64(at + 8, true)));
    }
  }
  return symbols;
}
