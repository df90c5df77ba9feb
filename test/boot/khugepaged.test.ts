/** khugepaged, with a program that sleeps in virtual time (MEM-17). */
import { basename, dirname, join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { boot } from '../../src/index.ts';
import { buildPrograms } from '../support/build-programs.ts';

const HERE = import.meta.dirname;

it('collapses what may be in megapages while others sleep, and nothing else', async () => {
  const source = { file: join(HERE, 'khugepaged.c'), flags: ['-O1'] };
  const [path = ''] = await buildPrograms([source], resolve(HERE, '../../build/khugepaged'));
  const mounts = { '/m': `${dirname(path)}:ro` };
  const system = await boot({ deterministic: 1, cache: false, mounts });
  try {
    const { stdout } = await system.exec(`ps | grep -c '[k]hugepaged'; /m/${basename(path)}`);
    expect(stdout.split('\n')).toEqual([
      '0',
      'without a wish: 0 kB, 0 collapsed',
      'after it: 6144 kB, 3 collapsed',
      'content kept',
      'child: 0 kB, content kept',
      'child later: 6144 kB, content kept',
      'parent: content kept',
      '',
    ]);
    const meminfo = await system.fs.readFile('/proc/meminfo', 'utf8');
    expect(meminfo).toMatch(/^AnonHugePages: +0 kB$/m);
    expect((await system.exec('ps')).stdout).toContain('khugepaged');
  } finally {
    await system.close();
  }
});
