/** `hartix replay FILE --until CONDITION`: who did it, where, and with what in the registers. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type SeekOptions, seek } from '../api/replay.ts';
import type { SeekStop } from '../protocol.ts';
import type { Arguments } from './arguments.ts';
import type { REPLAY_ROWS } from './replay.ts';
import { UsageError } from './usage-error.ts';

/** It never held. */
const EXIT_NOT_FOUND = 1;
const COLUMNS = 4;
/** 'write counter+4:2'; a path begins with a slash, an address with a digit. */
const NAMED = /^write ([A-Za-z_.$][\w.$]*)(?:\+(\d+|0x[0-9a-f]+))?(?::(\d{1,4}))?$/;
/** That can be watched at once, and that are where nothing says how many. */
const MOST_BYTES = 9999;
const WORD_BYTES = 8;

/** Places as function and offset, where a file of the host has the names. */
async function places(stop: SeekStop, symbols: string | undefined): Promise<string[]> {
  const { stack } = stop;
  if (symbols === undefined) return stack.map(({ path, at }) => `${path}+0x${at.toString(16)}`);
  const { guestSymbols } = await import('./profile/guest-symbols.ts');
  const elf = readSymbols(symbols);
  const missing = Object.assign(new Error('no names'), { code: 'ENOENT' });
  const names = await guestSymbols(
    stack.map(({ path }) => path),
    (path) =>
      basename(path) === basename(symbols) ? Promise.resolve(elf) : Promise.reject(missing),
  );
  return stack.map(({ at }, file) => names.place({ file, at }));
}

/** 'write NAME[+OFFSET][:BYTES]' with the address that the program's file has for the name. Throws UsageError. */
async function withAddress(condition: string, file: string | undefined): Promise<string> {
  const [, name, offset = '0', bytes] = NAMED.exec(condition) ?? [];
  if (name === undefined) return condition;
  if (file === undefined)
    throw new UsageError(`--until '${condition}': name the program's file with --symbols`);
  const { symbolPlace } = await import('./profile/symbol-place.ts');
  const place = symbolPlace(readSymbols(file), name);
  if (typeof place === 'string') throw new UsageError(`--symbols '${file}': ${place}`);
  const whole = place.size >= 1 && place.size <= MOST_BYTES ? place.size : WORD_BYTES;
  return `write 0x${(place.address + Number(offset)).toString(16)}:${bytes ?? (offset === '0' ? whole : WORD_BYTES)}`;
}

function readSymbols(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new UsageError(`--symbols: cannot read '${file}'`, { cause });
  }
}

function registerLines(registers: SeekStop['registers']): string[] {
  const cells = registers.map(
    ([name, value]) => `${name.padEnd(4)} ${value.toString(16).padStart(16, '0')}`,
  );
  const lines: string[] = [];
  for (let i = 0; i < cells.length; i += COLUMNS)
    lines.push(`  ${cells.slice(i, i + COLUMNS).join('  ')}`);
  return lines;
}

/** Returns the exit status. Throws UsageError, HartixError. */
export async function seekPlace(
  file: string,
  args: Arguments<keyof typeof REPLAY_ROWS>,
): Promise<number> {
  const back = args.value('back');
  if (back !== undefined && back !== 'syscall')
    throw new UsageError(`--back ${back}: write syscall`);
  const [until, rootfs] = [args.value('until'), args.value('rootfs')];
  const options: SeekOptions = {
    translate: !args.flags.has('interp'),
    cache: !args.flags.has('no-cache'),
    backToSyscall: back !== undefined,
    ...(until === undefined ? {} : { until: await withAddress(until, args.value('symbols')) }),
    ...(rootfs === undefined ? {} : { rootfs }),
  };
  const found = await seek(file, options);
  if (!found) {
    process.stderr.write(
      `hartix: replay: '${until ?? 'a system call'}' never holds in the recording\n`,
    );
    return EXIT_NOT_FOUND;
  }
  const { stop, hits } = found;
  const { position } = stop;
  const lines = [
    `${stop.name}[${stop.pid}] thread ${stop.tid}, instruction ${position.retired}, ${position.ticks * 100} ns${hits > 1 ? `; it holds ${hits} times` : ''}`,
    `0x${stop.pc.toString(16)}: ${stop.instruction}${stop.call === undefined ? '' : `    ${stop.call}`}`,
    ...registerLines(stop.registers),
    ...(await places(stop, args.value('symbols'))).map((place, i) => `#${i} ${place}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  return 0;
}
