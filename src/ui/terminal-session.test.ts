import { expect, test } from 'vitest';
import { openHelpView } from './help-view.tsx';
import { TerminalSession } from './terminal-session.ts';

const HOST = { depth: 24, hasStrings: true, hasSynchronizedOutput: true } as const;
const bytes = (text: string) => new TextEncoder().encode(text);

test('a key for the guest draws nothing by itself, so that its echo need not wait for the next frame', () => {
  const size = { rows: 24, columns: 80 };
  const session = new TerminalSession({ size, host: HOST, allowsClipboard: false });
  session.useViews({ VIEWS: [], openHelpView });
  let changes = 0;
  session.onChange = () => changes++;
  session.type(bytes('a'));
  expect(changes).toBe(0);
  // The prefix is shown, and what follows it.
  session.type(bytes('\x01'));
  expect(changes).toBe(1);
});

test('keys of the screen that come before its views wait for them, and what follows waits behind them', () => {
  const size = { rows: 24, columns: 80 };
  const session = new TerminalSession({ size, host: HOST, allowsClipboard: false });
  let wanted = 0;
  session.onWanted = () => wanted++;
  session.type(bytes('a'));
  expect(wanted).toBe(0);
  session.type(bytes('\x01'));
  session.type(bytes('?'));
  expect(wanted).toBeGreaterThan(0);
  expect(session.chrome.view).toBeUndefined();
  session.useViews({ VIEWS: [], openHelpView });
  expect(session.chrome.view).toBeDefined();
  session.type(bytes('q'));
  expect(session.chrome.view).toBeUndefined();
});
