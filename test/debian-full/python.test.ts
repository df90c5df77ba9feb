/**
 * Modules of python3's own test suite that pass under qemu-user: each must pass here. A process runs many of them, since python3 -m test takes
 * longer to start than most of them to run.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { System } from '../../src/index.ts';
import { bash, root, start } from './root.ts';

const modules = readFileSync(new URL('python-modules.txt', import.meta.url), 'utf8')
  .replaceAll(/^#.*$/gm, '')
  .split(/\s+/)
  .filter(Boolean);
const GROUP = 16;
/** For a module, and for a process: many times what an idle host takes. */
const MODULE_LIMIT_S = 1800;
const LIMIT_S = 7200;

const groups = Array.from({ length: Math.ceil(modules.length / GROUP) }, (_, n) =>
  modules.slice(n * GROUP, (n + 1) * GROUP),
);

/** A module says when it starts and when it has passed; one that is a folder says so of each of its parts. */
function hasPassed(name: string, stdout: string): boolean {
  const passed = new Set([...stdout.matchAll(/\] (test_[\w.]+) passed/g)].map(([, part]) => part));
  const parts = [...stdout.matchAll(/\] (test_[\w.]+)$/gm)]
    .map(([, part = '']) => part)
    .filter((part) => part === name || part.startsWith(`${name}.`));
  return parts.length > 0 && parts.every((part) => passed.has(part));
}

describe.skipIf(!root)('python3 -m test', () => {
  let system: System;
  beforeAll(async () => {
    system = await start();
  });
  afterAll(() => system?.close());

  it('names every module once, and at least 150', () => {
    expect(modules.filter((name, index) => modules.indexOf(name) !== index)).toEqual([]);
    expect(modules.length).toBeGreaterThanOrEqual(150);
  });

  it.each(groups.map((group) => [group.join(' '), group] as const))(
    '%s',
    async (names, group) => {
      const command = `timeout -s KILL ${LIMIT_S} python3 -m test --timeout ${MODULE_LIMIT_S} -W ${names}`;
      const { stdout } = await bash(system, command, (LIMIT_S + 60) * 1000);
      const others = group.filter((name) => !hasPassed(name, stdout));
      expect(others, `not passed: ${others.join(' ')}\n${stdout.slice(-8000)}`).toEqual([]);
    },
    (LIMIT_S + 120) * 1000,
  );
});
