/** Matchers for what System.exec() gives, and for other ends of programs. */
import { expect } from 'vitest';
import type { ExecResult } from '../api/exec.ts';

declare module 'vitest' {
  // As vitest declares it: declarations are only merged when their parameters are the same.
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> {
    /** It ended with status 0. */
    toSucceed(): R;
    /** It ended with another status than 0, or was killed. */
    toFail(): R;
    toExitWith(status: number): R;
    /** 'SIGKILL' … */
    toBeKilledBy(signal: string): R;
    /** All of it, or a part that matches. */
    toHaveStdout(output: string | RegExp): R;
    toHaveStderr(output: string | RegExp): R;
  }
}

type Result = Partial<ExecResult<unknown>>;

/** What vitest calls a matcher with. */
interface MatcherContext {
  readonly isNot: boolean;
  readonly utils: {
    printExpected(value: unknown): string;
    printReceived(value: unknown): string;
  };
}

type Matcher = (
  this: MatcherContext,
  received: unknown,
  expected?: unknown,
) => { pass: boolean; message: () => string; actual?: unknown; expected?: unknown };

const MOST_CHARACTERS = 2000;

/** The last part of what a program printed. */
function shown(name: string, output: unknown): string {
  if (typeof output !== 'string' || output === '') return '';
  const isLong = output.length > MOST_CHARACTERS;
  const text = isLong ? `… ${output.slice(-MOST_CHARACTERS)}` : output;
  return `\n\n${name}:\n${text}`;
}

function ending({ exitCode, signal, timedOut, outputExceeded }: Result): string {
  const end = signal ? `was killed by ${signal}` : `ended with status ${String(exitCode)}`;
  if (outputExceeded === true) return `${end} for too much output`;
  return timedOut === true ? `${end} at its timeout` : end;
}

/** Of how it ended; the message has what it printed. */
function endMatcher(
  wanted: (expected: unknown) => string,
  matches: (result: Result, expected: unknown) => boolean,
): Matcher {
  return function match(received: unknown, expected: unknown) {
    const result = resultOf(received);
    const pass = matches(result, expected);
    const not = this.isNot ? ' not' : '';
    const output = shown('stdout', result.stdout) + shown('stderr', result.stderr);
    const message = () =>
      `expected the program${not} ${wanted(expected)}, but it ${ending(result)}${output}`;
    return { pass, message };
  };
}

function isResult(received: unknown): received is Result {
  return typeof received === 'object' && received !== null && 'exitCode' in received;
}

/** Throws TypeError for what is no result. */
function resultOf(received: unknown): Result {
  if (isResult(received)) return received;
  throw new TypeError('expect() was given no result of a program: write expect(await os.exec(…))');
}

function outputMatcher(stream: 'stdout' | 'stderr'): Matcher {
  return function match(received: unknown, expected: unknown) {
    const result = resultOf(received);
    const actual = result[stream];
    if (typeof actual !== 'string')
      throw new TypeError(`${stream} is no text: exec() was called with encoding 'buffer'`);
    const isPattern = expected instanceof RegExp;
    const pass = isPattern ? expected.test(actual) : actual === expected;
    const not = this.isNot ? ' not' : '';
    const relation = isPattern ? 'match' : 'be';
    const other = stream === 'stdout' ? shown('stderr', result.stderr) : '';
    const message = () =>
      `expected ${stream}${not} to ${relation} ${this.utils.printExpected(expected)}, it is ` +
      `${this.utils.printReceived(actual)}; the program ${ending(result)}${other}`;
    return { pass, message, actual, expected };
  };
}

expect.extend({
  toSucceed: endMatcher(
    () => 'to succeed',
    ({ exitCode }) => exitCode === 0,
  ),
  toFail: endMatcher(
    () => 'to fail',
    ({ exitCode }) => exitCode !== 0,
  ),
  toExitWith: endMatcher(
    (status) => `to end with status ${String(status)}`,
    ({ exitCode }, status) => exitCode === status,
  ),
  toBeKilledBy: endMatcher(
    (signal) => `to be killed by ${String(signal)}`,
    ({ signal }, expected) => signal === expected,
  ),
  toHaveStdout: outputMatcher('stdout'),
  toHaveStderr: outputMatcher('stderr'),
});

export { expect };
