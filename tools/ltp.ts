/**
 * Runs the lines of runtest/syscalls of the Linux Test Project (https://github.com/linux-test-project/ltp), built for riscv64:
 * `ltp.ts [--linux] DIRECTORY [PATTERN]`: what `make install` made, and of tags those to run. Fails if a line fails here that passes
 * on Linux and is not in test/abi/ltp-failures.txt, or if one of that list passes. With --linux they run under Linux in
 * qemu-system-riscv64, which are the lines of test/abi/ltp-linux.txt. build/ltp has the output of all.
 */
import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { linuxGuest } from '../test/machine/linux-guest.ts';
import { BUILD, makeDisks, withConfiguration } from './ltp/disks.ts';
import type { Guest, Line, Outcome } from './ltp/guest.ts';
import { bootHartix } from './ltp/hartix.ts';
import { bootLinux } from './ltp/linux.ts';
import { FAILURES_LIST, LINUX_LIST, readReasons, readRunFile } from './ltp/run-file.ts';

type Verdict = 'pass' | 'skip' | 'fail';

/** TCONF alone: the test says that something it needs is missing. */
const SKIPPED = 32;
const GONE = -1;
/** Statuses after which the guest is replaced. timeout(1) gives 124 and 137: processes of the line may be left, and disturb the lines after it. */
const REPLACED: ReadonlySet<number> = new Set([GONE, 124, 137]);
const WRONG_LINES = 20;
const OUTPUT_BYTES = 1500;
const MODULES = 'virtio_mmio virtio_blk virtio_rng crc32c_generic ext4 loop overlay'.split(' ');
/** Of ltp-linux.txt: seen to pass, or taken to. */
const PASSES: ReadonlySet<string> = new Set(['pass', 'assumed']);
/** Of reasons: features that the project has not got to. */
const LATER = 'later: ';

/** The lines that say what is wrong, and the end. */
function shorten(output: string): string {
  const wrong = output.split('\n').filter((line) => /TFAIL|TBROK|TCONF|TWARN/.test(line));
  return `${wrong.slice(0, WRONG_LINES).join('\n')}\n${output.slice(-OUTPUT_BYTES)}`;
}

function verdictOf({ status }: Outcome): Verdict {
  if (status === 0) return 'pass';
  return status === SKIPPED ? 'skip' : 'fail';
}

async function discard(guest: Guest): Promise<void> {
  try {
    await guest[Symbol.asyncDispose]();
  } catch (error) {
    console.log(String(error));
  }
}

/** Runs the lines; a guest that is gone, or in which a line was killed, is replaced: what was run in it last has failed. */
async function runAll(
  lines: readonly Line[],
  start: () => Promise<Guest>,
  log: string,
): Promise<Map<string, Verdict>> {
  const verdicts = new Map<string, Verdict>();
  rmSync(log, { force: true });
  let guest: Guest | undefined;
  for (const line of lines) {
    guest ??= await start();
    const begin = performance.now();
    let outcome: Outcome;
    try {
      outcome = await guest.run(line);
    } catch (error) {
      outcome = { status: GONE, output: String(error) };
    }
    if (REPLACED.has(outcome.status)) {
      const gone = guest;
      guest = undefined;
      await discard(gone);
    }
    const verdict = verdictOf(outcome);
    const seconds = ((performance.now() - begin) / 1000).toFixed(1);
    verdicts.set(line.tag, verdict);
    appendFileSync(
      log,
      `== ${line.tag} ${verdict} status ${outcome.status}, ${seconds} s: ${line.command}\n${shorten(outcome.output)}\n`,
    );
    console.log(`${line.tag} ${verdict}`);
  }
  await guest?.[Symbol.asyncDispose]();
  return verdicts;
}

/** Prints what is not as the lists say; returns whether all is. */
function compare(verdicts: ReadonlyMap<string, Verdict>): boolean {
  const linux = readReasons(LINUX_LIST);
  const reasons = readReasons(FAILURES_LIST);
  const count = { all: verdicts.size, linux: 0, later: 0, here: 0 };
  let isAsKnown = true;
  for (const [tag, verdict] of verdicts) {
    if (!PASSES.has(linux.get(tag) ?? '')) continue;
    const reason = reasons.get(tag);
    count.linux++;
    if (verdict === 'pass') count.here++;
    else if (reason?.startsWith(LATER)) count.later++;
    if ((verdict === 'pass') === (reason === undefined)) continue;
    isAsKnown = false;
    console.log(verdict === 'pass' ? `${tag} passes: take it off the list` : `${tag} fails`);
  }
  const share = ((100 * count.here) / (count.linux - count.later)).toFixed(1);
  console.log(
    `${count.all} lines; ${count.linux} pass on Linux, of which ${count.later} are for later; ${count.here} pass here: ${share} %`,
  );
  return isAsKnown;
}

async function main(args: readonly string[]): Promise<boolean> {
  const isLinux = args[0] === '--linux';
  const [directory, pattern = ''] = isLinux ? args.slice(1) : args;
  if (directory === undefined) throw new Error('usage: ltp.ts [--linux] DIRECTORY [PATTERN]');
  const lines = readRunFile(directory, new RegExp(pattern));
  const disks = makeDisks(directory);
  if (!isLinux)
    return compare(await runAll(lines, () => bootHartix(disks), join(BUILD, 'hartix.log')));
  const linux = linuxGuest(MODULES);
  if (!linux) throw new Error('no Linux: see the warning');
  const linuxDisks = withConfiguration(disks, linux.kernel);
  await runAll(lines, () => bootLinux(linux, linuxDisks), join(BUILD, 'linux.log'));
  return true;
}

process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
