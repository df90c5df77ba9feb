/** `hartix record FILE …` and `hartix replay FILE`: a run of Hartix's own system, and the same run again. */

import { closeSync, openSync, readSync } from 'node:fs';
import { Readable } from 'node:stream';
import type { Program } from '../api/program.ts';
import { replay } from '../api/replay.ts';
import { signalNumber } from '../api/signal-names.ts';
import {
  BOOT_ROWS,
  numberOf,
  type Option,
  optionHelp,
  parseArguments,
  parseOptions,
} from './arguments.ts';
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
  gdb: {
    type: 'string',
    value: 'PORT',
    help: 'the program waits for a gdb on this port of localhost (0: any), which can go back: reverse-stepi, reverse-continue',
  },
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

With --gdb a debugger steps and goes through the recording, in both directions; it cannot change registers or memory, and what the
program has not touched yet cannot be read: gdb takes code and constants from the program's file after 'set trust-readonly-sections on'.

examples:
  hartix replay log --gdb 1234
  hartix replay log --until 'write counter' --symbols ./race
  hartix replay log --until 'write 0x12a40:4'
  hartix replay log --until 'write /etc/motd' --back syscall
`;

/** Whether this is about a machine with somebody else's kernel: they have logs of their own. */
export function isForeign(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  const options = end < 0 ? argv : argv.slice(0, end);
  if (options.some((word) => /^--(kernel|firmware|initrd|restore)(=|$)/.test(word))) return true;
  return startOf(argv[0]).startsWith(FOREIGN_START);
}

/** Enough to tell the two kinds of log. */
const FOREIGN_START = '{"format"';

function startOf(file: string | undefined): string {
  if (file === undefined || file.startsWith('-')) return '';
  try {
    const descriptor = openSync(file, 'r');
    try {
      const bytes = Buffer.alloc(FOREIGN_START.length);
      return bytes.subarray(0, readSync(descriptor, bytes)).toString('latin1');
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
  if (args.words.length === 0 && (args.command ?? []).length === 0)
    throw new UsageError(`record: nothing to run; write: hartix record ${file} -- CMD`);
  return (await import('./run.ts')).run(args, { record: file });
}

/** What has been written of each stream of each program: a debugger that goes back makes them write it again. */
class Shown {
  private readonly bytes = new Map<string, number>();

  /** Of a stream that begins, what was not shown yet, to `target`. */
  async *of(key: string, stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let at = 0;
    for await (const chunk of stream) {
      const known = this.bytes.get(key) ?? 0;
      const fresh = chunk.subarray(Math.min(chunk.length, Math.max(0, known - at)));
      at += chunk.length;
      this.bytes.set(key, Math.max(known, at));
      if (fresh.length > 0) yield fresh;
    }
  }
}

/** Resolves with its status when all of its output was written. */
async function pass(program: Program, shown: Shown): Promise<number> {
  const pid = await program.pid;
  for (const name of ['stdout', 'stderr'] as const)
    Readable.from(shown.of(`${pid} ${name}`, program[name])).pipe(process[name], { end: false });
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
  const shown = new Shown();
  const gdb = numberOf('gdb', args.value('gdb'));
  const rootfs = args.value('rootfs');
  const run = await replay(file, {
    translate: !args.flags.has('interp'),
    cache: !args.flags.has('no-cache'),
    ...(rootfs === undefined ? {} : { rootfs }),
    ...(gdb === undefined ? {} : { gdb }),
    onProgram: (program) => programs.push(pass(program, shown).catch(() => undefined)),
  });
  if (run.gdbPort !== undefined)
    process.stderr.write(
      `gdb: set trust-readonly-sections on, then: target remote localhost:${run.gdbPort}\n`,
    );
  try {
    const { traceHash, difference } = await run.ended;
    const status = (await Promise.all(programs)).findLast((one) => one !== undefined);
    if (args.flags.has('trace-hash')) process.stderr.write(`trace hash ${traceHash}\n`);
    if (difference === undefined) return status ?? EXIT_DIFFERENT;
    process.stderr.write(`hartix: replay: ${difference}\n`);
    return EXIT_DIFFERENT;
  } finally {
    await run.close();
  }
}
