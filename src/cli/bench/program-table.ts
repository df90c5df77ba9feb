/** Programs of Debian's riscv64 port, from a folder they were unpacked in: on Hartix, under qemu-riscv64, and the host's own. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { boot } from '../../api/system.ts';
import { UsageError } from '../usage-error.ts';
import { isInstalled, runHost } from './contestants.ts';
import { geometricMean, median, spreadText } from './rates.ts';

interface RealProgram {
  readonly name: string;
  /** Paths of it in a Debian root, first that is there. */
  readonly paths: readonly string[];
  /** The host's command. */
  readonly native: string;
  /** `at` is the folder with the files of writeInputs(). */
  args(at: string): readonly string[];
}

const TEXT_LINES = 120_000;
const python = (scale: number): string => `
def step(n):
    return n // 2 if n % 2 == 0 else 3 * n + 1
total = 0
words = {}
for start in range(1, ${9000 * scale}):
    n = start
    while n != 1:
        n = step(n)
        total += 1
    words[str(start % 97)] = words.get(str(start % 97), 0) + total
print(total, sorted(words.items())[:2])
`;
const sql = (scale: number): string => `
CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c INTEGER);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${100_000 * scale})
  INSERT INTO t SELECT i, 'row number ' || i, (i * 7919) % 100003 FROM n;
CREATE INDEX byc ON t(c);
SELECT count(*), sum(length(b)), max(c) FROM t;
`;
const AWK =
  '{ s[$2] += length($3); n[$5]++ } END { for (k in s) t += s[k] * n[k % 13]; print NR, t }';

const PROGRAMS: readonly RealProgram[] = [
  {
    name: 'gzip -9',
    paths: ['usr/bin/gzip', 'bin/gzip'],
    native: 'gzip',
    args: (at) => ['-9', '-k', '-n', '-f', `${at}/text`],
  },
  {
    name: 'sha256sum',
    paths: ['usr/bin/sha256sum'],
    native: 'sha256sum',
    args: (at) => [`${at}/text`, `${at}/text`],
  },
  {
    name: 'awk (mawk)',
    paths: ['usr/bin/mawk'],
    native: 'mawk',
    args: (at) => [AWK, `${at}/text`],
  },
  {
    name: 'python3',
    paths: ['usr/bin/python3'],
    native: 'python3',
    args: (at) => [`${at}/loop.py`],
  },
  {
    name: 'sqlite3, 100,000 rows',
    paths: ['usr/bin/sqlite3'],
    native: 'sqlite3',
    args: (at) => [':memory:', `.read ${at}/rows.sql`],
  },
  {
    name: 'gcc -O2',
    paths: ['usr/bin/gcc'],
    native: 'gcc',
    args: (at) => ['-O2', '-S', '-o', `${at}/source.s`, `${at}/source.c`],
  },
];

/** The same bytes each time; so many times the work. */
function writeInputs(folder: string, scale: number): void {
  let state = 1;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) % below;
  };
  const lines = Array.from(
    { length: TEXT_LINES * scale },
    (_, i) => `line ${i % 1000} of ${next(65_536).toString(36)} in ${next(13)} parts`,
  );
  writeFileSync(join(folder, 'text'), `${lines.join('\n')}\n`);
  writeFileSync(join(folder, 'loop.py'), python(scale));
  writeFileSync(join(folder, 'rows.sql'), sql(scale));
  const functions = Array.from(
    { length: 40 * scale },
    (_, i) =>
      `int f${i}(int*a,int n){int s=${i};for(int k=0;k<n;k++)if(a[k]%${i + 2})s+=a[k]*${next(99)};return s;}`,
  );
  writeFileSync(join(folder, 'source.c'), `${functions.join('\n')}\n`);
}

const quote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** Seconds, wall time with the start of the process. */
async function timed(action: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await action();
  return (performance.now() - start) / 1000;
}

/** Where Debian's root and the inputs lie in the guest. */
export function debianMounts(root: string, folder: string): Record<string, string> {
  return { '/debian': root, '/debian/mnt': folder };
}

/** A program that is in the root, with its arguments in the guest. */
interface GuestProgram {
  readonly name: string;
  readonly path: string;
  readonly args: readonly string[];
}

/** Those that the root has. Their inputs are written to the folder. */
export function debianPrograms(root: string, folder: string): GuestProgram[] {
  writeInputs(folder, 1);
  return PROGRAMS.flatMap(({ name, paths, args }) => {
    const path = paths.find((candidate) => existsSync(join(root, candidate)));
    return path === undefined ? [] : [{ name, path, args: args('/mnt') }];
  });
}

export function debianCommand({ path, args }: GuestProgram): string {
  return `chroot /debian /${path} ${args.map(quote).join(' ')}`;
}

async function hartixSeconds(root: string, folder: string, program: GuestProgram): Promise<number> {
  const system = await boot({ memory: '512M', mounts: debianMounts(root, folder) });
  try {
    return await timed(async () => {
      const { exitCode, stderr } = await system.exec(debianCommand(program));
      if (exitCode !== 0)
        throw new UsageError(`${program.name} in Hartix: status ${exitCode} ${stderr}`);
    });
  } finally {
    await system.close();
  }
}

/** Seconds by contestant and round. */
type Times = Readonly<Record<'Hartix' | 'native' | 'qemu-riscv64', number[]>>;

async function measure(
  { name, args, native }: RealProgram,
  root: string,
  path: string,
  folder: string,
  rounds: number,
): Promise<Times> {
  const times: Times = { Hartix: [], native: [], 'qemu-riscv64': [] };
  const hasNative = isInstalled(native) || native === 'mawk';
  const hasQemu = isInstalled('qemu-riscv64');
  for (let round = 0; round < rounds; round++) {
    times.Hartix.push(await hartixSeconds(root, folder, { name, path, args: args('/mnt') }));
    if (hasNative) times.native.push(await timed(() => runHost(native, args(folder))));
    const emulated = ['-L', root, join(root, path), ...args(folder)];
    // A compiler starts others, by paths that are not of this root.
    if (hasQemu && native !== 'gcc')
      times['qemu-riscv64'].push(await timed(() => runHost('qemu-riscv64', emulated)));
  }
  return times;
}

/** `root` has a Debian's usr/; each program does `scale` times its work. Markdown, one line per row. */
export async function programTable(
  root: string,
  folder: string,
  { rounds, scale }: { rounds: number; scale: number },
  progress: (text: string) => void,
  skip: (reason: string) => void,
): Promise<string[]> {
  writeInputs(folder, scale);
  const lines = ['| program | Hartix, s | : native | : qemu-riscv64 |', '|---|---:|---:|---:|'];
  const means: Record<'native' | 'qemu-riscv64', number[]> = { native: [], 'qemu-riscv64': [] };
  for (const program of PROGRAMS) {
    const path = program.paths.find((name) => existsSync(join(root, name)));
    if (path === undefined) {
      skip(`${program.name}: not in ${root}`);
      continue;
    }
    progress(program.name);
    const times = await measure(program, root, path, folder, rounds);
    const ratio = (peer: 'native' | 'qemu-riscv64'): number[] =>
      times[peer].map((seconds, round) => (times.Hartix[round] ?? Number.NaN) / seconds);
    means.native.push(median(ratio('native')));
    means['qemu-riscv64'].push(median(ratio('qemu-riscv64')));
    const cells = [
      spreadText(times.Hartix),
      ...(['native', 'qemu-riscv64'] as const).map((peer) => spreadText(ratio(peer))),
    ];
    lines.push(`| ${program.name} | ${cells.join(' | ')} |`);
  }
  const mean = (values: number[]): string => geometricMean(values).toFixed(2);
  lines.push(`| **geometric mean** | | ${mean(means.native)} | ${mean(means['qemu-riscv64'])} |`);
  return lines;
}
