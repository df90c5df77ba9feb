/** The board's monitor as a line that is typed: device_add, device_del, info devices, after QEMU's. */
import type { DeviceInfo, DeviceOptions, Devices } from './devices.ts';
import { HartixError } from './errors.ts';

/** One line that says what there is. */
export const MONITOR_HELP =
  'device_add disk FILE[:ro|:cow] [NAME] | mount FOLDER[:ro] [TAG] | rng [NAME]; device_del NAME [pull]; info devices';

type Board = Pick<Devices, 'add' | 'remove' | 'list'>;

function describe({ name, kind, slot }: DeviceInfo): string {
  return `${name} (${kind}, slot ${slot})`;
}

function optionsOf(kind: string | undefined, words: readonly string[]): DeviceOptions | undefined {
  const [first, second] = words;
  const named = (name: string | undefined) => (name === undefined ? {} : { name });
  if (kind === 'rng' && words.length <= 1) return { rng: true, ...named(first) };
  if (first === undefined || words.length > 2) return undefined;
  if (kind === 'disk') return { disk: first, ...named(second) };
  if (kind === 'mount') return { mount: first, ...(second === undefined ? {} : { tag: second }) };
  return undefined;
}

/** Words, of which some may stand in double quotes. */
function wordsOf(line: string): string[] {
  return (line.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replace(/^"(.*)"$/, '$1'));
}

/** Do what a line says; resolves with the answer, which for what cannot be done says why. */
async function perform(devices: Board, line: string): Promise<string> {
  const [command, ...words] = wordsOf(line);
  if (command === undefined) return '';
  if (command === 'device_add') {
    const options = optionsOf(words[0], words.slice(1));
    if (options) return `${describe(await devices.add(options))} added`;
  } else if (command === 'device_del') {
    const [name, how] = words;
    if (name !== undefined && words.length <= 2 && (how === undefined || how === 'pull')) {
      await devices.remove(name, { pull: how === 'pull' });
      return `${name} removed`;
    }
  } else if (command === 'info' && words.join(' ') === 'devices') {
    return (await devices.list()).map(describe).join(', ');
  }
  return MONITOR_HELP;
}

const CONTROL_C = '\x03';
const BACKSPACE = '\b';
const DELETE = '\x7f';
const KILL_LINE = '\x15';
const ESCAPE = '\x1b';

/** Takes a line by keys, and answers it. */
export class Monitor {
  /** What has been typed; undefined while nobody types at it. */
  line: string | undefined;
  private readonly devices: Board;
  private readonly answer: (text: string) => void;

  /** `answer` is called after each line, when it has been done. */
  constructor(devices: Board, answer: (text: string) => void) {
    this.devices = devices;
    this.answer = answer;
  }

  open(): void {
    this.line = '';
  }

  /** Keys: Enter does the line, Escape and ^C leave it. */
  type(keys: string): void {
    for (const key of keys) {
      const { line } = this;
      if (line === undefined) return;
      if (key === '\r' || key === '\n') {
        this.line = undefined;
        void this.perform(line);
      } else if (key === CONTROL_C || key === ESCAPE) this.line = undefined;
      else if (key === BACKSPACE || key === DELETE) this.line = line.slice(0, -1);
      else if (key === KILL_LINE) this.line = '';
      else if (key >= ' ') this.line = line + key;
    }
  }

  private async perform(line: string): Promise<void> {
    try {
      this.answer(await perform(this.devices, line));
    } catch (error) {
      if (!(error instanceof HartixError)) throw error;
      this.answer(error.message);
    }
  }
}
