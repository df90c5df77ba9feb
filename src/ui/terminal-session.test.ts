import { expect, test } from 'vitest';
import { TerminalSession } from './terminal-session.ts';

const HOST = { depth: 24, hasStrings: true, hasSynchronizedOutput: true } as const;
const bytes = (text: string) => new TextEncoder().encode(text);

test('a key for the guest draws nothing by itself, so that its echo need not wait for the next frame', () => {
  const size = { rows: 24, columns: 80 };
  const session = new TerminalSession({ size, host: HOST, allowsClipboard: false });
  let changes = 0;
  session.onChange = () => changes++;
  session.type(bytes('a'));
  expect(changes).toBe(0);
  // The prefix is shown, and what follows it.
  session.type(bytes('\x01'));
  expect(changes).toBe(1);
});
