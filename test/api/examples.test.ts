/** The examples, run as their users run them: by Node, the package by its name. That of Ink is in test/ui, the one of vitest is a test itself. */
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const FOLDER = resolve(import.meta.dirname, '../../examples');

/** Standard output of an example that ends well. */
function run(...words: string[]): string {
  const [file = '', ...args] = words;
  const options = { encoding: 'utf8', timeout: 110_000 } as const;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(FOLDER, file), ...args],
    options,
  );
  expect({ status, stderr }).toMatchObject({ status: 0 });
  return stdout;
}

test('homework is graded, with limits of time and memory', () => {
  expect(run('homework/grade.ts')).toBe(
    [
      'ada      passed',
      'bob      wrong: "3\\n" for "1 2 3\\n"',
      'cem      too slow: more than 1 s',
      'dee      crashed: SIGABRT',
      'eve      does not compile',
      '',
    ].join('\n'),
  );
});

test("an agent's code works on a volume, and nowhere else", () => {
  const output = run('agent/main.ts');
  expect(output).toContain('step 1: status 0\n  Oslo 7\n  Rome 15\n');
  expect(output).not.toMatch(/root:|\$6\$/);
  expect(output).toMatch(/step 4: (SIGKILL|SIGPIPE)\n {2}\d+ bytes\n/);
  expect(output).toContain('I am done');
  expect(output).toContain("'/totals.txt': 'Oslo 7\\nRome 15\\n'");
});

test('fork is shown as it happens', () => {
  const lines = run('fork-view/main.ts', '(exit 3); echo status $?').split('\n');
  const [shell = ''] = lines[0]?.split(' ') ?? [];
  const child = String(Number(shell) + 1);
  expect(lines).toEqual([
    `${shell} forked by 0: a copy of sh`,
    `${shell} runs /bin/sh`,
    `${child} forked by ${shell}: a copy of sh`,
    `${child} gone: status 3`,
    `${shell} gone: status 0`,
    'the script printed:',
    'status 3',
    '',
    '',
  ]);
});

test('ten machines run at once', () => {
  // 168 primes below 1000.
  expect(run('ten-machines/main.ts')).toMatch(/^25 \+ 21 \+ .* = 168\n$/);
});

test('faults find the script that forgets one', () => {
  const output = run('fuzz/main.ts');
  expect(output).toMatch(
    /^careless: seed \d: \d+ bytes are left\n( {2}sed: .*\n)+careful: nothing in 5 runs\n$/,
  );
});
