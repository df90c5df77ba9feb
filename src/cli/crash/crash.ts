/** `hartix crash`: cuts the power of a disk and looks at what is left. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KernelError } from '../../abi/errno.ts';
import { CrashRun } from '../../fs/crash/crash-run.ts';
import { HostContext } from '../../fs/crash/host-context.ts';
import type { MemoryDisk } from '../../fs/memory-disk.ts';
import { check, loadDisk, makeFileSystem, saveDisk } from './e2fsprogs.ts';
import { findingsIn } from './findings.ts';
import { type CrashOptions, crashOptions } from './options.ts';
import { Recording, type RecordingOptions } from './recording.ts';

const SIZE = '12M';
/** Findings that are printed one by one. */
const EXAMPLES = 10;

/** Kinds of what was found, with the number of cuts each. */
type Tally = Map<string, number>;

/** What it is, and what it is about. */
type Finding = readonly [kind: string, text: string];

interface Cut {
  readonly checked: number;
  readonly findings: readonly Finding[];
}

function mke2fsOptions({ type, blockBytes, hasJournal }: CrashOptions): string[] {
  const block = ['-t', type, '-b', String(blockBytes)];
  if (hasJournal) return [...block, '-J', `size=${blockBytes / 1024}`];
  return type === 'ext2' ? block : [...block, '-O', '^has_journal'];
}

/** What is cut: a workload of this command's, or what a guest did. */
interface Subject {
  readonly title: string;
  readonly hasJournal: boolean;
  readonly requests: CrashRun['requests'];
  after(count: number): MemoryDisk;
  /** Looks at what was promised, on a disk that it mounts. Throws KernelError where that fails. */
  judge(disk: MemoryDisk, count: number): Cut;
}

function workload(options: CrashOptions, file: string): Subject {
  const { type, blockBytes, seed, steps, lies, hasJournal, data } = options;
  if (blockBytes === 4096 && hasJournal) {
    // A journal has 1,024 blocks at least.
    makeFileSystem(file, '32M', [...mke2fsOptions(options).slice(0, -2), '-J', 'size=4']);
  } else makeFileSystem(file, SIZE, mke2fsOptions(options));
  const context = new HostContext();
  const mountOptions = hasJournal ? `data=${data}` : '';
  const settings = { mountOptions, steps, seed, lies };
  const run = new CrashRun(context, loadDisk(file, context.frames), settings);
  const journal = hasJournal ? `data=${data}` : 'no journal';
  return {
    title: `${type}, ${journal}, blocks of ${blockBytes}, seed ${seed}: ${steps} operations`,
    hasJournal,
    requests: run.requests,
    after: (count) => run.after(count),
    judge: (disk, count) => {
      const { checked, broken, stale } = run.judge(disk, count);
      const findings = [
        ...broken.map((text): Finding => ['missed update', text]),
        ...stale.map((text): Finding => ["garbage: a former owner's data", text]),
      ];
      return { checked, findings };
    },
  };
}

function recorded(options: RecordingOptions, folder: string): Subject {
  const recording = new Recording(options);
  return {
    title: `${options.recording}, seed ${options.seed}`,
    hasJournal: true,
    requests: recording.requests,
    after: (count) => recording.after(count),
    judge: (disk, count) => {
      const { checked, broken } = recording.judge(disk, count, join(folder, 'files'));
      return { checked, findings: broken.map((text): Finding => ['the check failed', text]) };
    },
  };
}

/** Behind which requests the power is cut, in rising order. */
function cutPoints({ requests }: Subject, { cuts, afterWrites }: CrashOptions): number[] {
  const behindWrites = requests.flatMap(({ kind }, i) => (kind === 'write' ? [i + 1] : []));
  if (afterWrites !== undefined) {
    return behindWrites.filter((_, i) => (i + 1) % afterWrites === 0).slice(0, cuts);
  }
  return Array.from({ length: cuts }, (_, i) => {
    return behindWrites[Math.floor(((i + 0.5) * behindWrites.length) / cuts)] ?? 0;
  });
}

function promisesOf(subject: Subject, disk: MemoryDisk, at: number): Cut {
  try {
    return subject.judge(disk, at);
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    return { checked: 0, findings: [['does not mount', error.message]] };
  }
}

function consistencyOf(disk: MemoryDisk, file: string): Finding[] {
  saveDisk(disk, file);
  const report = check(file);
  return report === undefined ? [] : findingsIn(report);
}

/** `file`: for e2fsck. */
function judge(subject: Subject, at: number, file: string, keep: string | undefined): Cut {
  const { hasJournal } = subject;
  const disk = subject.after(at);
  const asLeft = `${file}.left`;
  if (keep !== undefined) saveDisk(disk, asLeft);
  // Without a journal nothing is put right by a mount, which would go on from what it finds.
  const raw = hasJournal ? [] : consistencyOf(disk, file);
  const { checked, findings } = promisesOf(subject, disk, at);
  const replayed = hasJournal ? consistencyOf(disk, file) : [];
  const all = [...raw, ...findings, ...replayed];
  if (all.length > 0 && keep !== undefined) copyFileSync(asLeft, keep);
  return { checked, findings: all };
}

function describe({ title, requests }: Subject, points: number): string {
  const writes = requests.filter(({ kind }) => kind === 'write').length;
  const flushes = requests.length - writes;
  return `${title}, ${writes} writes, ${flushes} flushes; ${points} power cuts\n`;
}

function showProgress(done: number, all: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${all}${done === all ? '\n' : ''}`);
}

function cutAll(options: CrashOptions, folder: string): number {
  const file = join(folder, 'disk.img');
  const { recording } = options;
  const subject = recording ? recorded(recording, folder) : workload(options, file);
  const points = cutPoints(subject, options);
  process.stdout.write(describe(subject, points.length));
  const tally: Tally = new Map();
  let checked = 0;
  let clean = 0;
  let shown = 0;
  for (const [i, at] of points.entries()) {
    // The first disk with a finding is the one that is kept.
    const cut = judge(subject, at, file, clean === i ? options.keep : undefined);
    checked += cut.checked;
    if (cut.findings.length === 0) clean++;
    for (const kind of new Set(cut.findings.map(([name]) => name))) {
      tally.set(kind, (tally.get(kind) ?? 0) + 1);
    }
    for (const [kind, text] of cut.findings) {
      if (shown++ < EXAMPLES) process.stdout.write(`cut behind request ${at}: ${kind}: ${text}\n`);
    }
    showProgress(i + 1, points.length);
  }
  process.stdout.write(summary(points.length, clean, checked, tally));
  return clean === points.length ? 0 : 1;
}

function summary(cuts: number, clean: number, checked: number, tally: Tally): string {
  const rows = [...tally]
    .sort(([, a], [, b]) => b - a)
    .map(([kind, count]) => `${String(count).padStart(7)}  ${kind}\n`);
  const kinds = rows.length === 0 ? '' : `cuts with each finding:\n${rows.join('')}`;
  return `${cuts} cuts, ${clean} clean; ${checked} promises looked at\n${kinds}`;
}

/** Returns the exit status. Throws UsageError. */
export function crash(argv: readonly string[]): number {
  const options = crashOptions(argv);
  if (typeof options === 'string') {
    process.stdout.write(options);
    return 0;
  }
  const folder = mkdtempSync(join(tmpdir(), 'hartix-crash-'));
  try {
    return cutAll(options, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
