/** The suites: what of them is run, and how an outcome is told. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { System } from '../../src/index.ts';

export interface Result {
  readonly tag: string;
  readonly verdict: 'pass' | 'fail' | 'notrun';
  /** What was wrong, or what is missing. */
  readonly detail: string;
}

/** The longest has 2,353 assertions, each of some processes. */
const PJDFSTEST_MS = 1_800_000;
/** What a test of xfstests may take of virtual time: the quick ones take some seconds on Linux. */
const XFSTEST_SECONDS = 120;
const XFSTESTS_A_CHECK = 10;
/** timeout(1)'s status for what it ended. */
const LATE_STATUS = 124;
/** Groups of xfstests that need a device, a feature or a time that is not here. */
const LEFT_OUT =
  /\b(log|thin|dax|encrypt|verity|casefold|quota|shutdown|recoveryloop|dangerous|clone|dedupe|fiexchange|atomicwrites|idmapped|eio|snapshot|volume|zone|uring|fsr|scrub|exportfs|unshare|bigtime)\b/;
const DETAIL_BYTES = 600;

/**
 * Each assertion of each file; those that pjdfstest itself expects to fail (TODO) are left out. A file that was not run to its end,
 * by its plan `1..N`, has failed. What each file came to goes to standard error, so that a run that is ended has said something.
 */
export async function* pjdfstest(
  system: System,
  directory: string,
  pattern: RegExp,
): AsyncGenerator<Result> {
  const names = readdirSync(join(directory, 'tests'), { recursive: true, encoding: 'utf8' });
  for (const name of names.filter((file) => file.endsWith('.t') && pattern.test(file)).sort()) {
    const command = `mkdir /subject/run && cd /subject/run && sh /suite/tests/${name} 2>&1 < /dev/null; cd /; rm -rf /subject/run`;
    const { stdout, timedOut } = await system.exec(command, { timeout: PJDFSTEST_MS });
    const planned = Number(/^1\.\.(\d+)/m.exec(stdout)?.[1] ?? 0);
    const reached = [...stdout.matchAll(/^(?:not )?ok \d/gm)].length;
    console.warn(`${name}: ${reached} of ${planned}`);
    if (reached < planned || timedOut)
      yield { tag: `${name}:plan`, verdict: 'fail', detail: `${reached} of ${planned}` };
    for (const [, isNot, number, rest = ''] of stdout.matchAll(/^(not )?ok (\d+)(.*)$/gm)) {
      if (rest.includes('# TODO')) continue;
      const verdict = isNot === undefined ? 'pass' : 'fail';
      yield { tag: `${name}:${number}`, verdict, detail: rest.slice(0, DETAIL_BYTES) };
    }
  }
}

/** Verdict and detail of one test, by what `check` wrote of it: its name, and then the seconds that it took, if it passed. */
function verdictOf(text: string): Pick<Result, 'verdict' | 'detail'> {
  const missing = /\[not run\] *(.*)/.exec(text)?.[1];
  if (missing !== undefined) return { verdict: 'notrun', detail: missing };
  if (/^ +\d+s\n/.test(text)) return { verdict: 'pass', detail: '' };
  const isLate = text.includes(`exit status ${LATE_STATUS}]`);
  return { verdict: 'fail', detail: isLate ? 'out of time' : text.slice(0, DETAIL_BYTES).trim() };
}

/**
 * The quick tests of the generic group that need no special device, `check` by `check` of some: what it does before the first takes
 * longer than most tests. The suite is copied into the guest, where each test gets its time limit.
 */
export async function* xfstests(
  system: System,
  directory: string,
  pattern: RegExp,
  type: string,
): AsyncGenerator<Result> {
  const folder = join(directory, 'tests/generic');
  const isWanted = (name: string): boolean => {
    if (!/^\d{3}$/.test(name) || !pattern.test(`generic/${name}`)) return false;
    const groups = /^_begin_fstest (.*)$/m.exec(readFileSync(join(folder, name), 'utf8'))?.[1];
    return groups !== undefined && /\bquick\b/.test(groups) && !LEFT_OUT.test(groups);
  };
  const configuration = `export LOGGER_PROG=true FSTYP=${type} TEST_DEV=/dev/vdb TEST_DIR=/mnt/test SCRATCH_DEV=/dev/vdc SCRATCH_MNT=/mnt/scratch RESULT_BASE=/tmp/results`;
  await system.fs.writeFile('/tmp/local.config', `${configuration}\n`);
  const limit = `s|exec ./\\$seq|exec timeout -k 10 ${XFSTEST_SECONDS} ./$seq|`;
  await system.exec(`cp -a /suite /tmp/suite; sed -i '${limit}' /tmp/suite/check`);
  const names = readdirSync(folder).filter(isWanted).sort();
  for (let first = 0; first < names.length; first += XFSTESTS_A_CHECK) {
    const tests = names.slice(first, first + XFSTESTS_A_CHECK).map((name) => `generic/${name}`);
    const command = `cd /tmp/suite; HOST_OPTIONS=/tmp/local.config ./check ${tests.join(' ')} 2>&1 < /dev/null; umount /mnt/scratch /mnt/test 2> /dev/null`;
    const { stdout } = await system.exec(command);
    const written = stdout.split(/^(?=generic\/\d{3} )|^(?=Ran: )/m);
    for (const tag of tests) {
      const text = written.find((part) => part.startsWith(tag))?.slice(tag.length);
      yield { tag, ...verdictOf(text ?? 'check came to its end before it') };
    }
  }
}

/** How far fsstress's tree grows before it goes, by each of two processes: some 100 MB. Else it is the file system's room that ends both. */
const TREE_OPERATIONS = 3000;

/** What went wrong stands first in fsx's words, and then thousands of lines of what it had done: both ends of it. */
function bothEnds(text: string): string {
  if (text.length <= 2 * DETAIL_BYTES) return text;
  return `${text.slice(0, DETAIL_BYTES)}\n…\n${text.slice(-DETAIL_BYTES)}`;
}

/** fsx and fsstress of xfstests (its folder ltp), side by side for so many seconds; fsstress begins anew again and again, with another seed. */
export async function* exercisers(
  system: System,
  seconds: number,
  seed: number,
): AsyncGenerator<Result> {
  const commands = {
    fsx: `/suite/ltp/fsx -S ${seed} -q -P /tmp --duration=${seconds} /subject/file`,
    fsstress: `s=${seed}; end=$((SECONDS + ${seconds})); while [ $SECONDS -lt $end ]; do mkdir /subject/stress && /suite/ltp/fsstress -s $s -p 2 -n ${TREE_OPERATIONS} -d /subject/stress && rm -r /subject/stress || exit; s=$((s + 1)); done`,
  };
  const running = Object.entries(commands).map(async ([tag, command]): Promise<Result> => {
    const { exitCode, stdout, stderr } = await system.exec(command);
    if (exitCode === 0) return { tag, verdict: 'pass', detail: bothEnds(stdout + stderr) };
    const room = await system.exec('df -k /subject; df -i /subject');
    return { tag, verdict: 'fail', detail: bothEnds(stdout + stderr) + room.stdout };
  });
  for (const result of running) yield await result;
}
