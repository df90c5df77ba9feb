/** Lines of --trace exec and --trace irq: each instruction with what it changed, each trap that is taken. */
import { PRIVILEGE } from '../../isa/csr.ts';
import { disassemble } from '../../isa/disassemble.ts';
import { FLOAT_REGISTER_NAMES, INTEGER_REGISTER_NAMES } from '../../isa/registers.ts';
import { causeName, INTERRUPT } from '../../isa/trap.ts';
import { type Channel, log } from '../../lib/log.ts';
import type { Bus } from '../bus.ts';
import type { Hart } from '../hart.ts';
import { HART } from '../hart-layout.ts';
import type { PhysicalMemory } from '../memory.ts';
import { Inspector } from './inspect.ts';

/** One line per instruction; the harts are stepped while it is on. */
export const execChannel: Channel = log.channel('exec');
const irqChannel = log.channel('irq');

const PRIVILEGE_LETTERS: Readonly<Record<number, string>> = {
  [PRIVILEGE.USER]: 'U',
  [PRIVILEGE.SUPERVISOR]: 'S',
  [PRIVILEGE.MACHINE]: 'M',
};
const INTERRUPT_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(INTERRUPT).map(([name, cause]) => [cause, name.toLowerCase().replace('_', ' ')]),
);
const REGISTER_NAMES = [...INTEGER_REGISTER_NAMES, ...FLOAT_REGISTER_NAMES];
/** x and f registers in a hart block. */
const REGISTER_WORDS = 2 * REGISTER_NAMES.length;

/** Sixteen digits. */
function hex(low: number, high: number): string {
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
}

function pcText({ state }: Hart): string {
  return hex(state.word(HART.PC), state.word(HART.PC + 4));
}

/** A trap is about to be taken, into `to`. */
export function traceTrap(hart: Hart, cause: number, isInterrupt: boolean, to: number): void {
  if (!irqChannel.isOn) return;
  const { state } = hart;
  const from = PRIVILEGE_LETTERS[state.privilege] ?? '?';
  const name = isInterrupt ? INTERRUPT_NAMES.get(cause) : causeName(cause);
  const tval = isInterrupt ? '' : ` tval ${hex(state.word(HART.TVAL), state.word(HART.TVAL + 4))}`;
  irqChannel.write(
    `hart ${state.id} ${isInterrupt ? 'interrupt' : 'exception'} ${cause} (${name ?? 'custom'}) ` +
      `${from}>${PRIVILEGE_LETTERS[to] ?? '?'} epc ${pcText(hart)}${tval}`,
  );
}

export class ExecTrace {
  private readonly inspector: Inspector;
  private readonly before = new Uint32Array(REGISTER_WORDS);
  private text = '';

  constructor(memory: PhysicalMemory, bus: Bus) {
    this.inspector = new Inspector(memory, bus);
  }

  /** The instruction at pc is about to run. */
  begin(hart: Hart): void {
    const { state } = hart;
    const pc = BigInt(`0x${pcText(hart)}`);
    const mode = PRIVILEGE_LETTERS[state.privilege] ?? '?';
    this.text = `${state.id} ${mode} ${pcText(hart)}: ${this.instruction(hart, pc)}`;
    this.before.set(state.words.subarray(state.base, state.base + REGISTER_WORDS));
  }

  private instruction(hart: Hart, pc: bigint): string {
    const bytes = this.inspector.readVirtual(hart, pc, 4);
    if (bytes.length < 2) return '(not mapped)';
    const low = (bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8);
    const high = (bytes[2] ?? 0) | ((bytes[3] ?? 0) << 8);
    const isLong = (low & 3) === 3;
    const word = isLong ? ((high << 16) | low) >>> 0 : low;
    const digits = word.toString(16).padStart(isLong ? 8 : 4, '0');
    return `${digits.padEnd(8)}  ${disassemble(low, high, { pc, aliases: true })}`;
  }

  /** It has run, or trapped. */
  end(hart: Hart): void {
    const { words, base } = hart.state;
    let changes = '';
    for (let word = 0; word < REGISTER_WORDS; word += 2) {
      const low = words[base + word] as number;
      const high = words[base + word + 1] as number;
      if (low === this.before[word] && high === this.before[word + 1]) continue;
      changes += ` ${REGISTER_NAMES[word >>> 1] ?? ''}=${hex(low, high)}`;
    }
    execChannel.write(changes === '' ? this.text : `${this.text}  #${changes}`);
  }
}
