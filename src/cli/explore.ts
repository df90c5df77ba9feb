/** `hartix explore`: which outcomes a program has under other schedules. */
import { availableParallelism } from 'node:os';
import { type ExploredOutcome, type ExploreOptions, explore } from '../api/explore.ts';
import type { System } from '../api/system.ts';
import type { CodePlace } from '../protocol.ts';
import { BOOT_ROWS, numberOf, type Option, optionHelp, parseOptions } from './arguments.ts';
import { bootOptions, HERE_FOLDER } from './boot-options.ts';
import { quote } from './fault-report.ts';
import { HOST_FOLDER, prepareHostFile } from './host-file.ts';
import { UsageError } from './usage-error.ts';

/** There is more than one outcome, or a run did not end. */
const EXIT_FOUND = 1;
const MOST_JOBS = 4;
const MOST_OUTCOMES = 20;
const MOST_LINES = 6;
/** Of a thread. */
const MOST_CALLS = 12;
const SMALL_MEMORY = '64M';

const OWN_ROWS = {
  runs: { type: 'string', value: 'N', help: 'how many schedules (default 100)' },
  seed: {
    type: 'string',
    value: 'N',
    help: 'of the first schedule; each next has the next (default 1)',
  },
  strategy: {
    type: 'string',
    value: 'random|pct|both',
    help: 'preempt at random instructions; or priorities that change at a few (default both in turns)',
  },
  depth: { type: 'string', value: 'N', help: 'pct: how many orderings a bug may need (default 3)' },
  jobs: { type: 'string', value: 'N', help: 'machines at a time (default: the cores, at most 4)' },
} as const satisfies Record<string, Option>;

export const EXPLORE_ROWS = {
  ...OWN_ROWS,
  ...BOOT_ROWS,
  harts: { ...BOOT_ROWS.harts, help: 'only 1: schedules of several harts are not explored' },
} as const satisfies Record<string, Option>;

const USAGE = `usage: hartix explore [options] -- CMD [ARG...]
       hartix explore [options] FILE [ARG...]

Run a program many times, each on a fresh deterministic machine with another schedule of its threads and processes, and say which
outcomes there are: output and status, deadlocks (all wait for ever), runs without end, with the lines of source where each thread is and
was called, as far as its file has them (cc -g). Each comes with the command that shows
it again. Standard input is empty. The machine has one hart; it is preempted between any two instructions, which finds what several
would do to each other, if they see each other's stores in one order.

examples:
  hartix explore --runs 1000 -- ./race
  hartix explore --strategy pct --depth 5 philosophers.c

`;

const STATUS_TEXT = `exit status: 0 if all runs had one outcome, and it was an end; 1 otherwise; 2 for a wrong option or file.
`;

/** The options that were given, without those of explore itself. */
function machineWords(argv: readonly string[], count: number): string[] {
  const words: string[] = [];
  for (let i = 0; i < count; i++) {
    const word = argv[i] ?? '';
    const name = word.replace(/^--/, '').split('=')[0] ?? '';
    if (!Object.hasOwn(OWN_ROWS, name)) words.push(word);
    else if (!word.includes('=')) i++;
  }
  return words;
}

function indent(text: string): string[] {
  const lines = text.trimEnd().split('\n');
  const shown = lines.slice(0, MOST_LINES).map((line) => `    ${line}`);
  return lines.length > MOST_LINES
    ? [...shown, `    and ${lines.length - MOST_LINES} more lines`]
    : shown;
}

type LinesOf = (places: readonly CodePlace[]) => string[];

/** Lines of source where threads of stuck programs are and were called, of those whose file says them. */
async function sourceLines(outcomes: readonly ExploredOutcome[], system: System): Promise<LinesOf> {
  const places = outcomes.flatMap(({ stuck }) => stuck?.places.flat() ?? []);
  const files = [...new Set(places.map(({ path }) => path))];
  const { guestSymbols } = await import('./profile/guest-symbols.ts');
  const symbols = await guestSymbols(files, (path) => system.fs.readFile(path));
  return (stack) => {
    const lines = stack.flatMap(({ path, at }) => {
      const frame = { file: files.indexOf(path), at };
      const line = symbols.lineOf(frame);
      return line ? [`${line.file.split('/').at(-1)}:${line.line} in ${symbols.name(frame)}`] : [];
    });
    return lines.slice(0, MOST_CALLS);
  };
}

function describe(outcome: ExploredOutcome, again: string, linesOf: LinesOf): string {
  const { runs, exitCode, signal, stuck, stdout, stderr } = outcome;
  const end = stuck
    ? `${stuck.reason === 'deadlock' ? 'DEADLOCK' : 'NO END'} after ${stuck.instructions} instructions`
    : signal === null
      ? `status ${exitCode}`
      : `killed by ${signal}`;
  return [
    `${runs} ${runs === 1 ? 'run' : 'runs'}: ${end}`,
    ...(stuck?.tasks ?? []).flatMap((task, i) => [
      `    ${task}`,
      ...linesOf(stuck?.places[i] ?? []).map((line) => `        ${line}`),
    ]),
    ...(stdout === '' ? [] : indent(stdout)),
    ...(stderr === '' ? [] : indent(stderr)),
    `  again: ${again}`,
  ].join('\n');
}

function exploreOptions(args: ReturnType<typeof parse>): ExploreOptions {
  const strategy = args.value('strategy') ?? 'both';
  if (strategy !== 'random' && strategy !== 'pct' && strategy !== 'both')
    throw new UsageError(`--strategy ${strategy}: write random, pct or both`);
  const number = (name: keyof typeof OWN_ROWS) => numberOf(name, args.value(name));
  const depth = number('depth');
  const isTerminal = process.stderr.isTTY;
  return {
    runs: number('runs') ?? 100,
    firstSeed: number('seed') ?? 1,
    strategy,
    jobs: number('jobs') ?? Math.min(MOST_JOBS, availableParallelism()),
    ...(depth === undefined ? {} : { depth }),
    ...(isTerminal && {
      onRun: (done: number, runs: number) =>
        process.stderr.write(`\r${done} of ${runs}${done === runs ? '\n' : ''}`),
    }),
  };
}

function parse(argv: readonly string[]) {
  return parseOptions(argv, EXPLORE_ROWS);
}

/** Returns the exit status. Throws UsageError, HartixError. */
export async function exploreCommand(argv: readonly string[]): Promise<number> {
  const args = parse(argv);
  if (args.flags.has('help')) {
    process.stdout.write(`${USAGE}options:\n${optionHelp(EXPLORE_ROWS)}\n\n${STATUS_TEXT}`);
    return 0;
  }
  const [file, ...words] = args.words;
  if (args.command === undefined && file === undefined)
    throw new UsageError('nothing to run; write: hartix explore -- CMD, or: hartix explore FILE');
  const settings = exploreOptions(args);
  // A path of the host before `--` or behind it: ./race is no command of the guest.
  const isFile = args.command === undefined || /^\.{0,2}\//.test(args.command[0] ?? '');
  const hostFile = isFile ? prepareHostFile(args.command?.[0] ?? file ?? '') : undefined;
  const rest = args.command ? args.command.slice(1) : words;
  const command = hostFile ? [...hostFile.command, ...rest] : (args.command ?? []);
  const cwd = args.value('cwd') ?? (args.flags.has('here') ? HERE_FOLDER : hostFile && HOST_FOLDER);
  const user = args.value('user');
  try {
    const options = bootOptions(args);
    let linesOf: LinesOf = () => [];
    const outcomes = await explore(command, {
      onEnd: async (found, system) => {
        linesOf = await sourceLines(found.slice(0, MOST_OUTCOMES), system);
      },
      memory: SMALL_MEMORY,
      ...options,
      ...settings,
      mounts: { ...hostFile?.mounts, ...options.mounts },
      spawn: { ...(cwd === undefined ? {} : { cwd }), ...(user === undefined ? {} : { user }) },
    });
    const count = argv.length - args.words.length - (args.command ? args.command.length + 1 : 0);
    const memory = args.value('memory') === undefined ? ['--memory', SMALL_MEMORY] : [];
    const program = hostFile
      ? [args.command?.[0] ?? file ?? '', ...rest]
      : ['--', ...(args.command ?? [])];
    const again = (schedule: string) =>
      [
        'hartix',
        'run',
        `--schedule=${schedule}`,
        ...memory,
        ...machineWords(argv, count),
        ...program,
      ]
        .map(quote)
        .join(' ');
    const shown = outcomes
      .slice(0, MOST_OUTCOMES)
      .map((one) => describe(one, again(one.schedule), linesOf));
    const more = outcomes.length - shown.length;
    if (more > 0) shown.push(`and ${more} more outcomes`);
    process.stdout.write(`${shown.join('\n')}\n`);
    const isFound = outcomes.length > 1 || outcomes.some(({ stuck }) => stuck !== undefined);
    return isFound ? EXIT_FOUND : 0;
  } finally {
    hostFile?.dispose();
  }
}
