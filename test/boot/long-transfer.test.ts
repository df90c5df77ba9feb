/** What the kernel does alone for long takes virtual time too, and signals reach it. */
import { basename, dirname, join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { boot } from '../../src/index.ts';
import { buildPrograms } from '../support/build-programs.ts';

const HERE = import.meta.dirname;

it('an alarm ends a sendfile of 1 GiB', async () => {
  const source = { file: join(HERE, 'long-transfer.c'), flags: ['-O1'] };
  const [path = ''] = await buildPrograms([source], resolve(HERE, '../../build/long-transfer'));
  const system = await boot({ deterministic: 1, mounts: { '/m': `${dirname(path)}:ro` } });
  try {
    expect((await system.exec(`/m/${basename(path)}`)).stdout).toBe('part\n');
  } finally {
    await system.close();
  }
});
