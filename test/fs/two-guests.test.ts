/** Two machines on one folder of the host: what one writes the other reads. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { boot } from '../../src/index.ts';

it('a file written in one guest appears in the other', { timeout: 60_000 }, async () => {
  const shared = fs.mkdtempSync(path.join(os.tmpdir(), 'hartix-two-guests-'));
  const [one, other] = await Promise.all([
    boot({ mounts: { '/shared': shared } }),
    boot({ mounts: { '/shared': shared } }),
  ]);
  try {
    const run = async (system: typeof one, script: string): Promise<string> =>
      (await system.exec(`cd /shared; ${script}`)).stdout;
    await run(one, 'mkdir d; echo first >d/file');
    expect(await run(other, 'cat d/file; echo second >>d/file; mv d/file d/moved')).toBe('first\n');
    expect(await run(one, 'cat d/moved; ls d; rm -r d')).toBe('first\nsecond\nmoved\n');
    expect(await run(other, 'ls | wc -l')).toBe('0\n');
    // What one has mapped and read is read anew at the next open, as NFS has it.
    await run(one, 'seq 1 5000 >numbers');
    expect(await run(other, 'tail -n 1 numbers')).toBe('5000\n');
    await run(one, 'seq 1 7 >numbers');
    expect(await run(other, 'tail -n 1 numbers; stat -c %s numbers')).toBe('7\n14\n');
  } finally {
    await Promise.all([one.close(), other.close()]);
    fs.rmSync(shared, { recursive: true });
  }
});
