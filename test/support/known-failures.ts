/** Tests of other people that fail here, by name, and why: test/machine/known-failures.txt. */
import { readFileSync } from 'node:fs';

export function knownFailures(): ReadonlyMap<string, string> {
  const lines = readFileSync(new URL('../machine/known-failures.txt', import.meta.url), 'utf8');
  return new Map(
    lines
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('#'))
      .map((line) => [line.split(/\s+/)[0] ?? '', line.replace(/^\S+\s+/, '')]),
  );
}
