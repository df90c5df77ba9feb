/** The modules of python3's own test suite that need neither the network nor a peer's bug: each must pass. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { System } from '../../src/index.ts';
import { bash, root, start } from './root.ts';

const modules = readFileSync(new URL('python-modules.txt', import.meta.url), 'utf8')
  .split(/\s+/)
  .filter(Boolean);
const LIMIT_S = 600;

describe.skipIf(!root)('python3 -m test', () => {
  let system: System;
  beforeAll(async () => {
    system = await start();
  });
  afterAll(() => system?.close());

  it.each([...new Set(modules)])('%s', async (module) => {
    const { stdout, exitCode } = await bash(
      system,
      `timeout -s KILL ${LIMIT_S} python3 -m test -q ${module}`,
    );
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout });
  });
});
