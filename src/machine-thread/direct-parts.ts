/**
 * A twin's parts on the way from its parent's thread straight to its own. The pages of RAM are copied there, and harts and devices restored, while
 * the kernel's objects are saved here, where the twin's thread has nothing else to do and a machine is ready; otherwise all comes with the parts.
 */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { PhysicalMemory } from '../machine/memory.ts';
import { restoreHardware } from '../machine/snapshot/machine-state.ts';
import { copyFrames } from '../machine/snapshot/pages.ts';
import type { StateValue } from '../machine/state.ts';
import { DOORBELL, type MachineOptions, type SystemParts, type TwinTarget } from '../protocol.ts';
import type { PreparedMachine } from './prepared-machine.ts';

/** Of the shared word. OVER: nothing more comes, or nobody shall copy any more. */
const STATE = { OFFERED: 0, TAKEN: 1, COPIED: 2, OVER: 3 } as const;
/** For another thread to get its work done: more where something is wrong. */
const PATIENCE_MS = 200;

type Message =
  | {
      type: 'pages';
      ram: Uint8Array;
      frames: Uint32Array;
      described: StateValue;
      hardware: StateValue;
      state: Int32Array;
    }
  | { type: 'parts'; parts: SystemParts };

/** The parent's end. */
export class PartsSender {
  private readonly target: TwinTarget;
  private readonly state = new Int32Array(new SharedArrayBuffer(4));

  constructor(target: TwinTarget) {
    this.target = target;
  }

  /**
   * RAM stands still from now on until areCopied() or close(). `described`: what the machine is made from; `hardware`: the state of all of it
   * but RAM.
   */
  offer(
    { u8: ram }: PhysicalMemory,
    used: readonly number[],
    described: StateValue,
    hardware: StateValue,
  ): void {
    const frames = new Uint32Array(new SharedArrayBuffer(4 * used.length));
    frames.set(used);
    this.post({ type: 'pages', ram, frames, described, hardware, state: this.state });
  }

  /** Whether the other thread has the pages and the hardware's state. If not, it will not take them any more. */
  areCopied(): boolean {
    const { state } = this;
    if (Atomics.compareExchange(state, 0, STATE.OFFERED, STATE.OVER) === STATE.OFFERED)
      return false;
    Atomics.wait(state, 0, STATE.TAKEN, PATIENCE_MS);
    return Atomics.compareExchange(state, 0, STATE.TAKEN, STATE.OVER) === STATE.COPIED;
  }

  send(parts: SystemParts): void {
    this.post({ type: 'parts', parts });
  }

  close(): void {
    Atomics.store(this.state, 0, STATE.OVER);
    Atomics.notify(this.state, 0);
    this.target.port.close();
  }

  private post(message: Message): void {
    const { port, doorbell } = this.target;
    port.postMessage(message);
    Atomics.add(doorbell, DOORBELL.REQUESTS, 1);
    Atomics.notify(doorbell, DOORBELL.REQUESTS);
  }
}

/** A twin that is asked for, until its parts are there. */
export class ExpectedTwin {
  /** Given to the machine: its line to the main thread. */
  readonly line: MessagePort;
  readonly options: MachineOptions;
  private readonly port: MessagePort;
  /** The machine that has the pages and the hardware's state. */
  private filled: PreparedMachine | undefined;

  /** `port`: where its parts come. */
  constructor(line: MessagePort, options: MachineOptions, port: MessagePort) {
    this.line = line;
    this.options = options;
    this.port = port;
  }

  /**
   * Takes what has come. `claim`: the machine that is ready, if it is one of that description; it is this twin's then. Returns the parts,
   * with the machine that has what is not in them.
   */
  poll(
    claim: (described: StateValue) => PreparedMachine | undefined,
  ): { parts: SystemParts; filled: PreparedMachine | undefined } | undefined {
    for (;;) {
      const received = receiveMessageOnPort(this.port);
      if (!received) return undefined;
      const message = received.message as Message;
      if (message.type === 'pages') this.copy(message, claim);
      else {
        const { filled } = this;
        this.filled = undefined;
        this.close();
        return { parts: message.parts, filled };
      }
    }
  }

  close(): void {
    this.port.close();
    this.filled?.board.close();
    this.filled = undefined;
  }

  private copy(
    { ram, frames, described, hardware, state }: Extract<Message, { type: 'pages' }>,
    claim: (described: StateValue) => PreparedMachine | undefined,
  ): void {
    if (Atomics.compareExchange(state, 0, STATE.OFFERED, STATE.TAKEN) !== STATE.OFFERED) return;
    const machine = claim(described);
    const isFilled = machine !== undefined && fill(machine, ram, frames, hardware);
    const outcome = isFilled ? STATE.COPIED : STATE.OVER;
    const isInTime = Atomics.compareExchange(state, 0, STATE.TAKEN, outcome) === STATE.TAKEN;
    Atomics.notify(state, 0);
    if (!machine) return;
    if (isFilled && isInTime) {
      this.filled = machine;
      // The parent is at its last objects.
      Atomics.wait(state, 0, STATE.COPIED, PATIENCE_MS);
    } else machine.board.close();
  }
}

/** Whether it could be: if not, it is no machine any more, and the parts that come say what was wrong. */
function fill(
  { board }: PreparedMachine,
  ram: Uint8Array,
  frames: Uint32Array,
  hardware: StateValue,
): boolean {
  copyFrames(ram, frames, board.machine.memory);
  try {
    restoreHardware(board.machine, hardware);
    return true;
  } catch {
    return false;
  }
}
