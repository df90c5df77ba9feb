/** Matchers of hartix/test, on results as exec() gives them. */
import { describe, test } from 'vitest';
import { expect } from './matchers.ts';

const GOOD = { stdout: 'out\n', stderr: '', exitCode: 0, signal: null, timedOut: false };
const BAD = {
  stdout: '',
  stderr: 'cat: x: no such file\n',
  exitCode: 1,
  signal: null,
  timedOut: false,
};
const FLOOD = {
  stdout: 'y\n',
  stderr: '',
  exitCode: null,
  signal: 'SIGKILL',
  outputExceeded: true,
};
const KILLED = { stdout: '', stderr: '', exitCode: null, signal: 'SIGKILL', timedOut: true };

test('hold where they should', () => {
  expect(GOOD).toSucceed();
  expect(GOOD).not.toFail();
  expect(BAD).toFail();
  expect(KILLED).toFail();
  expect(KILLED).not.toSucceed();
  expect(BAD).toExitWith(1);
  expect(KILLED).toBeKilledBy('SIGKILL');
  expect(BAD).not.toBeKilledBy('SIGKILL');
  expect(GOOD).toHaveStdout('out\n');
  expect(GOOD).toHaveStdout(/^ou/);
  expect(GOOD).not.toHaveStdout('out');
  expect(BAD).toHaveStderr(/no such file/);
});

describe('say what was, where they do not', () => {
  test.each<[() => void, RegExp]>([
    [() => expect(BAD).toSucceed(), /to succeed, but it ended with status 1.*stderr:\ncat: x/s],
    [() => expect(KILLED).toSucceed(), /but it was killed by SIGKILL at its timeout/],
    [() => expect(FLOOD).toSucceed(), /but it was killed by SIGKILL for too much output/],
    [() => expect(GOOD).not.toSucceed(), /expected the program not to succeed.*stdout:\nout/s],
    [() => expect(GOOD).toFail(), /to fail, but it ended with status 0/],
    [() => expect(BAD).toExitWith(2), /to end with status 2, but it ended with status 1/],
    [() => expect(BAD).toBeKilledBy('SIGSEGV'), /to be killed by SIGSEGV, but it ended with/],
    [() => expect(BAD).toHaveStdout('a'), /expected stdout to be .*a.*status 1\n\nstderr:\ncat/s],
    [() => expect(GOOD).not.toHaveStdout(/out/), /expected stdout not to match .*out/],
    [() => expect(GOOD).toHaveStderr(/x/), /expected stderr to match/],
    [() => expect(42).toSucceed(), /expect\(await os\.exec/],
    [() => expect({ ...GOOD, stdout: new Uint8Array() }).toHaveStdout(''), /encoding 'buffer'/],
  ])('%s', (assertion, message) => {
    expect(assertion).toThrow(message);
  });
});
