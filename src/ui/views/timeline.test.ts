import { expect, test } from 'vitest';
import type { SwitchStream } from '../../protocol.ts';
import { Timeline, timelineLine } from './timeline.ts';

const MS = 1e6;

/** kind, milliseconds, tid, hart */
function stream(nowMs: number, events: [0 | 1, number, number, number?][]): SwitchStream {
  return {
    nowNs: nowMs * MS,
    kinds: Uint8Array.from(events, ([kind]) => kind),
    timesNs: Float64Array.from(events, ([, ms]) => ms * MS),
    tids: Int32Array.from(events, ([, , tid]) => tid),
    harts: Uint8Array.from(events, ([, , , hart = 0]) => hart),
    names: [
      [5, 'yes'],
      [6, 'cat'],
    ],
    dropped: 0,
  };
}

/** 5 runs for 10 ms, is preempted by 6 for 20 ms, runs for 10 ms, then the hart is idle. */
const EVENTS: [0 | 1, number, number][] = [
  [0, 0, 5],
  [1, 10, 5],
  [0, 10, 6],
  [0, 30, 5],
  [0, 40, 0],
];

test('each column has the time that its task ran and waited', () => {
  const timeline = new Timeline();
  timeline.add(stream(50, EVENTS));
  const rows = timeline.rows(0, 50 * MS, 5);
  expect(rows.map(({ tid, name, ranNs }) => [tid, name, ranNs / MS])).toEqual([
    [5, 'yes', 20],
    [6, 'cat', 20],
  ]);
  const [yes, cat] = rows;
  expect(yes?.cells.map(({ runs, waits }) => [runs / MS, waits / MS])).toEqual([
    [10, 0],
    [0, 10],
    [0, 10],
    [10, 0],
    [0, 0],
  ]);
  expect(cat?.cells.map(({ runs }) => runs / MS)).toEqual([0, 10, 10, 0, 0]);
});

test('a stream in pieces is the same as one in one', () => {
  const whole = new Timeline();
  whole.add(stream(50, EVENTS));
  const pieces = new Timeline();
  EVENTS.forEach((event, index) => {
    pieces.add(stream(index === EVENTS.length - 1 ? 50 : event[1], [event]));
  });
  expect(pieces.rows(0, 50 * MS, 7)).toEqual(whole.rows(0, 50 * MS, 7));
});

test('who runs on two harts is told apart, and time that is on goes on', () => {
  const timeline = new Timeline();
  timeline.add(
    stream(20, [
      [0, 0, 5, 0],
      [0, 0, 6, 1],
      [0, 10, 0, 1],
    ]),
  );
  const [yes, cat] = timeline.rows(0, 20 * MS, 2);
  expect(yes?.cells).toEqual([
    { runs: 10 * MS, waits: 0, hart: 0 },
    { runs: 10 * MS, waits: 0, hart: 0 },
  ]);
  expect(cat?.cells).toEqual([
    { runs: 10 * MS, waits: 0, hart: 1 },
    { runs: 0, waits: 0, hart: 0 },
  ]);
});

test('a line is a bar of how much of each column it ran', () => {
  const timeline = new Timeline();
  timeline.add(stream(50, EVENTS));
  const [row] = timeline.rows(0, 50 * MS, 5);
  const line = row ? timelineLine(row, 50 * MS) : '';
  const text = typeof line === 'string' ? line : line.map((span) => span.text).join('');
  expect(text).toBe('    5 yes          40% █░░█ ');
});

test('what nobody asks for any more is forgotten', () => {
  const timeline = new Timeline();
  timeline.add(stream(50, EVENTS));
  timeline.add(stream(200_000, []));
  expect(timeline.rows(0, 50 * MS, 5)).toEqual([]);
});
