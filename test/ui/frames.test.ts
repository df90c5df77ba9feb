/** Whole frames at 80x24 and 200x50: recorded programs, the bottom line, looking back. `vitest -u` writes them anew. */
import xterm from '@xterm/headless';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { System } from '../../src/api/system.ts';
import { characterWidths } from '../../src/ui/character-widths.ts';
import { type Drawing, openTerminal } from '../../src/ui/open-terminal.ts';
import { TerminalSession } from '../../src/ui/terminal-session.ts';
import { type RecordedProgram, recordedPrograms } from './programs.ts';

const HOST = { depth: 24, hasStrings: true, hasSynchronizedOutput: true } as const;
const PROC: Readonly<Record<string, string>> = {
  stat: 'cpu  100 0 50 850 0 0 0 0 0 0\n',
  meminfo: 'MemTotal: 262144 kB\nMemAvailable: 200000 kB\n',
  loadavg: '0.00 0.01 0.05 1/7 42\n',
  uptime: '3725.00 3000.00\n',
  jit: 'instructions 1000000\nregions 321\n',
};

/** As much of a system as the screen asks for. */
class RecordedSystem {
  readonly typed: string[] = [];
  readonly sizes: object[] = [];
  readonly devices = {};
  readonly fs = {
    readFile: (path: string) => Promise.resolve(PROC[path.replace('/proc/', '')] ?? ''),
  };
  print: (bytes: Uint8Array) => void | Promise<void> = () => undefined;

  onConsole(listener: (bytes: Uint8Array) => void | Promise<void>): void {
    this.print = listener;
  }

  writeConsole(data: string | Uint8Array): void {
    this.typed.push(String(data));
  }

  resizeConsole(size: object): void {
    this.sizes.push(size);
  }
}

class Frames {
  readonly system = new RecordedSystem();
  readonly session: TerminalSession;
  private readonly screen: xterm.Terminal;
  private readonly drawing: Drawing;

  private constructor({ rows, columns }: { rows: number; columns: number }) {
    this.screen = new xterm.Terminal({ rows, cols: columns, allowProposedApi: true });
    this.screen.unicode.register(characterWidths);
    this.screen.unicode.activeVersion = characterWidths.version;
    const size = { rows, columns };
    this.session = new TerminalSession({ size, host: HOST, allowsClipboard: false });
    this.drawing = openTerminal(this.session, HOST, {
      write: (text) => {
        this.screen.write(text);
        return true;
      },
      onDrain: () => undefined,
    });
    this.session.attach(this.system as unknown as System);
  }

  static async open(size: { rows: number; columns: number }): Promise<Frames> {
    const frames = new Frames(size);
    await frames.drawing.load();
    return frames;
  }

  async print(text: string): Promise<void> {
    const taken = this.system.print(new TextEncoder().encode(text));
    await this.settle();
    await taken;
  }

  type(keys: string): void {
    for (const key of keys) this.session.type(new TextEncoder().encode(key));
  }

  async settle(): Promise<void> {
    await vi.advanceTimersByTimeAsync(200);
  }

  /** The lines, then what is not plain in them. */
  picture(): string {
    const { active } = this.screen.buffer;
    const text: string[] = [];
    const styles: string[] = [];
    for (let y = 0; y < this.screen.rows; y++) {
      const line = active.getLine(active.baseY + y);
      text.push(line?.translateToString(true) ?? '');
      let last = '';
      for (let x = 0; x < this.screen.cols; x++) {
        const cell = line?.getCell(x);
        const style = cell ? styleOf(cell) : '';
        if (style !== last && style !== '') styles.push(`${y}:${x} ${style}`);
        else if (style !== last) styles.push(`${y}:${x} plain`);
        last = style;
      }
    }
    const cursor = `cursor ${active.cursorY}:${active.cursorX}`;
    return `${text.join('\n')}\n----\n${styles.join('\n')}\n${cursor}\n`;
  }

  dispose(): void {
    this.drawing.close();
    this.session.detach();
    this.screen.dispose();
  }
}

function styleOf(cell: xterm.IBufferCell): string {
  const words = [
    cell.isBold() && 'bold',
    cell.isDim() && 'dim',
    cell.isInverse() && 'inverse',
    cell.isUnderline() && 'underline',
    !cell.isFgDefault() && `front ${cell.getFgColor().toString(16)}`,
    !cell.isBgDefault() && `back ${cell.getBgColor().toString(16)}`,
  ];
  return words.filter(Boolean).join(' ');
}

let frames: Frames | undefined;

// Before Ink is loaded, which asks once.
vi.hoisted(() => {
  process.env['FORCE_COLOR'] = '3';
});

beforeEach(() => {
  vi.useFakeTimers({
    toFake: [
      'setTimeout',
      'clearTimeout',
      'setInterval',
      'clearInterval',
      'setImmediate',
      'clearImmediate',
      'performance',
    ],
  });
});

afterEach(() => {
  frames?.dispose();
  vi.useRealTimers();
});

async function show(program: RecordedProgram): Promise<Frames> {
  frames = await Frames.open(program);
  await frames.settle();
  await frames.print(program.text);
  return frames;
}

test.each(recordedPrograms())('$name at $columns x $rows', async (program) => {
  const shown = await show(program);
  await expect(shown.picture()).toMatchFileSnapshot(
    `frames/${program.name}-${program.columns}x${program.rows}.txt`,
  );
});

test.each(recordedPrograms().filter(({ name }) => name === 'colours'))(
  'looking back at $columns x $rows',
  async (program) => {
    const shown = await show(program);
    shown.type('\x01[?rgb\rv');
    shown.type('$');
    await shown.settle();
    await expect(shown.picture()).toMatchFileSnapshot(
      `frames/looking-back-${program.columns}x${program.rows}.txt`,
    );
    shown.type('y');
    await shown.settle();
    expect(shown.system.typed).toEqual([]);
    shown.type('\x01]');
    expect(shown.system.typed).toEqual(['rgb 日本 e\u0301']);
  },
);

test('a view takes its part and gives it back; the guest is told', async () => {
  frames = await Frames.open({ rows: 24, columns: 80 });
  await frames.settle();
  await frames.print('text');
  const before = frames.picture();
  frames.type('\x01?');
  await frames.settle();
  expect(frames.picture()).toMatch(/^text\n/);
  expect(frames.picture()).toContain('Keys');
  frames.type('q');
  await frames.settle();
  expect(frames.picture()).toBe(before);
  expect(frames.system.sizes).toEqual([
    { rows: 11, columns: 80 },
    { rows: 23, columns: 80 },
  ]);
});

test('on a wide screen it is beside the terminal, and zoomed it has all of it', async () => {
  frames = await Frames.open({ rows: 50, columns: 200 });
  await frames.settle();
  frames.type('\x01?');
  await frames.settle();
  expect(frames.system.sizes).toEqual([{ rows: 49, columns: 100 }]);
  expect(frames.picture().split('\n')[0]).toMatch(/^ {100}\S/);
  frames.type('\x01z');
  await frames.settle();
  expect(frames.picture().split('\n')[0]).toMatch(/^\S/);
  expect(frames.system.sizes).toHaveLength(1);
});
