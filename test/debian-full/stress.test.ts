/** stress-ng, a minute for each class. What it skips needs what this kernel says it has not; nothing may fail, and the kernel's log stays clean. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { System } from '../../src/index.ts';
import { bash, root, start } from './root.ts';

/** Stressors that fail, where others skip, without what later issues bring; with what they miss. */
const EXCLUDED: Readonly<Record<string, string>> = {
  sigurg: 'AF_INET',
};

describe.skipIf(!root)('stress-ng', () => {
  let system: System;
  beforeAll(async () => {
    system = await start();
  });
  afterAll(() => system?.close());

  it.each(['vm', 'pipe', 'signal', 'scheduler', 'filesystem'])('--class %s', async (name) => {
    const options = `--class ${name} --seq 1 --timeout 1 --exclude ${Object.keys(EXCLUDED).join(',')}`;
    const { stdout } = await bash(
      system,
      `mkdir -p stress && cd stress && timeout -s KILL 1700 stress-ng ${options}; echo ==; dmesg | grep -iwE 'bug|panic|oops'`,
    );
    expect(stdout).toMatch(/failed: 0/);
    expect(stdout).toMatch(/==\n$/);
  });
});
