/** `hartix snapshot` and `hartix restore` of Hartix itself: save a running system, go on from it. */

import { existsSync } from 'node:fs';
import { OptionError } from '../api/errors.ts';
import type { Program } from '../api/program.ts';
import { signalNumber } from '../api/signal-names.ts';
import { boot, type System } from '../api/system.ts';
import { BOOT_ROWS, type Option, optionHelp, parseOptions } from './arguments.ts';
import { bootOptions } from './boot-options.ts';
import { asksForHelp, fileOf } from './file-argument.ts';
import { takeTerminal, terminalSize } from './host-terminal.ts';
import { parseSeconds } from './run.ts';
import { SaveTrigger } from './save-trigger.ts';
import { UsageError } from './usage-error.ts';

const EXIT_NOT_REACHED = 1;

export const SNAPSHOT_ROWS = {
  when: { type: 'string', value: 'TEXT', help: 'save once the command has printed this' },
  after: { type: 'string', value: 'SECONDS', help: 'save after this time' },
  ...BOOT_ROWS,
} as const satisfies Record<string, Option>;

const SNAPSHOT_USAGE = `usage: hartix snapshot FILE [options] [-- CMD [ARG...]]
       hartix snapshot FILE --kernel FILE ...     a kernel of others: see hartix machine --help

Boot, run CMD, and save the system to FILE: when CMD has ended, or, while it runs, at --when or --after, which end the machine.

`;

const RESTORE_USAGE = `usage: hartix restore FILE [options] [-- CMD [ARG...]]
       hartix restore FILE --kernel FILE ...      a kernel of others: see hartix machine --help

Go on from a saved system: run CMD in it, or go on with the command that ran in it, or open a shell. Memory, harts and ISA are as they
were; mounts are named again by the same guest paths, disks in the same order. Also for machines with a kernel of others.

`;

/** Joins a program to the host's terminal or streams; resolves with its status when all of its output was written. */
async function attach(program: Program, hasTerminal: boolean): Promise<number> {
  const terminal = hasTerminal ? takeTerminal('') : undefined;
  const type = (bytes: Uint8Array) => program.write(bytes);
  const resize = () => program.resize(terminalSize());
  process.stdin.on('data', type).once('end', () => program.end());
  process.stdout.on('resize', resize);
  program.stdout.pipe(process.stdout, { end: false });
  program.stderr.pipe(process.stderr, { end: false });
  if (hasTerminal) resize();
  try {
    const { exitCode, signal } = await program.exit;
    return signal === null ? (exitCode ?? 1) : 128 + signalNumber(signal);
  } finally {
    process.stdin.off('data', type).pause();
    process.stdout.off('resize', resize);
    terminal?.restore();
  }
}

function start(system: System, argv: readonly string[], hasTerminal: boolean): Program {
  const [command = '', ...rest] = argv;
  return system.spawn(command, rest, hasTerminal ? { tty: terminalSize() } : {});
}

/** Returns 0 when it was saved. Throws UsageError, HartixError. */
export async function snapshotCommand(argv: readonly string[]): Promise<number> {
  if (asksForHelp(argv)) {
    process.stdout.write(`${SNAPSHOT_USAGE}options:\n${optionHelp(SNAPSHOT_ROWS)}\n`);
    return 0;
  }
  const file = fileOf('snapshot', argv);
  const args = parseOptions(argv.slice(1), SNAPSHOT_ROWS);
  const afterMs = parseSeconds('after', args.value('after'));
  const system = await boot(bootOptions(parseOptions(bootWords(argv.slice(1)), BOOT_ROWS)));
  try {
    if (args.command) {
      const program = start(system, args.command, false);
      const trigger = new SaveTrigger(program.stdout, args.value('when'), afterMs);
      const ended = attach(program, false).then(() => true);
      const hasEnded = await Promise.race([ended, trigger.fired.then(() => false)]);
      trigger.dispose();
      if (hasEnded && trigger.isSet) {
        process.stderr.write('hartix: snapshot: the command ended before it was time\n');
        return EXIT_NOT_REACHED;
      }
    }
    const bytes = await system.snapshot(file);
    process.stderr.write(`hartix: saved ${file}, ${bytes} bytes\n`);
    return 0;
  } finally {
    process.stdin.pause();
    await system.close();
  }
}

/** Without the options that are the snapshot's own. */
function bootWords(argv: readonly string[]): string[] {
  const words: string[] = [];
  for (let at = 0; at < argv.length && argv[at] !== '--'; at++) {
    const word = argv[at] ?? '';
    if (word === '--when' || word === '--after') at++;
    else if (!/^--(when|after)=/.test(word)) words.push(word);
  }
  return words;
}

/**
 * Returns the program's exit status; undefined for a snapshot of a machine with a kernel of others. Throws UsageError,
 * HartixError.
 */
export async function restoreCommand(argv: readonly string[]): Promise<number | undefined> {
  if (asksForHelp(argv)) {
    process.stdout.write(`${RESTORE_USAGE}options:\n${optionHelp(BOOT_ROWS)}\n`);
    return 0;
  }
  const snapshot = fileOf('restore', argv);
  if (!existsSync(snapshot)) throw new UsageError(`restore: no file '${snapshot}'`);
  const args = parseOptions(argv.slice(1), BOOT_ROWS);
  let system: System;
  try {
    system = await boot({ ...bootOptions(args), snapshot });
  } catch (error) {
    if (error instanceof OptionError && error.message.includes('another kernel')) return undefined;
    throw error;
  }
  const hasTerminal = process.stdin.isTTY && process.stdout.isTTY;
  try {
    const [running] = [...system.programs.values()].reverse();
    const program =
      args.command === undefined && running
        ? running
        : start(system, args.command ?? ['sh', '-l'], hasTerminal);
    return await attach(program, hasTerminal);
  } finally {
    await system.close();
  }
}
