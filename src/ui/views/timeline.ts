/** Who ran, who waited, who slept: from the scheduler's events to a row per task. Pure. */
import type { SwitchStream } from '../../protocol.ts';
import type { Colour, Line, Span } from './line.ts';

type State = 'runs' | 'waits' | 'sleeps';

interface Segment {
  state: State;
  hart: number;
  fromNs: number;
}

/** How long events are kept. */
const KEPT_NS = 120e9;
const MAX_TASKS = 500;
const KIND_RUNS = 0;

export class Timeline {
  /** By tid: segments in order; each lasts until the next. */
  private readonly tasks = new Map<number, Segment[]>();
  private readonly names = new Map<number, string>();
  /** Task by hart; 0 for none. */
  private readonly running: number[] = [];
  nowNs = 0;
  dropped = 0;

  add({ nowNs, timesNs, kinds, harts, tids, names, dropped }: SwitchStream): void {
    for (const [tid, name] of names) this.names.set(tid, name);
    kinds.forEach((kind, at) => {
      const [time = 0, hart = 0, tid = 0] = [timesNs[at], harts[at], tids[at]];
      if (kind === KIND_RUNS) this.runs(tid, hart, time);
      else this.change(tid, 'waits', hart, time);
    });
    this.nowNs = nowNs;
    this.dropped += dropped;
    this.forget(nowNs - KEPT_NS);
  }

  private runs(tid: number, hart: number, timeNs: number): void {
    const before = this.running[hart] ?? 0;
    // One that did not say that it waits has gone to sleep.
    if (before !== tid && this.tasks.get(before)?.at(-1)?.state === 'runs')
      this.change(before, 'sleeps', hart, timeNs);
    this.running[hart] = tid;
    if (tid !== 0) this.change(tid, 'runs', hart, timeNs);
  }

  private change(tid: number, state: State, hart: number, fromNs: number): void {
    const segments = this.tasks.get(tid) ?? [];
    const last = segments.at(-1);
    if (last?.state === state && last.hart === hart) return;
    segments.push({ state, hart, fromNs });
    this.tasks.set(tid, segments);
  }

  private forget(beforeNs: number): void {
    for (const [tid, segments] of this.tasks) {
      const first = segments.findIndex(
        (_, at) => (segments[at + 1]?.fromNs ?? Infinity) > beforeNs,
      );
      segments.splice(0, Math.max(0, first));
      const last = segments.at(-1);
      const isOld = last?.state === 'sleeps' && last.fromNs < beforeNs;
      if (isOld || this.tasks.size > MAX_TASKS) this.tasks.delete(tid);
    }
  }

  /** Rows for a window of time, those that ran longest first. `columns`: of the bars. */
  rows(fromNs: number, toNs: number, columns: number): TimelineRow[] {
    const rows: TimelineRow[] = [];
    for (const [tid, segments] of this.tasks) {
      const row = rowOf(segments, fromNs, toNs, columns);
      if (row.some(({ runs, waits }) => runs + waits > 0)) {
        const ranNs = row.reduce((sum, { runs }) => sum + runs, 0);
        rows.push({ tid, name: this.names.get(tid) ?? '?', ranNs, cells: row });
      }
    }
    return rows.sort((a, b) => b.ranNs - a.ranNs || a.tid - b.tid);
  }
}

/** Nanoseconds in a column's time; `hart`: where it ran last. */
export interface TimelineCell {
  runs: number;
  waits: number;
  hart: number;
}

export interface TimelineRow {
  tid: number;
  name: string;
  ranNs: number;
  cells: TimelineCell[];
}

function rowOf(
  segments: readonly Segment[],
  fromNs: number,
  toNs: number,
  columns: number,
): TimelineCell[] {
  const cells = Array.from({ length: columns }, () => ({ runs: 0, waits: 0, hart: 0 }));
  const columnNs = (toNs - fromNs) / columns;
  segments.forEach(({ state, hart, fromNs: start }, at) => {
    if (state === 'sleeps') return;
    const begin = Math.max(start, fromNs);
    const end = Math.min(segments[at + 1]?.fromNs ?? toNs, toNs);
    for (let time = begin; time < end; ) {
      const column = Math.min(columns - 1, Math.floor((time - fromNs) / columnNs));
      const columnEnd = column === columns - 1 ? end : fromNs + (column + 1) * columnNs;
      // A quotient may be rounded down to the column before.
      const until = Math.max(Math.min(end, columnEnd), time + 1);
      const cell = cells[column];
      if (cell) {
        cell[state] += until - time;
        if (state === 'runs') cell.hart = hart;
      }
      time = until;
    }
  });
  return cells;
}

const HART_COLOURS: readonly Colour[] = ['green', 'cyan', 'magenta', 'yellow', 'blue', 'red'];
/** Without colour the hart is not seen, the time is. */
const SHARES = ' ▁▂▃▄▅▆▇█';
const WAITS = '░';
const LABEL_COLUMNS = 24;

/** Columns that are left for the bars. */
export function barColumns(columns: number): number {
  return Math.max(8, columns - LABEL_COLUMNS);
}

/** `spanNs`: of the window. */
export function timelineLine({ tid, name, ranNs, cells }: TimelineRow, spanNs: number): Line {
  const share = `${((100 * ranNs) / spanNs).toFixed(0)}%`.padStart(5);
  const spans: Span[] = [
    { text: `${String(tid).padStart(5)} ${name.padEnd(11).slice(0, 11)}${share} ` },
  ];
  const columnNs = spanNs / cells.length;
  for (const { runs, waits, hart } of cells) {
    const level = Math.ceil(Math.min(1, runs / columnNs) * (SHARES.length - 1));
    const isWaiting = level === 0 && waits > 0;
    const text = isWaiting ? WAITS : (SHARES[level] ?? ' ');
    const colour = isWaiting ? 'gray' : (HART_COLOURS[hart % HART_COLOURS.length] ?? 'green');
    const last = spans.at(-1);
    if (last?.colour === colour) last.text += text;
    else spans.push({ text, colour });
  }
  return spans;
}
