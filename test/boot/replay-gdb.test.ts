/** replay({ gdb }): a debugger in a recording, forwards and back, under which the run stays the same. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { boot, replay } from '../../src/index.ts';
import { buildPrograms } from '../support/build-programs.ts';
import { hasGdb, runGdb } from '../support/gdb/gdb-multiarch.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'hartix-back-'));
const LOG = join(FOLDER, 'log');
let program = '';
afterAll(() => rmSync(FOLDER, { recursive: true }));

beforeAll(async () => {
  const source = { file: join(import.meta.dirname, 'crash-back.c'), flags: ['-O1', '-g'] };
  const [built = ''] = await buildPrograms(
    [source],
    resolve(import.meta.dirname, '../../build/boot'),
  );
  program = built;
  await using os = await boot({ record: LOG, mounts: { '/host': `${join(program, '..')}:ro` } });
  // As on a busy host: what is debugged is not the first that the recording runs.
  while ((await os.processes()).some(({ pid, state }) => pid === 1 && state !== 'S'));
  const { signal } = await os.exec([`/host/${program.split('/').at(-1)}`]);
  expect(signal).toBe('SIGSEGV');
}, 300_000);

/** What gdb printed and the program wrote, and whether it was the recorded run to its end, instruction by instruction. */
async function debug(...commands: string[]) {
  let output = '';
  const run = await replay(LOG, {
    gdb: 0,
    onProgram: ({ stdout, stderr }) => {
      stderr.resume();
      stdout.on('data', (chunk: Uint8Array) => (output += String(chunk)));
    },
  });
  try {
    const text = await runGdb(program, run.gdbPort ?? 0, [
      'set trust-readonly-sections on',
      ...commands,
    ]);
    const { difference } = await run.ended;
    return { text, difference, output };
  } finally {
    await run.close();
  }
}

describe.skipIf(!hasGdb())('gdb in a recording', () => {
  test('goes back from a crash to who made the pointer null', async () => {
    const { text, difference } = await debug(
      'continue',
      'watch target',
      'reverse-continue',
      'backtrace',
      'print target == &number',
      'delete',
      'continue',
      'continue',
    );
    expect(text).toMatch(/received signal SIGSEGV[\s\S]*main \(\) at .*crash-back\.c:33/);
    expect(text).toMatch(
      /Hardware watchpoint 1: target\n\nOld value = .*0x0\nNew value = .*<number>/,
    );
    expect(text).toMatch(
      /#0 .*forget \(\) at .*crash-back\.c:15\n#1 .*main \(\) at .*:(?:30|31)\n/,
    );
    expect(text).toContain('$1 = 1');
    expect(text).toMatch(/terminated with signal SIGSEGV/);
    expect(difference).toBeUndefined();
  });

  test('a client that leaves while it goes back holds up nothing', async () => {
    await using run = await replay(LOG, { gdb: 0 });
    const client = connect(run.gdbPort ?? 0, '127.0.0.1');
    client.write('+$bc#c5');
    client.end();
    expect((await run.ended).difference).toBeUndefined();
  });

  test('steps back over calls of the kernel, and to the beginning', async () => {
    const { text, difference, output } = await debug(
      'break work',
      'continue',
      'continue',
      'printf "here %lx\\n", $pc',
      ...['stepi', 'stepi', 'stepi', 'reverse-stepi', 'reverse-stepi', 'reverse-stepi'],
      'printf "back %lx\\n", $pc',
      // The call before is between here and the first time in work.
      'tbreak *exact_getpid',
      'reverse-continue',
      'stepi',
      'printf "before the call: %d\\n", $pc - (long)&exact_getpid',
      'stepi',
      'printf "after it: %d, %d\\n", $pc - (long)&exact_getpid, $a0 > 0',
      'reverse-stepi',
      'printf "before it again: %d, %d\\n", $pc - (long)&exact_getpid, $a7',
      'set var number = 6',
      'delete',
      'reverse-continue',
      'info symbol $pc',
      'continue',
      'continue',
    );
    const [, here] = /here (\w+)/.exec(text) ?? [];
    expect(here).toMatch(/^[1-9a-f]/);
    expect(text).toContain(`back ${here}\n`);
    expect(text).toContain('before the call: 4\n');
    expect(text).toContain('after it: 8, 1\n');
    expect(text).toContain('before it again: 4, 172\n');
    expect(text).toMatch(/No more reverse-execution history[\s\S]*_start in section \.text/);
    expect(text).toMatch(/terminated with signal SIGSEGV/);
    expect(difference).toBeUndefined();
    // Once for each time that the recording began again.
    expect(output.replaceAll('begins\n', '')).toBe('');
  });
});
