/** When frames are written, and what is in them. The clock is the test's. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { VirtualTerminal } from '../virtual-terminal.ts';
import type { CellGrid, Rect, Texts } from './cells.ts';
import { Compositor, type FrameOutput, type GuestLayer } from './compositor.ts';
import type { CursorState } from './frame-writer.ts';

const SIZE = { rows: 3, columns: 20 };
const HOST = { depth: 24, hasStrings: true, hasSynchronizedOutput: true } as const;

/** Takes so many frames, and is then full until it is drained. */
class SlowOutput implements FrameOutput {
  readonly frames: string[] = [];
  room = Number.POSITIVE_INFINITY;
  private drained: () => void = () => undefined;

  write(text: string): boolean {
    this.frames.push(text);
    this.room--;
    return this.room > 0;
  }

  onDrain(listener: () => void): void {
    this.drained = listener;
  }

  drain(room: number): void {
    this.room = room;
    this.drained();
  }
}

class Guest implements GuestLayer {
  readonly rect: Rect = { x: 0, y: 0, rows: 2, columns: 20 };
  isHeld = false;
  readonly terminal = new VirtualTerminal({ rows: 2, columns: 20 }, () => undefined);

  paint(grid: CellGrid, rect: Rect, clusters: Texts, extras: Texts): void {
    this.terminal.paint(grid, rect, clusters, extras);
  }

  cursor(): CursorState {
    return { ...(this.terminal.cursor() ?? { x: 0, y: 0 }), isVisible: true, shape: 0 };
  }

  async print(text: string): Promise<void> {
    const taken = this.terminal.write(new TextEncoder().encode(text));
    await vi.advanceTimersByTimeAsync(0);
    await taken;
  }
}

let guest: Guest;
let output: SlowOutput;
let compositor: Compositor;

beforeEach(async () => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'performance'],
  });
  guest = new Guest();
  output = new SlowOutput();
  compositor = new Compositor(SIZE, HOST, output, guest);
  compositor.setChrome('\n\nstatus');
  await vi.advanceTimersByTimeAsync(100);
  output.frames.length = 0;
});

afterEach(() => {
  compositor.close();
  guest.terminal.dispose();
  vi.useRealTimers();
});

test('a change is drawn at once, further ones within a sixtieth of a second together', async () => {
  for (const letter of 'abcde') {
    await guest.print(letter);
    compositor.changed();
    await vi.advanceTimersByTimeAsync(1);
  }
  expect(output.frames).toHaveLength(1);
  expect(output.frames[0]).toContain('a');
  await vi.advanceTimersByTimeAsync(50);
  expect(output.frames).toHaveLength(2);
  expect(output.frames[1]).toContain('bcde');
});

test('in a second there are at most 60 frames, and there is none where nothing changed', async () => {
  for (let ms = 0; ms < 1000; ms++) {
    await guest.print(`\r${ms}`);
    compositor.changed();
    await vi.advanceTimersByTimeAsync(1);
  }
  expect(output.frames.length).toBeGreaterThan(50);
  expect(output.frames.length).toBeLessThanOrEqual(61);
  await vi.advanceTimersByTimeAsync(100);
  output.frames.length = 0;
  for (let i = 0; i < 10; i++) {
    compositor.changed();
    await vi.advanceTimersByTimeAsync(20);
  }
  compositor.setChrome('\n\nstatus');
  await vi.advanceTimersByTimeAsync(1000);
  expect(output.frames).toEqual([]);
});

test('a terminal that is full gets no frame; drained, it gets the newest state in one', async () => {
  output.room = 1;
  await guest.print('first');
  compositor.changed();
  await vi.advanceTimersByTimeAsync(20);
  expect(output.frames).toHaveLength(1);
  for (let i = 0; i < 100; i++) {
    await guest.print(`\r\nline ${i}`);
    compositor.changed();
    await vi.advanceTimersByTimeAsync(20);
  }
  expect(output.frames).toHaveLength(1);
  output.drain(10);
  await vi.advanceTimersByTimeAsync(20);
  expect(output.frames).toHaveLength(2);
  expect(output.frames[1]).toContain('line 99');
  expect(output.frames[1]).not.toContain('line 50');
});

test('chrome and guest are in one write; a frame is one synchronized update', async () => {
  await guest.print('guest');
  compositor.setChrome('\n\nother');
  compositor.changed();
  await vi.advanceTimersByTimeAsync(20);
  expect(output.frames).toHaveLength(1);
  const [frame = ''] = output.frames;
  expect(frame.startsWith('\x1b[?2026h')).toBe(true);
  expect(frame.endsWith('\x1b[?2026l')).toBe(true);
  expect(frame).toContain('guest');
  expect(frame).toContain('other');
});

test('a guest in the middle of its frame is waited for, but not for ever', async () => {
  guest.isHeld = true;
  await guest.print('half');
  compositor.changed();
  await vi.advanceTimersByTimeAsync(100);
  expect(output.frames).toEqual([]);
  guest.isHeld = false;
  await vi.advanceTimersByTimeAsync(20);
  expect(output.frames).toHaveLength(1);
  guest.isHeld = true;
  await guest.print(' and more');
  compositor.changed();
  await vi.advanceTimersByTimeAsync(200);
  expect(output.frames).toHaveLength(2);
});

test('after a resize and a redraw everything is drawn', async () => {
  await guest.print('text');
  compositor.resize({ rows: 4, columns: 22 });
  compositor.setChrome('\n\n\nstatus');
  await vi.advanceTimersByTimeAsync(20);
  expect(output.frames.join('')).toMatch(/\x1b\[2J.*text.*status/);
  output.frames.length = 0;
  compositor.redraw();
  await vi.advanceTimersByTimeAsync(20);
  expect(output.frames.join('')).toMatch(/\x1b\[2J.*text.*status/);
});
