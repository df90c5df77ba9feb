/** `hartix record FILE …` and `hartix replay FILE`: a run of Hartix's own system, and the same run again. */

import { closeSync, openSync, readSync } from 'node:fs';
import type { Program } from '../api/program.ts';
import { replay } from '../api/replay.ts';
import { signalNumber } from '../api/signal-names.ts';
import { BOOT_ROWS, type Option, optionHelp, parseArguments, parseOptions } from './arguments.ts';
import { EXIT_STATUSES } from './boot-usage.ts';
import { asksForHelp, fileOf } from './file-argument.ts';
import { UsageError } from './usage-error.ts';

/** It was another run. */
const EXIT_DIFFERENT = 1;

export const REPLAY_ROWS = {
  rootfs: {
    type: 'string',
    value: 'DIR|TAR|IMG',
    help: 'the root that was recorded, if not the own',
  },
  until: {
    type: 'string',
    value: 'CONDITION',
    help: "stop where it last holds: 'write 0xADDR[:BYTES]', 'write NAME[+N][:BYTES]', 'write /path', 'syscall NAME[:N]', 'instret N'",
  },
  back: { type: 'string', value: 'syscall', help: 'stop at the system call before that' },
  symbols: {
    type: 'string',
    value: 'FILE',
    help: 'ELF file of the host with the names of a program, for places and for write NAME',
  },
  interp: BOOT_ROWS.interp,
  'no-cache': BOOT_ROWS['no-cache'],
  'trace-hash': BOOT_ROWS['trace-hash'],
  help: BOOT_ROWS.help,
} as const satisfies Record<string, Option>;

const RECORD_USAGE = `usage: hartix record FILE [options] -- CMD [ARG...]
       hartix record FILE [options] PROGRAM [ARG...]
       hartix record LOG --kernel FILE ...     a kernel of others: see hartix machine --help

As hartix run; all that comes into the machine is written to FILE, with the instruction at which it came: input, signals,
answers of mounted folders, the time, the seed. The machine has virtual time, one nanosecond for an instruction, but sleeps as
long as it would outside; with --deterministic it does not. Disks need :ro or :cow.
`;

const REPLAY_USAGE = `usage: hartix replay FILE [options]
       hartix replay LOG --kernel FILE ...     a kernel of others: see hartix machine --help

The run that hartix record has written, again: the same output and status, to the instruction. Mounted folders need not be
there. Status 1 where it is another run; where is said on stderr.

With --until or --back the program's output is not shown, but who did it: a first pass finds the last place, a second one stops before it.

examples:
  hartix replay log --until 'write counter' --symbols ./race
  hartix replay log --until 'write 0x12a40:4'
  hartix replay log --until 'write /etc/motd' --back syscall
`;

/** Whether this is about a machine with somebody else's kernel: they have logs of their own. */
export function isForeign(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  const options = end < 0 ? argv : argv.slice(0, end);
  if (options.some((word) => /^--(kernel|firmware|initrd|restore)(=|$)/.test(word))) return true;
  return startOf(argv[0]).startsWith('{');
}

/** A first byte is enough to tell the two kinds of log. */
function startOf(file: string | undefined): string {
  if (file === undefined || file.startsWith('-')) return '';
  try {
    const descriptor = openSync(file, 'r');
    try {
      const byte = Buffer.alloc(1);
      return byte.subarray(0, readSync(descriptor, byte)).toString('latin1');
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if ((error as { code?: string }).code === undefined) throw error;
    return '';
  }
}

/** Returns the program's exit status. Throws UsageError, HartixError. */
export async function record(argv: readonly string[]): Promise<number> {
  if (asksForHelp(argv)) {
    process.stdout.write(`${RECORD_USAGE}\noptions:\n${optionHelp(BOOT_ROWS)}\n\n${EXIT_STATUSES}`);
    return 0;
  }
  const file = fileOf('record', argv);
  const args = parseArguments(argv.slice(1));
  return (await import('./run.ts')).run(args, { record: file });
}

/** Resolves with its status when all of its output was written. */
async function pass(program: Program): Promise<number> {
  program.stdout.pipe(process.stdout, { end: false });
  program.stderr.pipe(process.stderr, { end: false });
  const { exitCode, signal } = await program.exit;
  return signal === null ? (exitCode ?? 1) : 128 + signalNumber(signal);
}

/** Returns the recorded program's exit status. Throws UsageError, HartixError. */
export async function replayRun(argv: readonly string[]): Promise<number> {
  if (asksForHelp(argv)) {
    process.stdout.write(`${REPLAY_USAGE}\noptions:\n${optionHelp(REPLAY_ROWS)}\n`);
    return 0;
  }
  const file = fileOf('replay', argv);
  const args = parseOptions(argv.slice(1), REPLAY_ROWS);
  if (args.words.length > 0 || args.command)
    throw new UsageError('replay: the program is in the recording; write only its file');
  if (args.value('until') !== undefined || args.value('back') !== undefined)
    return (await import('./seek.ts')).seekPlace(file, args);
  const programs: Promise<number | undefined>[] = [];
  const rootfs = args.value('rootfs');
  const run = await replay(file, {
    translate: !args.flags.has('interp'),
    cache: !args.flags.has('no-cache'),
    ...(rootfs === undefined ? {} : { rootfs }),
    onProgram: (program) => programs.push(pass(program).catch(() => undefined)),
  });
  try {
    const { traceHash, difference } = await run.ended;
    const [status] = await Promise.all(programs);
    if (args.flags.has('trace-hash')) process.stderr.write(`trace hash ${traceHash}\n`);
    if (difference === undefined) return status ?? EXIT_DIFFERENT;
    process.stderr.write(`hartix: replay: ${difference}\n`);
    return EXIT_DIFFERENT;
  } finally {
    await run.close();
  }
}
