/** The commands of gdb's `monitor`: what the protocol has no packets for. */
import { PRIVILEGE } from '../../isa/csr.ts';
import type { Hart } from '../hart.ts';
import { HART } from '../hart-layout.ts';
import type { Debugger } from './debugger.ts';

const PRIVILEGE_NAMES: Readonly<Record<number, string>> = {
  [PRIVILEGE.USER]: 'U-mode',
  [PRIVILEGE.SUPERVISOR]: 'S-mode',
  [PRIVILEGE.MACHINE]: 'M-mode',
};
const MAX_WORDS = 1024;
const WORDS_PER_LINE = 4;

interface Command {
  readonly usage: string;
  readonly does: string;
  readonly run: (debug: Debugger, words: readonly string[]) => string;
}

/** By their first word. */
export type Commands = Readonly<Record<string, Command>>;

const hex = (value: number | bigint, digits: number): string =>
  value.toString(16).padStart(digits, '0');

/** One line about a hart. */
export function hartSummary(hart: Hart): string {
  const { state } = hart;
  const mode = PRIVILEGE_NAMES[state.privilege] ?? '';
  const pc = hex(state.word(HART.PC + 4), 8) + hex(state.word(HART.PC), 8);
  return `hart ${state.id} ${mode} pc ${pc} instret ${state.number(HART.INSTRET)}`;
}

/** C's notation: 0x…, or decimal. */
function parse(text: string | undefined): number | undefined {
  return text !== undefined && /^(0x[0-9a-f]{1,13}|[0-9]{1,15})$/i.test(text)
    ? Number(text)
    : undefined;
}

function examine(debug: Debugger, [addressText, countText = '1']: readonly string[]): string {
  const address = parse(addressText);
  const count = parse(countText);
  if (address === undefined || count === undefined || count < 1 || count > MAX_WORDS) {
    return `usage: xp ADDRESS [COUNT], at most ${MAX_WORDS}\n`;
  }
  const bytes = debug.memory.readPhysical(BigInt(address), 4 * count);
  if (bytes.length < 4) return `nothing can be read at physical 0x${hex(address, 1)}\n`;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lines: string[] = [];
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    if (at % (4 * WORDS_PER_LINE) === 0) lines.push(`${hex(address + at, 16)}:`);
    lines.push(` 0x${hex(view.getUint32(at, true), 8)}`);
    if (at % (4 * WORDS_PER_LINE) === 4 * (WORDS_PER_LINE - 1)) lines.push('\n');
  }
  return lines.join('').trimEnd().concat('\n');
}

function info(debug: Debugger, [topic]: readonly string[]): string {
  const { machine } = debug;
  if (topic === 'harts') return machine.harts.map((hart) => `${hartSummary(hart)}\n`).join('');
  if (topic === 'engine') {
    return Object.entries(machine.engine.statistics())
      .map(([name, value]) => `${name} ${value}\n`)
      .join('');
  }
  return 'usage: info harts | info engine\n';
}

const COMMANDS: Commands = {
  info: { usage: 'info harts|engine', does: 'modes and pcs, or counters of the engine', run: info },
  reset: {
    usage: 'reset',
    does: 'to the state at power-on; then: maintenance flush register-cache',
    run: ({ reset }) => {
      if (!reset) return 'not of a machine with a kernel that is no guest code\n';
      reset();
      return 'the machine is at power-on\n';
    },
  },
  xp: {
    usage: 'xp ADDRESS [COUNT]',
    does: 'words of physical memory or of a device',
    run: examine,
  },
};

function helpText(commands: Commands): string {
  return [...Object.values(commands), { usage: 'help', does: 'this list' }]
    .map(({ usage, does }) => `${usage.padEnd(20)} ${does}\n`)
    .join('');
}

/** Text for the user. `further`: commands beside those of every machine. */
export function monitor(debug: Debugger, line: string, further: Commands = {}): string {
  const commands: Commands = { ...COMMANDS, ...further };
  const [name = '', ...words] = line.trim().split(/\s+/);
  if (name === 'help') return helpText(commands);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  return command ? command.run(debug, words) : `no command '${name}'; help lists them\n`;
}
