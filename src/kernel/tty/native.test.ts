/** The line discipline against what Linux's own terminals did, as test/tty/record.py wrote it down. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { EAGAIN, KernelError } from '../../abi/errno.ts';
import { fromBytes, toBytes } from '../../lib/bytes.ts';
import { BytesBuffer } from '../../lib/io-buffer.ts';
import type { TtyPort } from './port.ts';
import { Tty } from './tty.ts';

type Step =
  | ['type' | 'write', string]
  | ['read', number]
  | ['set', 'iflag' | 'oflag' | 'lflag', number, number]
  | ['cc', number, number]
  | ['flush', string]
  | ['count'];

interface NativeCase {
  name: string;
  steps: Step[];
  results: { shown: string; value: string | number | null }[];
}

const file = new URL('../../../test/tty/native-cases.json', import.meta.url);
const CASES = JSON.parse(readFileSync(file, 'utf8')) as NativeCase[];

/** Collects what the terminal sends. */
class Screen implements TtyPort {
  private text = '';
  write(bytes: Uint8Array): number {
    this.text += fromBytes(bytes);
    return bytes.length;
  }
  inputReady(): void {
    return;
  }
  take(): string {
    const { text } = this;
    this.text = '';
    return text;
  }
}

function read(tty: Tty, length: number): string | null {
  const bytes = new Uint8Array(length);
  try {
    return fromBytes(bytes, 0, tty.read(new BytesBuffer(bytes)));
  } catch (error) {
    if (error instanceof KernelError && error.errno === EAGAIN) return null;
    throw error;
  }
}

function perform(tty: Tty, step: Step): string | number | null {
  switch (step[0]) {
    case 'type':
      tty.receive(toBytes(step[1]));
      return null;
    case 'write':
      tty.write(new BytesBuffer(toBytes(step[1])));
      return null;
    case 'read':
      return read(tty, step[1]);
    case 'set': {
      const [, field, added, removed] = step;
      const before = tty.settings.encode();
      tty.settings[field] = (tty.settings[field] & ~removed) | added;
      const after = tty.settings.encode();
      tty.settings.assign(before);
      tty.setSettings(after);
      return null;
    }
    case 'cc': {
      const after = tty.settings.encode();
      after[17 + step[1]] = step[2];
      tty.setSettings(after);
      return null;
    }
    case 'flush':
      tty.flushInput();
      return null;
    case 'count':
      return tty.readableBytes;
  }
}

test('the table was recorded', () => {
  expect(CASES.length).toBeGreaterThan(90);
});

test.each(CASES)('$name', ({ steps, results }) => {
  const screen = new Screen();
  const tty = new Tty(
    { clock: { monotonicNs: () => 0, realtime: () => ({ seconds: 0, nanoseconds: 0 }) } },
    'pts/0',
    0,
    screen,
    true,
  );
  const got = steps.map((step) => {
    const value = perform(tty, step);
    return { shown: screen.take(), value };
  });
  expect(got).toEqual(results);
});
