/**
 * The screen. First what a frame costs in processor time by itself, with every line another one than before. Then through a real
 * pty: frames a second and the main thread's processor time for each of them while `yes`, `top` and `vi`
 * run, and how long a key takes to its echo. (Of `yes` little is drawn: its screen stays the same.) The marks: 60 frames a second at 80x24, 30 at 200x50; 20 ms at the median.
 * `terminal.ts [--seconds N] [--keys N]`
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { spawn } from 'node-pty';
import { CellGrid, Texts } from '../../src/ui/screen/cells.ts';
import { FrameWriter } from '../../src/ui/screen/frame-writer.ts';
import { VirtualTerminal } from '../../src/ui/virtual-terminal.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    keys: { type: 'string', default: '200' },
  },
});
const seconds = Number(values.seconds);
const keys = Number(values.keys);
const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
const SIZES = [
  { columns: 80, rows: 24 },
  { columns: 200, rows: 50 },
];
const FRAME = '\x1b[?2026h';
/** Of Linux's clock ticks: USER_HZ. */
const TICK_MS = 10;
const POLL_MS = 5;

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

class Screen {
  private readonly pty: ReturnType<typeof spawn>;
  private all = '';
  onData: () => void = () => undefined;

  constructor(size: { columns: number; rows: number }) {
    this.pty = spawn(process.execPath, [CLI], {
      cols: size.columns,
      rows: size.rows,
      name: 'xterm-256color',
      env: { ...process.env, TERM: 'xterm-256color', COLORTERM: 'truecolor' },
    });
    this.pty.onData((data) => {
      this.all += data;
      this.onData();
    });
  }

  type(text: string): void {
    this.pty.write(text);
  }

  /** What has been written since it was last asked. */
  take(): string {
    const text = this.all;
    this.all = '';
    return text;
  }

  async waitFor(text: string): Promise<void> {
    while (!this.all.includes(text)) await pause(POLL_MS);
    this.take();
  }

  /** Processor time of the main thread, which draws. */
  drawingMs(): number {
    const { pid } = this.pty;
    const stat = readFileSync(`/proc/${pid}/task/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  }

  close(): void {
    this.pty.kill('SIGKILL');
  }
}

interface Load {
  name: string;
  start: string;
  /** Typed over and over, while it runs. */
  keys?: string;
  end: string;
}

const LOADS: Load[] = [
  { name: 'yes', start: 'yes\r', end: '\x03' },
  { name: 'seq', start: 'seq 1000000000\r', end: '\x03' },
  // It redraws itself on each key.
  { name: 'top', start: 'top\r', keys: ' ', end: 'q' },
  { name: 'vi', start: 'seq 100000 > n; vi n\r', keys: '\x06', end: ':q!\r' },
];
const TYPING_MS = 8;
const WARM_FRAMES = 100;
const ALONE_FRAMES = 200;
/** So many keys, then ^U. */
const LINE = 60;
/** None of them ends a control sequence that we write. */
const LETTERS = 'QWERTYUIOPASDFZXCVBN';

async function measure(screen: Screen, load: Load): Promise<string> {
  screen.type(load.start);
  await pause(1500);
  screen.take();
  const [startMs, startCpu] = [performance.now(), screen.drawingMs()];
  while (performance.now() - startMs < seconds * 1000) {
    if (load.keys !== undefined) screen.type(load.keys);
    await pause(TYPING_MS);
  }
  const cpu = screen.drawingMs() - startCpu;
  const elapsed = (performance.now() - startMs) / 1000;
  const text = screen.take();
  const frames = text.split(FRAME).length - 1;
  screen.type(load.end);
  screen.type('clear; echo end$((1+1))\r');
  await screen.waitFor('end2');
  return [
    load.name.padEnd(4),
    `${(frames / elapsed).toFixed(1).padStart(6)} frames/s`,
    `${(cpu / Math.max(1, frames)).toFixed(2).padStart(7)} ms of CPU a frame`,
    `${(cpu / elapsed / 10).toFixed(0).padStart(4)} % of a processor`,
    `${(text.length / 1024 / elapsed).toFixed(0).padStart(6)} KiB/s written`,
  ].join('  ');
}

/** From the write of a key to the frame with its echo, each key alone. */
async function latencies(screen: Screen): Promise<number[]> {
  const found: number[] = [];
  screen.type('\rcat > /dev/null\r');
  await pause(1000);
  screen.take();
  for (let i = 0; i < keys; i++) {
    // Another one than the last line had here: what is already there would not be drawn again.
    const letter = LETTERS[(i + Math.floor(i / LINE)) % LETTERS.length] as string;
    const start = performance.now();
    const echo = new Promise<number>((done) => {
      let seen = '';
      screen.onData = () => {
        seen += screen.take();
        if (seen.includes(letter)) done(performance.now() - start);
      };
    });
    screen.type(letter);
    found.push(await echo);
    screen.onData = () => undefined;
    // So that it is not the pace of frames that is measured, nor a rhythm of ours.
    await pause(20 + (i % 7) * 5);
    if (i % LINE === LINE - 1) screen.type('\x15');
  }
  screen.type('\x03');
  return found.sort((a, b) => a - b);
}

/** Taking in a screenful of new lines, painting it, and making the frame: milliseconds of CPU for each. */
async function drawingAlone(size: { columns: number; rows: number }): Promise<string> {
  const terminal = new VirtualTerminal(size, () => undefined);
  const [clusters, extras] = [new Texts(), new Texts()];
  const host = { depth: 24, hasStrings: true, hasSynchronizedOutput: true } as const;
  const writer = new FrameWriter(host, clusters, extras);
  const grid = new CellGrid(size.rows, size.columns);
  const spent = [0, 0, 0];
  let bytes = 0;
  for (let frame = 0; frame < WARM_FRAMES + ALONE_FRAMES; frame++) {
    if (frame === WARM_FRAMES) {
      spent.fill(0);
      bytes = 0;
    }
    const lines = Array.from({ length: size.rows }, (_, row) => {
      const words = `\x1b[3${row % 8}mframe ${frame} row ${row}\x1b[m `.repeat(size.columns / 16);
      return words.slice(0, size.columns);
    });
    const text = new TextEncoder().encode(`\r\n${lines.join('\x1b[m\r\n')}`);
    const marks = [process.cpuUsage()];
    await terminal.write(text);
    marks.push(process.cpuUsage());
    terminal.paint(grid, { x: 0, y: 0, ...size }, clusters, extras);
    marks.push(process.cpuUsage());
    bytes += writer.frame(grid, { x: 0, y: 0, isVisible: true, shape: 0 }).length;
    marks.push(process.cpuUsage());
    for (let i = 0; i < spent.length; i++) {
      const [from, to] = [marks[i], marks[i + 1]];
      if (from && to)
        spent[i] = (spent[i] ?? 0) + (to.user + to.system - from.user - from.system) / 1000;
    }
  }
  terminal.dispose();
  const each = spent.map((ms) => (ms / ALONE_FRAMES).toFixed(2));
  return `a frame by itself: taken in ${each[0]} ms, painted ${each[1]}, written ${each[2]} (${(bytes / ALONE_FRAMES / 1024).toFixed(1)} KiB)`;
}

for (const size of SIZES) {
  process.stdout.write(`${size.columns}x${size.rows}\n  ${await drawingAlone(size)}\n`);
  const screen = new Screen(size);
  await screen.waitFor('root@hartix');
  for (const load of LOADS) process.stdout.write(`  ${await measure(screen, load)}\n`);
  const times = await latencies(screen);
  const at = (part: number) => (times[Math.floor(part * (times.length - 1))] ?? 0).toFixed(1);
  process.stdout.write(`  key to echo: ${at(0.5)} ms (median), ${at(0.9)} ms (nine of ten)\n`);
  screen.close();
}
