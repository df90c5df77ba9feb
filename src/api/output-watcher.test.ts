import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { WaitError } from './errors.ts';
import { OutputWatcher } from './output-watcher.ts';

describe('waitFor', () => {
  it('sees the output that another listener reads as well', async () => {
    const output = new PassThrough();
    const read: string[] = [];
    output.on('data', (bytes: Buffer) => read.push(bytes.toString()));
    const prompt = new OutputWatcher(output, 'the machine').waitFor(/\$ $/, {});
    output.write('login: ok\n$ ');
    expect((await prompt)[0]).toBe('$ ');
    expect(read.join('')).toBe('login: ok\n$ ');
  });

  it('goes on after the last match, and says who ended without one', async () => {
    const output = new PassThrough();
    const watcher = new OutputWatcher(output, 'the machine');
    output.write('one two');
    await watcher.waitFor('one', {});
    const again = watcher.waitFor('one', {});
    output.end(' three');
    await expect(again).rejects.toThrow(WaitError);
    await expect(again).rejects.toThrow(/the machine ended without.*two three/);
  });
});
