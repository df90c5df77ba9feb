/** v86 as a contestant: an x86 PC in this process, with a Linux for i686 whose only program is the workload. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UsageError } from '../usage-error.ts';
import { programArchive } from './cpio.ts';

/** What the folder of --v86 has: the two files of v86's package, SeaBIOS, and a Linux for i686. */
const FILES = ['libv86.mjs', 'v86.wasm', 'bios.bin', 'vgabios.bin', 'bzImage'] as const;
const MEMORY_BYTES = 512 * 1024 * 1024;
const TIMEOUT_MS = 1_800_000;
/** The end of the only program is the end of Linux. */
const END = /Attempted to kill init/;
const FAILED = /Attempted to kill init! exitcode=0x(?!00000000)/;

/** What is used here of v86's interface (v86.d.ts of its package). */
interface Emulator {
  add_listener(event: 'serial0-output-byte', listener: (byte: number) => void): void;
  destroy(): Promise<void>;
}
interface Library {
  readonly V86: new (options: Readonly<Record<string, unknown>>) => Emulator;
}

/** Throws UsageError where a file is missing. */
export function checkV86(folder: string): void {
  const missing = FILES.filter((file) => !existsSync(join(folder, file)));
  if (missing.length > 0)
    throw new UsageError(`--v86 ${folder}: there is no ${missing.join(', ')} in it`);
}

function image(bytes: Uint8Array): { readonly buffer: ArrayBuffer } {
  return { buffer: Uint8Array.from(bytes).buffer };
}

/** What the program printed, without the last words of Linux. Rejects where it does not come to its end. */
export async function runV86(
  folder: string,
  program: string,
  args: readonly string[],
): Promise<string> {
  const library: Library = await import(pathToFileURL(join(folder, 'libv86.mjs')).href);
  const part = (name: string) => image(readFileSync(join(folder, name)));
  const emulator = new library.V86({
    wasm_path: join(folder, 'v86.wasm'),
    memory_size: MEMORY_BYTES,
    bios: part('bios.bin'),
    vga_bios: part('vgabios.bin'),
    bzimage: part('bzImage'),
    initrd: image(programArchive(program)),
    cmdline: `console=ttyS0 quiet mitigations=off tsc=reliable rdinit=/init -- ${args.join(' ')}`,
    disable_speaker: true,
    autostart: true,
  });
  try {
    const output = await untilEnd(emulator);
    if (FAILED.test(output)) throw new UsageError(`${program} in v86: ${output}`);
    return output;
  } finally {
    await emulator.destroy();
  }
}

function untilEnd(emulator: Emulator): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const limit = setTimeout(
      () => reject(new UsageError(`v86 came to no end: ${output}`)),
      TIMEOUT_MS,
    );
    emulator.add_listener('serial0-output-byte', (byte) => {
      output += String.fromCharCode(byte);
      if (byte !== 10 || !END.test(output)) return;
      clearTimeout(limit);
      resolve(output.replaceAll('\r', ''));
    });
  });
}
