import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type LogHeader, type LogItem, RunLogWriter, readRunLog } from './run-log.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'hartix-log-'));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

const header: LogHeader = {
  options: {
    memoryBytes: 2 ** 26,
    mounts: [{ hostPath: '/somewhere', guestPath: '/mnt', isReadOnly: false }],
    disks: [],
    hasConsole: false,
    windowSize: { rows: 24, columns: 80 },
    environment: { TZ: 'UTC', NAME: 'zwölf' },
    deterministicSeed: 7,
    epochNs: 1e18,
    faults: undefined,
    schedule: undefined,
    limits: { instructions: undefined, tasks: 9, diskBytes: undefined, inodes: undefined },
    commandLine: '',
    isa: undefined,
  },
  images: ['5 bytes, abc'],
};
const at = { events: 1, retired: 2 ** 40, ticks: 3 };
const items: LogItem[] = [
  { at, kind: 'ring' },
  { at, kind: 'request', request: { type: 'input', program: 1, bytes: Uint8Array.of(0, 255) } },
  { at, kind: 'request', request: { type: 'input', program: 1, bytes: undefined } },
  { at, kind: 'share', tag: 'mount0', message: 5, reply: new Uint8Array(100_000).fill(3) },
  { at, kind: 'check', hash: '0123456789abcdef' },
  { at, kind: 'end', hash: 'fedcba9876543210' },
];

function written(name: string, some: readonly LogItem[] = items): string {
  const path = join(FOLDER, name);
  const log = new RunLogWriter(path, header);
  for (const item of some) log.add(item);
  log.close();
  return path;
}

describe('a recording', () => {
  it('comes back as it was written, and says when it was cut short', () => {
    const { epochNs: _, ...rest } = readRunLog(written('whole')).header.options;
    expect(rest).toMatchObject({ deterministicSeed: 7, environment: { NAME: 'zwölf' } });
    expect(readRunLog(written('whole'))).toMatchObject({ items, isCut: false });
    expect(readRunLog(written('short', items.slice(0, 2)))).toMatchObject({ isCut: true });
  });

  it('is whole up to where the file ends, wherever that is', () => {
    const file = readFileSync(written('cut'));
    const first = file.indexOf('\n') + 1;
    for (let length = first; length < file.length; length += 7) {
      const path = join(FOLDER, 'prefix');
      writeFileSync(path, file.subarray(0, length));
      const log = readRunLog(path);
      expect(log.isCut).toBe(true);
      expect(log.items).toEqual(items.slice(0, log.items.length));
    }
  });

  it('is refused when any byte of it was altered', () => {
    const file = readFileSync(written('altered'));
    const step = Math.max(1, Math.floor(file.length / 300));
    for (let i = 0; i < file.length; i += step) {
      const path = join(FOLDER, 'flipped');
      const bytes = Uint8Array.from(file);
      bytes[i] = (bytes[i] ?? 0) ^ 0x10;
      writeFileSync(path, bytes);
      let outcome: unknown;
      try {
        // A length that was altered may point behind the end: then nothing of the frame is used.
        outcome = readRunLog(path).isCut;
      } catch (error) {
        outcome = (error as Error).name;
      }
      expect([true, 'RunLogError']).toContain(outcome);
    }
  });

  it('is refused where it is something else', () => {
    const other = (name: string, content: string): string => {
      writeFileSync(join(FOLDER, name), content);
      return join(FOLDER, name);
    };
    expect(() => readRunLog(join(FOLDER, 'missing'))).toThrow(/cannot read/);
    expect(() => readRunLog(other('empty', ''))).toThrow(/no recording/);
    expect(() => readRunLog(other('elf', '\x7fELF\n'))).toThrow(/no recording/);
    const text = readFileSync(written('newer'), 'latin1').replace('run log 1', 'run log 2');
    expect(() => readRunLog(other('newer', text))).toThrow(/version 2/);
    const path = written('tail');
    appendFileSync(path, Buffer.alloc(12, 1));
    expect(readRunLog(path).isCut).toBe(true);
  });
});
