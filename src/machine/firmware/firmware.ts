/** Built-in firmware: what M-mode software does for a supervisor, done by the machine (SBI 2.0; ../boot starts it). */
import { CAUSE } from '../../isa/trap.ts';
import type { Hart } from '../hart.ts';
import { HART } from '../hart-layout.ts';
import type { TrapObserver } from '../hart-runner.ts';
import { baseExtension } from './base.ts';
import { type FirmwareBoard, SbiCall, type SbiExtension } from './call.ts';
import { debugConsoleExtension, writeConsole } from './console.ts';
import { ipiExtension, rfenceExtension } from './harts.ts';
import { HSM_STATE, hsmExtension, setHsmState } from './hsm.ts';
import { performLegacy } from './legacy.ts';
import { pmuExtension } from './pmu.ts';
import { systemResetExtension } from './reset.ts';
import { SBI_ERROR, SBI_EXTENSION } from './sbi.ts';
import { enterSupervisor } from './supervisor-entry.ts';
import { timeExtension } from './time.ts';

const A6 = HART.X + 16 * 8;
const A7 = HART.X + 17 * 8;
const TWO_32 = 0x1_0000_0000;
const ECALL_BYTES = 4;

/** THE table of extensions; Base is added to it, and the legacy ones are numbers of their own. */
const EXTENSIONS: readonly SbiExtension[] = [
  timeExtension,
  ipiExtension,
  rfenceExtension,
  hsmExtension,
  systemResetExtension,
  debugConsoleExtension,
  pmuExtension,
];

export class BuiltInFirmware implements TrapObserver {
  private readonly board: FirmwareBoard;
  private readonly extensions = new Map<number, SbiExtension>();

  constructor(board: FirmwareBoard) {
    this.board = board;
    const base = baseExtension(
      (id) => this.extensions.has(id) || (id >= 0 && id <= SBI_EXTENSION.SHUTDOWN),
    );
    for (const extension of [base, ...EXTENSIONS]) this.extensions.set(extension.id, extension);
  }

  /** On the console. */
  print(text: string): void {
    for (const byte of new TextEncoder().encode(text)) writeConsole(this.board, byte);
  }

  /** After a reset: hart 0 enters the supervisor at `entry`, with the device tree's address; the others are stopped. */
  start(harts: readonly Hart[], entry: number, deviceTree: number): void {
    for (const hart of harts) {
      if (hart.state.id === 0) {
        enterSupervisor(hart, entry, [deviceTree >>> 0, Math.floor(deviceTree / TWO_32)]);
      } else setHsmState(this.board.memory, hart.state.id, HSM_STATE.STOPPED);
    }
  }

  trapped(hart: Hart, cause: number): 'taken' | 'pass' {
    if (cause !== CAUSE.ECALL_FROM_S) return 'pass';
    const { state } = hart;
    const low = state.word(HART.PC) + ECALL_BYTES;
    state.setWord(HART.PC, low);
    if (low >= TWO_32) state.setWord(HART.PC + 4, state.word(HART.PC + 4) + 1);
    this.serve(new SbiCall(hart, this.board));
    return 'taken';
  }

  private serve(call: SbiCall): void {
    const { state } = call.hart;
    const id = state.word(A7);
    const isNumber = state.word(A7 + 4) === 0;
    if (isNumber && id <= SBI_EXTENSION.SHUTDOWN) {
      performLegacy(call, id);
      return;
    }
    const extension = isNumber ? this.extensions.get(id) : undefined;
    const functionId = state.word(A6 + 4) === 0 ? state.word(A6) : -1;
    call.answer(extension?.call(call, functionId) ?? SBI_ERROR.NOT_SUPPORTED);
  }
}
