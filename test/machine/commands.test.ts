/** hartix snapshot, restore, record and replay, from the command line. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assemble } from '../support/bare-machine/bare-machine.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
const folder = mkdtempSync(join(tmpdir(), 'hartix-commands-'));
const kernel = join(folder, 'echo.elf');
const snapshot = join(folder, 'echo.snapshot');
const log = join(folder, 'inputs.log');

beforeAll(() => writeFileSync(kernel, assemble(join(import.meta.dirname, 'echo.S'), 0x8000_0000)));
afterAll(() => rmSync(folder, { recursive: true }));

function hartix(args: readonly string[], input = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
    input,
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

describe('hartix snapshot and restore', () => {
  it('save a machine once it has printed a text, and go on from there', () => {
    const saved = hartix(['snapshot', snapshot, '--when', '<b>', '--kernel', kernel], 'ab');
    expect(saved).toMatchObject({ status: 0, stdout: 'ready\n<a><b>' });
    expect(saved.stderr).toContain(`saved to ${snapshot}, ${readFileSync(snapshot).length} bytes`);
    expect(hartix(['restore', snapshot], 'cq')).toEqual({
      status: 0,
      stdout: '<c><q>',
      stderr: '',
    });
  });

  it('save it after a time', () => {
    const file = join(folder, 'later.snapshot');
    const saved = hartix(['snapshot', file, '--after=0.5', '--kernel', kernel], 's');
    expect(saved).toMatchObject({ status: 0, stdout: 'ready\n<s>' });
    expect(hartix(['restore', file, '--timeout', '0.5']).status).toBe(124);
  });

  it('fail where the machine ends before, or the file cannot be written', () => {
    const never = hartix(['snapshot', snapshot, '--when', 'never', '--kernel', kernel], 'q');
    expect(never).toMatchObject({ status: 1, stdout: 'ready\n<q>' });
    expect(never.stderr).toContain('ended before it was to be saved');
    const nowhere = join(folder, 'no/folder');
    const unsaved = hartix(['snapshot', nowhere, '--when', 'ready', '--kernel', kernel]);
    expect(unsaved.status).toBe(1);
    expect(unsaved.stderr).toContain('snapshot:');
  });
});

describe('hartix record and replay', () => {
  it('repeat a run with what was typed in it', () => {
    const words = ['--trace-hash', '--kernel', kernel];
    const recorded = hartix(['record', log, ...words], 'abcq');
    expect(recorded).toMatchObject({ status: 0, stdout: 'ready\n<a><b><c><q>' });
    expect(recorded.stderr).toMatch(/^trace hash [0-9a-f]{16}\n$/);
    expect(hartix(['replay', log, ...words], 'ignored')).toEqual(recorded);
    expect(JSON.parse(readFileSync(log, 'utf8').split('\n')[0] ?? '')).toMatchObject({ seed: 1 });
    expect(hartix(['record', log, '--deterministic=9', ...words], 'q').status).toBe(0);
    expect(JSON.parse(readFileSync(log, 'utf8').split('\n')[0] ?? '')).toMatchObject({ seed: 9 });
  });

  it('say where a run is another one', () => {
    const other = hartix(['replay', log, '--memory', '64M', '--kernel', kernel]);
    expect(other.status).toBe(2);
    expect(other.stderr).toContain('the recorded machine was another one');
  });
});

describe('their words', () => {
  it.each(['snapshot', 'restore', 'record', 'replay'])(
    '%s has help, and wants its file',
    (name) => {
      const help = hartix([name, '--help']);
      expect(help).toMatchObject({ status: 0, stderr: '' });
      expect(help.stdout).toContain(`hartix ${name} `);
      expect(help.stdout).toContain('--kernel FILE');
      for (const words of [[name], [name, '--kernel', kernel]]) {
        const { status, stderr } = hartix(words);
        expect({ status, stderr }).toEqual({
          status: 2,
          stderr: `hartix: ${name}: name a file first: hartix ${name} FILE; see hartix ${name} --help\n`,
        });
      }
    },
  );

  it('do not name a file twice, or none that is there', () => {
    expect(hartix(['snapshot', 'a', '--save=b', '--kernel', kernel])).toMatchObject({
      status: 2,
      stderr: "hartix: snapshot: 'a' is the file of --save\n",
    });
    expect(hartix(['restore', join(folder, 'nothing')]).stderr).toMatch(
      /^hartix: restore: no file/,
    );
    expect(hartix(['replay', join(folder, 'nothing'), '--kernel', kernel]).stderr).toMatch(
      /^hartix: replay: no file/,
    );
    expect(hartix(['restore', kernel]).stderr).toMatch(/^hartix: .*snapshot/);
    expect(hartix(['record', log, '--after', 'soon', '--kernel', kernel]).stderr).toBe(
      'hartix: --after soon: write a number of seconds, at most 2147483\n',
    );
  });
});
