/** Marks of the translator that are no rate: the interpreter on cold code, a program's first 100 ms, pauses, the second start. */
import { rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { BootOptions } from '../../api/options.ts';
import { boot } from '../../api/system.ts';
import { UsageError } from '../usage-error.ts';
import { debianCommand, debianMounts, debianPrograms } from './program-table.ts';
import { median, spreadText } from './rates.ts';
import { secondsToSpeed } from './second-start.ts';

/** What is measured: a command of a shell in a machine with these mounts. */
interface Subject {
  readonly name: string;
  readonly mounts: Readonly<Record<string, string>>;
  readonly command: string;
}

/** Of the package: a shell that starts one program again and again, and pipelines of several. */
const SHELL_LOOP = 'i=0; while [ $i -lt 150 ]; do ls -l /bin >/dev/null; i=$((i+1)); done';
const SHELL_SCRIPT =
  'for f in /bin/s*; do basename $f | tr a-z A-Z | sort | uniq -c; done >/dev/null';
/** The ones of Debian that are mostly start-up. */
const DEBIAN_NAMES = ['python3', 'gcc -O2'];

type Counters = ReadonlyMap<string, number>;

/** /proc/jit after the command. */
async function countersOf(
  { name, mounts, command }: Subject,
  options: BootOptions,
): Promise<Counters> {
  const system = await boot({ memory: '512M', mounts, statistics: true, ...options });
  try {
    const { exitCode, stderr } = await system.exec(command);
    if (exitCode !== 0) throw new UsageError(`${name} in Hartix: status ${exitCode} ${stderr}`);
    const text = await system.fs.readFile('/proc/jit', 'utf8');
    const lines = text.matchAll(/^(\w+):\s+(\d+)$/gm);
    return new Map([...lines].map(([, key = '', value]) => [key, Number(value)]));
  } finally {
    await system.close();
  }
}

function subjects(root: string | undefined, folder: string): Subject[] {
  const own = [
    { name: 'sh: starts of ls', mounts: {}, command: SHELL_LOOP },
    { name: 'sh: pipelines', mounts: {}, command: SHELL_SCRIPT },
  ];
  if (root === undefined) return own;
  const mounts = debianMounts(root, folder);
  const programs = debianPrograms(root, folder).filter(({ name }) => DEBIAN_NAMES.includes(name));
  return [
    ...own,
    ...programs.map((program) => ({ name: program.name, mounts, command: debianCommand(program) })),
  ];
}

function pauses(rounds: readonly Counters[], prefix: string): string {
  const value = (key: string): string =>
    (median(rounds.map((counters) => counters.get(key) ?? Number.NaN)) / 1000).toFixed(2);
  return [`${prefix}Median`, `${prefix}99`, `${prefix}Maximum`].map(value).join(' / ');
}

async function row(subject: Subject, rounds: number): Promise<string> {
  const interpreted: Counters[] = [];
  const translated: Counters[] = [];
  for (let round = 0; round < rounds; round++) {
    interpreted.push(await countersOf(subject, { translate: false }));
    translated.push(await countersOf(subject, { cache: false }));
  }
  const number = (counters: Counters | undefined, key: string): number =>
    counters?.get(key) ?? Number.NaN;
  const mips = interpreted.map((it) => number(it, 'instructions') / number(it, 'engineUs'));
  const first = translated.map(
    (it, round) =>
      number(it, 'firstInstructions') / number(interpreted[round], 'firstInstructions'),
  );
  const install = median(translated.map((it) => number(it, 'installUsMaximum'))) / 1000;
  const cells = [
    subject.name,
    spreadText(mips),
    spreadText(first),
    pauses(translated, 'sliceProcessorUs'),
    pauses(translated, 'sliceUs'),
    install.toFixed(2),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** Markdown, one line per row. `guest` is the workloads' program, `root` a Debian's. Progress is told by name. */
export async function marksTable(
  guest: string,
  root: string | undefined,
  folder: string,
  rounds: number,
  progress: (text: string) => void,
): Promise<string[]> {
  const lines = [
    'Instructions a microsecond of the interpreter alone; what retires in the first 100 ms of processor time, as a multiple of that of the',
    'interpreter alone; milliseconds of slices (median / 99th percentile / longest; a slice is meant to take 1); the longest installation.',
    '',
    '| program | interpreter MIPS | first 100 ms | slices, processor time | slices, by the clock | install |',
    '|---|---:|---:|---:|---:|---:|',
  ];
  for (const subject of subjects(root, folder)) {
    progress(subject.name);
    lines.push(await row(subject, rounds));
  }
  const cold: number[] = [];
  const second: number[] = [];
  const mounts = { '/bench': `${dirname(guest)}:ro` };
  for (let round = 0; round < rounds; round++) {
    progress(`second start, round ${round + 1}`);
    const cache = join(folder, 'translations');
    rmSync(cache, { recursive: true, force: true });
    cold.push(await secondsToSpeed(`/bench/${basename(guest)}`, { mounts, cache }));
    second.push(await secondsToSpeed(`/bench/${basename(guest)}`, { mounts, cache }));
  }
  const times = cold.map((seconds, round) => seconds / (second[round] ?? Number.NaN));
  return [
    ...lines,
    '',
    `Seconds to 90 % of the final MIPS: first start ${spreadText(cold)}, second ${spreadText(second)}, ${spreadText(times)} times sooner`,
  ];
}
