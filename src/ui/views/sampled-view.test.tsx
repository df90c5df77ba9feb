/** What all views share: which line is marked, and that the end of a stream stays in sight. */
import type { ReactElement } from 'react';
import { afterEach, expect, it, vi } from 'vitest';
import { openHelpView } from '../help-view.tsx';
import type { ViewHost } from '../split-view.ts';
import type { Content } from './line.ts';
import { openLogView } from './log-view.tsx';
import { openProcessView } from './process-view.tsx';
import { subjectOf } from './subject.ts';
import { VIEWS } from './table.ts';

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

it('marks a process where a filter leaves the marked one out, and other views are about that', async () => {
  const info = (pid: number, name: string) => ({
    pid,
    parentPid: pid === 1 ? 0 : 1,
    name,
    state: 'S',
    uid: 0,
    threads: 1,
    nice: 0,
    userMs: 0,
    systemMs: 0,
    virtualBytes: 0,
    residentBytes: 0,
    command: [name],
  });
  const processes = [info(1, 'init'), info(4, 'yes'), info(7, 'sh')];
  const system = { processes: () => Promise.resolve(processes) };
  const host = { system, changed: () => undefined } as unknown as ViewHost;
  const view = openProcessView(host);
  views.push(view);
  await vi.waitFor(() => expect(contentOf(view.element(SIZE, true)).lines).toHaveLength(3));
  for (const key of ['/', 'y', 'e', '\r']) view.key(key);
  expect(contentOf(view.element(SIZE, true)).lines).toHaveLength(1);
  expect(subjectOf(host.system, processes)?.pid).toBe(4);
});

it('moves in the list of keys by lines and pages', () => {
  const view = openHelpView(VIEWS, () => undefined);
  const selected = () => (view.element(SIZE, true).props as { selected: number }).selected;
  const after = (key: string) => {
    expect(view.key(key)).toBe(true);
    return selected();
  };
  expect(after('\x1b[6~')).toBe(10);
  expect(after('k')).toBe(9);
  const last = after('\x1b[F');
  expect(last).toBeGreaterThan(15);
  expect(after('\x1b[5~')).toBe(last - 10);
  expect(after('\x1b[H')).toBe(0);
  expect(view.key('q')).toBe(false);
});
