/** Reads an .expect file of the acceptance programs and holds a run against it; the format is said in the head of its check.mjs. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Expectation {
  /** `key: value` lines of the head. */
  readonly head: Readonly<Record<string, string>>;
  /** Lines by section title. */
  readonly sections: ReadonlyMap<string, readonly string[]>;
}

export interface Run {
  readonly stdout: string;
  /** '0', '134', or 'killed by SIGSEGV'. */
  readonly status: string;
  /** Host folder that was the program's working directory. */
  readonly folder: string;
}

export function parseExpectation(text: string): Expectation {
  const end = text.indexOf('\n\n');
  const head: Record<string, string> = {};
  for (const line of text.slice(0, end < 0 ? undefined : end).split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) head[line.slice(0, colon)] = line.slice(colon + 1).trim();
  }
  const sections = new Map<string, string[]>();
  let current: string[] | undefined;
  for (const line of end < 0 ? [] : text.slice(end + 2).split('\n')) {
    const title = /^== (.*)$/.exec(line)?.[1];
    if (title !== undefined) sections.set(title.trim(), (current = []));
    else current?.push(line);
  }
  for (const lines of sections.values()) while (lines.at(-1) === '') lines.pop();
  return { head, sections };
}

const withoutLastNewline = (text: string): string => text.replace(/\n$/, '');

function matchesLines(text: string, patterns: readonly string[]): boolean {
  const lines = withoutLastNewline(text).split('\n');
  const each = patterns.length === 1 ? lines.map(() => patterns[0] ?? '') : patterns;
  while (each.length < lines.length && lines.at(-1) === '') lines.pop();
  return (
    each.length === lines.length &&
    lines.every((line, index) => new RegExp(`^(?:${each[index]})$`).test(line))
  );
}

/** A JavaScript condition of the .expect file over out, N and st. */
function evaluate(condition: string, run: Run): boolean {
  const numbers = (pattern: RegExp) =>
    [...run.stdout.matchAll(pattern)].map((match) => Number(match[1]));
  return Boolean(
    new Function('out', 'N', 'st', `return (${condition})`)(run.stdout, numbers, run.status),
  );
}

function checkInvariant(text: string, run: Run): boolean {
  const lines = run.stdout.split('\n');
  const condition = /^(?:js|strict): (.*)$/.exec(text)?.[1];
  if (condition !== undefined) return evaluate(condition, run);
  const count = /^count lines \/(.*)\/ == (\d+)$/.exec(text);
  if (count)
    return (
      lines.filter((line) => new RegExp(count[1] ?? '').test(line)).length === Number(count[2])
    );
  const distinct = /^distinct \/(.*)\/ == (\d+)$/.exec(text);
  if (distinct) {
    const values = lines.map((line) => new RegExp(distinct[1] ?? '').exec(line)?.[1]);
    return new Set(values.filter((value) => value !== undefined)).size === Number(distinct[2]);
  }
  const files = /^file (\S+) equals (\S+)$/.exec(text);
  if (files) {
    const [left = '', right = ''] = files.slice(1).map((name) => join(run.folder, name));
    return existsSync(left) && readFileSync(left).equals(readFileSync(right));
  }
  throw new Error(`unknown invariant: ${text}`);
}

const SOME_RUN = /^some run: (.*)$/;

/** Why one run does not hold; empty when it does. `some run` conditions are not looked at here. */
export function findFaults(expectation: Expectation, run: Run): string[] {
  const faults: string[] = [];
  const { exit } = expectation.head;
  if (exit !== undefined && exit !== '' && exit !== 'any' && exit !== run.status)
    faults.push(`exit ${run.status}, expected ${exit}`);
  for (const [title, lines] of expectation.sections) {
    if (title === 'stdout exact' && withoutLastNewline(run.stdout) !== lines.join('\n'))
      faults.push('stdout differs');
    if (title === 'stdout regex' && !matchesLines(run.stdout, lines))
      faults.push('stdout does not match');
    if (title === 'stdout contains') {
      for (const pattern of lines)
        if (!new RegExp(pattern, 'm').test(run.stdout)) faults.push(`no match for ${pattern}`);
    }
    if (title === 'invariant') {
      for (const line of lines)
        if (!SOME_RUN.test(line) && !checkInvariant(line, run)) faults.push(`invariant ${line}`);
    }
  }
  return faults;
}

/** Conditions that at least one of several runs must meet, and none of these did. */
export function findNeverMet(expectation: Expectation, runs: readonly Run[]): string[] {
  return (expectation.sections.get('invariant') ?? [])
    .map((line) => SOME_RUN.exec(line)?.[1])
    .filter((condition) => condition !== undefined)
    .filter((condition) => !runs.some((run) => evaluate(condition, run)));
}
