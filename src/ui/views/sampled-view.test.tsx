/** What all views share: which line is marked, and that the end of a stream stays in sight. */
import type { ReactElement } from 'react';
import { afterEach, expect, it, vi } from 'vitest';
import type { ViewHost } from '../split-view.ts';
import type { Content } from './line.ts';
import { openLogView } from './log-view.tsx';

const SIZE = { rows: 5, columns: 60 };
const lines = Array.from({ length: 20 }, (_, i) => ({
  sequence: i,
  timeNs: 0,
  level: 6,
  text: `line ${i}`,
}));
const views: { dispose(): void }[] = [];
afterEach(() => {
  for (const view of views.splice(0)) view.dispose();
});

const contentOf = (element: ReactElement) => (element.props as { content: Content }).content;

it('follows a stream from the first sample on, though it was drawn before there was one', async () => {
  const host = {
    system: { inspect: { log: (from: number) => Promise.resolve(lines.slice(from)) } },
    changed: () => undefined,
  } as unknown as ViewHost;
  const view = openLogView(host);
  views.push(view);
  expect(contentOf(view.element(SIZE, true)).lines).toEqual(['reading ...']);
  await vi.waitFor(() => expect(contentOf(view.element(SIZE, true)).lines).toHaveLength(20));
  expect(contentOf(view.element(SIZE, true)).selected).toBeUndefined();
});
