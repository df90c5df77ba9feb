/** Options of `hartix crash`. */
import { type Arguments, numberOf, type Option, optionHelp, parseOptions } from '../arguments.ts';
import { UsageError } from '../usage-error.ts';
import type { RecordingOptions } from './recording.ts';

/** Of `hartix crash`. */
export const CRASH_ROWS = {
  cuts: { type: 'string', value: 'N', help: 'power cuts (default 1000)' },
  'after-writes': {
    type: 'string',
    value: 'K',
    help: 'cut behind every K-th write (default: evenly spread over the run)',
  },
  fs: { type: 'string', value: 'TYPE', help: 'ext4, ext3 or ext2 (default ext4)' },
  data: {
    type: 'string',
    value: 'MODE',
    help: 'journal mode: ordered, journal, writeback (default ordered)',
  },
  'no-journal': { type: 'boolean', help: 'without a journal: what breaks then' },
  lie: { type: 'boolean', help: 'a disk that says it has flushed and has not' },
  'block-size': { type: 'string', value: 'BYTES', help: '1024, 2048 or 4096 (default 1024)' },
  steps: { type: 'string', value: 'N', help: 'file operations (default 1000)' },
  seed: { type: 'string', value: 'N', help: 'of operations and losses (default 1)' },
  recording: {
    type: 'string',
    value: 'FILE',
    help: 'cut what a guest did: made by hartix run --disk IMAGE,record=FILE',
  },
  image: { type: 'string', value: 'FILE', help: 'with --recording: the disk as it was before' },
  check: {
    type: 'string',
    value: 'COMMAND',
    help: "with --recording: run in a copy of the disk's files, with $MARK; 0 is well",
  },
  'mark-sector': {
    type: 'string',
    value: 'N',
    help: 'what the guest wrote there last, behind its file system, is $MARK',
  },
  keep: { type: 'string', value: 'FILE', help: 'the first disk with a finding, as an image' },
  help: { type: 'boolean', help: 'print this text' },
} as const satisfies Record<string, Option>;

const USAGE = `usage: hartix crash [options]

Cut the power of a disk, a thousand times. Random operations (create, append, overwrite, truncate, replace by
rename, link, unlink, mkdir, rmdir, fsync, sync) run on Hartix's ext4 on a disk with a volatile cache. The disk is
then what it was at a cut: everything in front of the last flush, and of the writes behind it some, in any order,
some not, some in part, sector by sector. Each such disk is mounted, which replays its journal; every file that
was fsynced must have its content, no file may show what was on the disk before, and "e2fsck -fn" must find
nothing. The same seed is the same run. Needs e2fsprogs on the host.

options:
${optionHelp(CRASH_ROWS)}

examples:
  hartix crash --cuts 1000 --seed 7
  hartix crash --fs ext3 --data journal --after-writes 3
  hartix crash --no-journal          missed updates, space leaks, orphans: what a journal is for
  hartix crash --lie                 fsync promised, and the data is gone

exit status: 0 if nothing was lost and every disk was clean; 1 if not; 2 for a wrong option.
`;

type CrashArguments = Arguments<keyof typeof CRASH_ROWS>;

export interface CrashOptions {
  readonly cuts: number;
  readonly afterWrites: number | undefined;
  readonly type: string;
  readonly data: string;
  readonly hasJournal: boolean;
  readonly lies: boolean;
  readonly blockBytes: number;
  readonly steps: number;
  readonly seed: number;
  readonly keep: string | undefined;
  /** Instead of a workload. */
  readonly recording: RecordingOptions | undefined;
}

function recordingOptions(args: CrashArguments, seed: number): RecordingOptions | undefined {
  const recording = args.value('recording');
  const image = args.value('image');
  if ((recording === undefined) !== (image === undefined)) {
    throw new UsageError('--recording and --image go together');
  }
  if (recording === undefined || image === undefined) return undefined;
  const markSector = numberOf('mark-sector', args.value('mark-sector'));
  return { recording, image, check: args.value('check'), markSector, seed };
}

function oneOf(option: string, text: string, choices: readonly string[]): string {
  if (choices.includes(text)) return text;
  throw new UsageError(`--${option} ${text}: write ${choices.join(', ')}`);
}

function positive(option: string, text: string | undefined): number | undefined {
  const value = numberOf(option, text);
  if (value === 0) throw new UsageError(`--${option} 0: write a number from 1 on`);
  return value;
}

/** The text of --help where that is asked for. Throws UsageError. */
export function crashOptions(argv: readonly string[]): CrashOptions | string {
  const args = parseOptions(argv, CRASH_ROWS);
  if (args.flags.has('help')) return USAGE;
  const [word] = [...args.words, ...(args.command ?? [])];
  if (word !== undefined) throw new UsageError(`crash takes no word '${word}'`);
  const type = oneOf('fs', args.value('fs') ?? 'ext4', ['ext4', 'ext3', 'ext2']);
  const seed = numberOf('seed', args.value('seed')) ?? 1;
  return {
    cuts: positive('cuts', args.value('cuts')) ?? 1000,
    afterWrites: positive('after-writes', args.value('after-writes')),
    type,
    data: oneOf('data', args.value('data') ?? 'ordered', ['ordered', 'journal', 'writeback']),
    hasJournal: type !== 'ext2' && !args.flags.has('no-journal'),
    lies: args.flags.has('lie'),
    blockBytes: Number(
      oneOf('block-size', args.value('block-size') ?? '1024', ['1024', '2048', '4096']),
    ),
    steps: positive('steps', args.value('steps')) ?? 1000,
    seed,
    keep: args.value('keep'),
    recording: recordingOptions(args, seed),
  };
}
