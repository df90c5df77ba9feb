/** core(5), "Piping core dumps to a program". */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { boot, type System } from '../../src/index.ts';

const HELPER = `#!/bin/sh
id -u > /tmp/who
cat > /tmp/core.part
pwd > /tmp/where
mv /tmp/core.part /tmp/core
echo "$@" > /tmp/words.part
mv /tmp/words.part /tmp/words
`;

let system: System;

beforeAll(async () => {
  system = await boot();
});
afterAll(async () => {
  await system?.close();
});

test('a core goes to the program of the pattern, with its words expanded one by one', async () => {
  const { stdout, exitCode } = await system.exec(
    [
      `cat > /tmp/helper <<'END'\n${HELPER}END`,
      'chmod 755 /tmp/helper',
      'echo "|/tmp/helper %s %e with%%out %c" > /proc/sys/kernel/core_pattern',
      'cat /proc/sys/kernel/core_pattern',
      'ulimit -c 0; sh -c \'kill -SEGV $$\' > /dev/null 2>&1; echo "status $?"',
      'while [ ! -e /tmp/words ]; do sleep 0.05; done',
      'cat /tmp/words /tmp/who /tmp/where; head -c 4 /tmp/core | od -An -tx1',
    ].join('\n'),
    { timeout: 30_000 },
  );
  expect(exitCode).toBe(0);
  expect(stdout.split('\n').map((line) => line.trim())).toEqual([
    '|/tmp/helper %s %e with%%out %c',
    'status 139',
    '11 sh with%out 0',
    '0',
    '/',
    '7f 45 4c 46',
    '',
  ]);
});

test('a program that is not there leaves a line in the log, and no core', async () => {
  const { stdout } = await system.exec(
    [
      'echo "|/no/such/program" > /proc/sys/kernel/core_pattern',
      "sh -c 'kill -SEGV $$' > /dev/null 2>&1",
      'dmesg | grep -c "Core dump to |/no/such/program pipe failed"',
    ].join('\n'),
    { timeout: 30_000 },
  );
  expect(stdout.trim()).toBe('1');
});
