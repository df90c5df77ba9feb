/** The kernel on 2 and 4 harts: what it shows of them, where tasks run, and programs whose threads must not lose anything. */
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { boot, type System } from '../../src/index.ts';
import { type Expectation, parseExpectation } from '../courses/expectation.ts';
import { buildPrograms } from '../support/build-programs.ts';

const PROGRAMS = resolve(import.meta.dirname, '../../../shared/requirements/programs');
const BUILD = resolve(import.meta.dirname, '../../build/harts');
const WORK = mkdtempSync(join(tmpdir(), 'hartix-harts-'));
/** MCH-03 of the requirements: exact totals on any number of harts. */
const EXACT = [
  'P-SYN-02_counter-locked',
  'P-SYN-07_test-and-set',
  'P-SYN-08_cas-stack',
  'P-SYN-10_spinlock',
  'P-SYN-11_futex-mutex',
  'P-SYN-18_mutex-lrsc',
  'P-SYN-19_sleeping-lock',
];
const BOOM = 'P-SYN-03_boom';
/** How often the hogs' harts are looked at. */
const LOOKS = 8;
const hasPrograms = existsSync(PROGRAMS);
if (!hasPrograms) console.warn(`SKIPPED: no acceptance programs at ${PROGRAMS}`);

function expectationOf(name: string): Expectation {
  return parseExpectation(readFileSync(join(PROGRAMS, `${name}.expect`), 'utf8'));
}

const systems = new Map<number, System>();

beforeAll(async () => {
  if (hasPrograms) {
    const names = [...EXACT, BOOM];
    const sources = names.map((name) => {
      const flags = (expectationOf(name).head['flags'] ?? '-O1').split(' ');
      return { file: join(PROGRAMS, `${name}.c`), flags };
    });
    const built = await buildPrograms(sources, BUILD);
    names.forEach((name, index) => {
      copyFileSync(built[index] ?? '', join(WORK, name));
    });
  }
  for (const harts of [2, 4])
    systems.set(harts, await boot({ harts, mounts: { '/programs': WORK } }));
}, 120_000);

afterAll(async () => {
  for (const system of systems.values()) await system.close();
  rmSync(WORK, { recursive: true, force: true });
});

describe.each([2, 4])('%i harts', (harts) => {
  const list = harts === 2 ? '0-1' : '0-3';

  async function sh(script: string): Promise<string> {
    const system = systems.get(harts);
    if (!system) throw new Error('no system');
    const { stdout, stderr } = await system.exec(script, { timeout: 110_000 });
    expect(stderr).toBe('');
    return stdout;
  }

  /** Columns of a row of /proc/interrupts or /proc/trapstat. */
  function counts(text: string, label: string): number[] {
    const line = text.split('\n').find((row) => row.trim().startsWith(`${label}:`)) ?? '';
    const columns = line
      .slice(line.indexOf(':') + 1)
      .trim()
      .split(/\s+/);
    return columns.slice(0, harts).map(Number);
  }

  test('are counted by nproc, /proc/cpuinfo, /proc/stat and sysfs alike', async () => {
    expect(await sh('nproc')).toBe(`${harts}\n`);
    expect(await sh('grep -c ^processor /proc/cpuinfo')).toBe(`${harts}\n`);
    expect(await sh('grep -c "^cpu[0-9]" /proc/stat')).toBe(`${harts}\n`);
    const folder = '/sys/devices/system/cpu';
    expect(await sh(`cat ${folder}/online ${folder}/possible ${folder}/present`)).toBe(
      `${list}\n${list}\n${list}\n`,
    );
    expect(await sh(`ls -d ${folder}/cpu[0-9]* | wc -l | tr -d ' '`)).toBe(`${harts}\n`);
  });

  test('share 2N hogs two and two, and leave them where they are', async () => {
    // What looks at them is load, too, and on a host without time for it now and then pushes a hog aside.
    const script = `
      pids= stats= figures=
      for i in $(seq ${2 * harts}); do
        sh -c 'while :; do :; done' &
        pids="$pids $!" stats="$stats /proc/$!/stat" figures="$figures /proc/$!/sched"
      done
      for look in $(seq ${LOOKS}); do sleep 0.5; cat $stats; echo ==; done
      cat $figures
      sleep 1
      cat $figures
      kill -9 $pids
      wait 2>/dev/null; true`;
    const text = await sh(script);
    const looks = text.split('==\n').slice(0, LOOKS);
    const perHart = looks.map((look) => {
      const on = [...look.matchAll(/^\d+ \(sh\) (.*)$/gm)].map(([, rest = '']) =>
        Number(rest.split(' ')[36]),
      );
      return Array.from({ length: harts }, (_, hart) => on.filter((psr) => psr === hart).length);
    });
    const even = perHart.filter((counts) => counts.every((count) => count === 2));
    expect(even.length, perHart.join(' ')).toBeGreaterThanOrEqual(LOOKS / 4);
    const moves = [...text.matchAll(/nr_migrations +: +(\d+)/g)].map(([, count]) => Number(count));
    expect(moves).toHaveLength(4 * harts);
    const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);
    const [before, after] = [moves.slice(0, 2 * harts), moves.slice(2 * harts)];
    // At most once a second for each: cat and the shell come in between.
    expect(sum(after) - sum(before)).toBeLessThanOrEqual(2 * harts);
  });

  test('are what taskset and the mask of a process say', async () => {
    const last = harts - 1;
    expect(await sh(`taskset -c ${last} sh -c 'ps -o psr= -p $$; nproc'`)).toBe(`  ${last}\n1\n`);
    const script = `
      sh -c 'while :; do :; done' & p=$!
      for cpu in 0 1 0 1 ${last}; do
        taskset -cp $cpu $p >/dev/null
        until [ $(ps -o psr= -p $p) = $cpu ]; do :; done
        ps -o psr= -p $p; sed -n 's/Cpus_allowed_list:.//p' /proc/$p/status
      done
      kill -9 $p; wait $p 2>/dev/null; true`;
    const expected = [0, 1, 0, 1, last].map((cpu) => `  ${cpu}\n${cpu}\n`).join('');
    expect(await sh(script)).toBe(expected);
  });

  test('have migration threads that take a running task off its hart', async () => {
    const names = Array.from({ length: harts }, (_, hart) => `  ${hart} migration/${hart}\n`);
    expect(await sh('ps -eo psr,comm | grep migration')).toBe(names.join(''));
    const runs =
      'for pid in $threads; do sed -n "s/^voluntary_ctxt_switches:.//p" /proc/$pid/status; done';
    const script = `
      threads=$(ps -eo pid,comm | sed -n 's#^ *\\([0-9]*\\) migration/.*#\\1#p')
      sh -c 'while :; do :; done' & p=$!
      ${runs}; echo ==
      for cpu in 0 1 0 1 0 1 0 1 0 1 0 1; do
        taskset -cp $cpu $p > /dev/null
        until [ $(ps -o psr= -p $p) = $cpu ]; do :; done
      done
      ${runs}; echo ==
      kill -9 $p $threads; wait $p 2>/dev/null
      for pid in $threads; do cat /proc/$pid/comm; done`;
    const [before = '', after = '', left] = (await sh(script)).split('==\n');
    const [first, second] = [before, after].map((text) => text.trim().split('\n').map(Number));
    const moved = (second ?? []).map((count, hart) => count - (first?.[hart] ?? 0));
    // Off each hart five times at least; without its thread where taskset itself ran there at that moment, so that the task did not.
    expect(moved[0]).toBeGreaterThanOrEqual(2);
    expect(moved[1]).toBeGreaterThanOrEqual(2);
    // Not even SIGKILL ends them.
    expect(left).toBe(names.map((name) => name.slice(4)).join(''));
    await sh(
      `! taskset -cp 1 $(ps -eo pid,comm | sed -n 's#^ *\\([0-9]*\\) migration/0#\\1#p') 2>&1 | grep new`,
    );
  });

  test('have ticks of their own while they are busy, and none while they sleep', async () => {
    const script = `
      cat /proc/interrupts; echo ==
      taskset -c 1 sh -c 'while :; do :; done' & p=$!
      sleep 1; kill -9 $p; wait $p 2>/dev/null
      cat /proc/interrupts; echo ==; sleep 1; cat /proc/interrupts`;
    const [before = '', busy = '', idle = ''] = (await sh(script)).split('==\n');
    const [first = 0, second = 0, third = 0] = [before, busy, idle].map((text) => {
      return counts(text, '5')[1] ?? 0;
    });
    // 100 a second on a host that has time for them.
    expect(second - first).toBeGreaterThan(10);
    expect(third - second).toBeLessThan((second - first) / 2);
    expect(counts(idle, 'IPI0').every((count) => count > 0)).toBe(true);
  });

  test('have traps and idle time accounted apart', async () => {
    const traps = await sh('cat /proc/trapstat');
    for (const cause of ['ecall from u', 'store page fault', 'supervisor timer interrupt'])
      expect(counts(traps, cause).every((count) => count > 0)).toBe(true);
    const script = 'grep ^cpu /proc/stat; sleep 0.5; grep ^cpu /proc/stat';
    const rows = (await sh(script)).trim().split('\n');
    const idle = rows.map((row) => Number(row.split(/ +/)[4]));
    for (let hart = 1; hart <= harts; hart++)
      expect((idle[harts + 1 + hart] ?? 0) - (idle[hart] ?? 0)).toBeGreaterThan(20);
  });

  test.skipIf(!hasPrograms).each(EXACT)('%s is exact', async (name) => {
    const { sections } = expectationOf(name);
    const expected = sections.get('stdout exact');
    const pattern = sections.get('stdout regex');
    const output = (await sh(`/programs/${name}`)).trimEnd();
    if (expected) expect(output).toBe(expected.join('\n'));
    else expect(output).toMatch(new RegExp((pattern ?? ['no expectation']).join('\n')));
  });

  test.skipIf(!hasPrograms)('two threads meet between any two instructions: BOOM', async () => {
    // Where the host gives the harts one processor between them for the whole of a run, they do not meet in it.
    const tries = `for try in 1 2 3 4 5 6 7 8; do /programs/${BOOM} | grep BOOM && break; done`;
    expect(await sh(tries)).toContain('BOOM');
  });
});
