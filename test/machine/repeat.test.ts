/** Deterministic machines: the same run twice, and from a log of its inputs. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MachineOptions, openMachine } from '../../src/index.ts';
import { assemble } from '../support/bare-machine/bare-machine.ts';

const folder = mkdtempSync(join(tmpdir(), 'hartix-repeat-'));
const kernel = join(folder, 'busy.elf');
const log = join(folder, 'inputs.log');
const memory = '16M';

beforeAll(() => writeFileSync(kernel, assemble('busy.S', 0x8000_0000)));
afterAll(() => rmSync(folder, { recursive: true }));

interface Outcome {
  readonly output: string;
  readonly traceHash: string | undefined;
  readonly difference: string | undefined;
}

/** Run to the end; `typed` is typed once the letter was printed. */
async function run(options: MachineOptions, typed: Record<string, string> = {}): Promise<Outcome> {
  const machine = await openMachine({ kernel, memory, firmware: 'none', ...options });
  let output = '';
  try {
    machine.output.on('data', (bytes: Uint8Array) => {
      const text = new TextDecoder().decode(bytes);
      output += text;
      for (const letter of text) if (typed[letter]) machine.write(typed[letter]);
    });
    await machine.halted;
    return { output, traceHash: machine.traceHash, difference: machine.difference };
  } finally {
    await machine.close();
  }
}

describe('a deterministic machine', () => {
  it('runs the same in both tiers, and another run has another hash', async () => {
    const first = await run({ deterministic: 1 });
    expect(first.traceHash).toMatch(/^[0-9a-f]{16}$/);
    expect(first.output).toMatch(/^bcdef/);
    expect(await run({ deterministic: 1, translate: false })).toEqual(first);
    const other = await run({ deterministic: 1, memory: '32M' });
    expect(other.traceHash).not.toBe(first.traceHash);
    expect((await run({})).traceHash).toBeUndefined();
  });

  it('takes its inputs from a log', async () => {
    const recorded = await run({ deterministic: 5, record: log }, { b: 'X', c: 'YZ', d: 'W' });
    expect(recorded.output.replace(/[a-z]/g, '')).not.toBe('');
    const replayed = await run({ replay: log });
    expect(replayed).toEqual(recorded);
    expect(await run({ replay: log, translate: false })).toEqual(recorded);
  });

  it('says so when a log is not of this run', async () => {
    const text = readFileSync(log, 'utf8');
    const path = join(folder, 'other.log');
    const lines = text.trimEnd().split('\n');
    const moved = lines.map((line, k) =>
      k === 1 ? line.replace(/"retired":\d/, '"retired":9') : line,
    );
    writeFileSync(path, moved.join('\n'));
    expect((await run({ replay: path })).difference).toBeDefined();
    writeFileSync(path, [...lines.slice(0, -1), '{"end":"0123456789abcdef"}'].join('\n'));
    expect((await run({ replay: path })).difference).toMatch(/the recorded one 0123456789abcdef/);
    await expect(run({ replay: path, memory: '32M' })).rejects.toThrow(/another one/);
    await expect(run({ replay: kernel })).rejects.toThrow(/no input log/);
    await expect(run({ record: path })).rejects.toThrow(/only a deterministic machine/);
    await expect(run({ record: path, replay: log })).rejects.toThrow(/only one/);
  });
});
