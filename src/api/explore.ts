/** Many runs of a program, each under another schedule: which outcomes there are, and how to see each again. */
import type { Stuck } from '../protocol.ts';
import {
  CHECKED_LATER,
  checkArgument,
  checkOptions,
  FUNCTION,
  oneOf,
  type Shape,
  WORDS,
  whole,
} from './argument-checks.ts';
import { OptionError } from './errors.ts';
import { BOOT_SHAPE, type BootOptions } from './options.ts';
import { boot, type SpawnOptions, type System } from './system.ts';
import type { Template } from './template.ts';

export interface ExploreOptions
  extends Omit<BootOptions, 'schedule' | 'console' | 'gdb' | 'record'> {
  /** Of the program and its arguments: what System.spawn takes. */
  spawn?: Pick<SpawnOptions, 'cwd' | 'user' | 'env'>;
  /** How many, 1 to 1,000,000. Default 100. */
  runs?: number;
  /** Of the first schedule; the next has the next number. Default 1. */
  firstSeed?: number;
  /** random, pct (see the option `schedule` of boot), or both in turns. Default both. */
  strategy?: 'random' | 'pct' | 'both';
  /** Of pct: how many orderings a bug may need. Default 3. */
  depth?: number;
  /** Machines at a time, 1 to 64. Default 1. */
  jobs?: number;
  /** Called after each run. */
  onRun?: (done: number, runs: number) => void;
  /** Called before the machine is closed that all runs have begun as: the files of the program are there. */
  onEnd?: (outcomes: readonly ExploredOutcome[], system: System) => Promise<void>;
}

/** How a run ended. */
export interface Outcome {
  stdout: string;
  stderr: string;
  exitCode: number | null;
  signal: string | null;
  /** It did not go on. */
  stuck: Stuck | undefined;
}

/** Runs that ended alike. */
export interface ExploredOutcome extends Outcome {
  /** How many did. */
  runs: number;
  /** Of the first of them: boot({ schedule }), `hartix run --schedule`. */
  schedule: string;
}

const STRATEGY = oneOf('random', 'pct', 'both');
const { schedule: _s, console: _c, gdb: _g, record: _r, ...OF_BOOT } = BOOT_SHAPE;
const EXPLORE_SHAPE: Shape<ExploreOptions> = {
  ...OF_BOOT,
  spawn: CHECKED_LATER,
  runs: CHECKED_LATER,
  firstSeed: CHECKED_LATER,
  strategy: CHECKED_LATER,
  depth: CHECKED_LATER,
  jobs: CHECKED_LATER,
  onRun: FUNCTION,
  onEnd: FUNCTION,
};
const MAX_OUTPUT = 1024 * 1024;
/** A run may be so many times as long as the one under the fair schedule. */
const PATIENCE = 20;
const LEAST_LIMIT = 50_000_000;
const ONE_HART =
  'explore: harts: schedules are explored on one hart, which is preempted between any two instructions; ' +
  'several run as the cores of the host let them, in no order that a seed could repeat: leave the option out';

/** To its end, or that of the machine. */
async function outcomeOf(
  system: System,
  [command = '', ...args]: readonly string[],
  options: SpawnOptions,
): Promise<Outcome & { instructions: number }> {
  const program = system.spawn(command, args, { ...options, stdin: 'ignore' });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    const decoder = new TextDecoder();
    program[name].on('data', (chunk: Uint8Array) => {
      if (text[name].length < MAX_OUTPUT) text[name] += decoder.decode(chunk, { stream: true });
    });
  }
  try {
    const { exitCode, signal, trace } = await program.exit;
    return { ...text, exitCode, signal, stuck: undefined, instructions: trace?.instructions ?? 0 };
  } catch (error) {
    const { stuck } = system;
    if (!stuck) throw error;
    return { ...text, exitCode: null, signal: null, stuck, instructions: stuck.instructions };
  }
}

function keyOf({ stdout, stderr, exitCode, signal, stuck }: Outcome): string {
  return JSON.stringify([stdout, stderr, exitCode, signal, stuck?.reason]);
}

/** Instructions of a run under the fair schedule. */
async function measure(
  template: Template,
  command: readonly string[],
  spawn: SpawnOptions,
): Promise<number> {
  const system = await template.forkWith({ schedule: undefined });
  try {
    const before = (await system.exec(['true'])).trace?.instructions ?? 0;
    // One that hangs even so must not hang us.
    const limits = { ...spawn, timeout: 10_000 };
    const { instructions } = await outcomeOf(system, command, limits);
    return Math.max(1, instructions - before);
  } finally {
    await system.close();
  }
}

function checked(name: string, value: number, most: number): number {
  if (!Number.isInteger(value) || value < 1 || value > most)
    throw new OptionError(`explore: ${name} ${value}: write a number from 1 to ${most}`);
  return value;
}

/**
 * Run a program, with empty standard input, on fresh deterministic machines, each with another schedule. Returns what came out, the
 * most frequent first: more than one outcome is a race, one that is stuck a deadlock or a loop without end. Throws OptionError, and what
 * System.spawn rejects with.
 */
export async function explore(
  command: readonly string[],
  options: ExploreOptions = {},
): Promise<ExploredOutcome[]> {
  const { runs = 100, firstSeed = 1, strategy = 'both', depth = 3, jobs = 1, ...rest } = options;
  const { onRun, onEnd, spawn = {}, ...machine } = rest;
  checkArgument('explore', 'command', command, WORDS);
  checkOptions('explore', options, EXPLORE_SHAPE);
  checkArgument('explore', 'strategy', strategy, STRATEGY);
  checkArgument('explore', 'firstSeed', firstSeed, whole(0));
  checked('runs', runs, 1_000_000);
  checked('jobs', jobs, 64);
  checked('depth', depth, 100);
  if ((machine.harts ?? 1) !== 1) throw new OptionError(ONE_HART);
  // Each run is a twin of this one. It boots as `schedule` makes a machine boot: so a run comes again in one that was just booted.
  const booted = await boot({ ...machine, schedule: `random:${firstSeed}` });
  try {
    const template = await booted.template();
    const length = await measure(template, command, spawn);
    const limit = Math.max(LEAST_LIMIT, PATIENCE * length);
    const outcomes = await exploreRuns({ runs, jobs, ...(onRun && { onRun }) }, async (run) => {
      const seed = firstSeed + run;
      const isRandom = strategy === 'random' || (strategy === 'both' && run % 2 === 0);
      const text = isRandom ? `random:${seed}` : `pct:${seed}:${depth}:${length}`;
      const system = await template.forkWith({ schedule: { text, limit } });
      try {
        const { instructions: _, ...outcome } = await outcomeOf(system, command, spawn);
        return { ...outcome, schedule: text };
      } finally {
        await system.close();
      }
    });
    await onEnd?.(outcomes, booted);
    return outcomes;
  } finally {
    await booted.close();
  }
}

/** What comes out of `runs`, `jobs` at a time. */
async function exploreRuns(
  { runs, jobs, onRun }: Pick<ExploreOptions, 'onRun'> & { runs: number; jobs: number },
  perform: (run: number) => Promise<Outcome & { schedule: string }>,
): Promise<ExploredOutcome[]> {
  const found = new Map<string, ExploredOutcome & { first: number }>();
  let next = 0;
  let done = 0;
  const worker = async (): Promise<void> => {
    for (let run = next++; run < runs; run = next++) {
      const outcome = await perform(run);
      const key = keyOf(outcome);
      const known = found.get(key);
      const first = known === undefined || run < known.first ? { ...outcome, first: run } : known;
      found.set(key, { ...first, runs: (known?.runs ?? 0) + 1 });
      onRun?.(++done, runs);
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return [...found.values()]
    .sort((a, b) => b.runs - a.runs || a.first - b.first)
    .map(({ first: _, ...outcome }) => outcome);
}
