/**
 * Other people's suites on the file systems of the guest: `fs-suites.ts pjdfstest|xfstests|exercise DIRECTORY ext4|tmpfs|overlay|vfat
 * [PATTERN|SECONDS]`. DIRECTORY is pjd/pjdfstest, built static for riscv64, or kdave/xfstests, built for riscv64. Fails if something
 * fails that is not in test/fs/suites/failures.txt, or if something of that list passes, or if the disk is not clean afterwards.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bootSubject, judge, type SubjectName, type Surroundings } from './fs-suites/subject.ts';
import { exercisers, pjdfstest, type Result, xfstests } from './fs-suites/suites.ts';

const LIST = resolve(import.meta.dirname, '../test/fs/suites/failures.txt');
const SEED = 20_261_122;
const MINUTE = 60;
/** What shows that the folder holds a suite that was built. */
const PROOF = { pjdfstest: 'pjdfstest', xfstests: 'ltp/fsx', exercise: 'ltp/fsx' };
type Suite = keyof typeof PROOF;
const SURROUNDINGS: Readonly<Record<Suite, Surroundings>> = {
  pjdfstest: { isMounted: true, isDebian: false, clock: 'virtual' },
  xfstests: { isMounted: false, isDebian: true, clock: 'virtual', model: 'nvme' },
  exercise: { isMounted: true, isDebian: true, clock: 'real' },
};

/** Lines `SUITE FILESYSTEM TAG REASON`. */
function knownFailures(suite: string, subject: string): Map<string, string> {
  const known = new Map<string, string>();
  for (const line of readFileSync(LIST, 'utf8').split('\n')) {
    const [, ofSuite, ofSubject, tag = '', reason = ''] =
      /^([^#\s]\S*) (\S+) (\S+) (.*)$/.exec(line) ?? [];
    if (ofSuite === suite && ofSubject === subject) known.set(tag, reason);
  }
  return known;
}

function isSubject(name: string | undefined): name is SubjectName {
  return name === 'ext4' || name === 'tmpfs' || name === 'overlay' || name === 'vfat';
}

function isSuite(name: string | undefined): name is Suite {
  return name !== undefined && name in PROOF;
}

async function main(args: readonly string[]): Promise<boolean> {
  const [suite, directory, subject, rest = ''] = args;
  if (!isSuite(suite) || directory === undefined || !isSubject(subject))
    throw new Error(
      'usage: fs-suites.ts pjdfstest|xfstests|exercise DIRECTORY ext4|tmpfs|overlay|vfat [PATTERN|SECONDS]',
    );
  if (!existsSync(join(directory, PROOF[suite]))) {
    console.warn(
      `SKIPPED: there is no ${PROOF[suite]} in ${directory}: fetch the suite and build it`,
    );
    return true;
  }
  const { system, disk } = await bootSubject(directory, subject, SURROUNDINGS[suite]);
  const results: AsyncGenerator<Result> =
    suite === 'pjdfstest'
      ? pjdfstest(system, directory, new RegExp(rest))
      : suite === 'xfstests'
        ? xfstests(system, directory, new RegExp(rest), subject)
        : exercisers(system, Number(rest || MINUTE), SEED);
  const known = knownFailures(suite, subject);
  const count = { pass: 0, fail: 0, notrun: 0 };
  let isAsKnown = true;
  for await (const { tag, verdict, detail } of results) {
    count[verdict]++;
    if (verdict !== 'pass' || suite !== 'pjdfstest') console.log(`${tag} ${verdict} ${detail}`);
    if (verdict === 'notrun' || (verdict === 'fail') === known.has(tag)) continue;
    isAsKnown = false;
    if (verdict === 'pass') console.log(`${tag} passes: take it off the list`);
  }
  await system.exec('umount /subject; umount /mnt');
  await system.close();
  const verdict = subject === 'tmpfs' ? '' : judge(disk, subject);
  if (verdict !== '') console.log(verdict);
  console.log(`${count.pass} passed, ${count.fail} failed, ${count.notrun} not run`);
  return isAsKnown && verdict === '';
}

process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
