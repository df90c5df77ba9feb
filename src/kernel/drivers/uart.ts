/** Serial port 16550A, as the TL16C550C data sheet names its registers; the early console. */
import type { Platform } from '../../platform/platform.ts';
import type { PortReceiver, TtyPort } from '../tty/port.ts';
import type { InterruptTarget } from './plic.ts';

/** Registers: receive and transmit data, interrupt enable, line status. */
const DATA = 0;
const IER = 1;
const LSR = 5;
const IER_RECEIVE = 1;
const LSR_DATA_READY = 1;
const LSR_TRANSMIT_EMPTY = 0x20;

export class Uart implements TtyPort, InterruptTarget {
  readonly name: string;
  receiver: PortReceiver | undefined;
  private readonly platform: Platform;
  private readonly base: number;
  private readonly shift: number;

  /** `shift`: registers are 1 << shift bytes apart (reg-shift of the device tree). */
  constructor(name: string, platform: Platform, base: number, shift: number) {
    this.name = name;
    this.platform = platform;
    this.base = base;
    this.shift = shift;
  }

  /** Start to take input for a terminal. */
  open(receiver: PortReceiver): void {
    this.receiver = receiver;
    this.set(IER, IER_RECEIVE);
  }

  write(bytes: Uint8Array): number {
    let count = 0;
    for (const byte of bytes) {
      if (!(this.get(LSR) & LSR_TRANSMIT_EMPTY)) break;
      this.set(DATA, byte);
      count++;
    }
    return count;
  }

  inputReady(): void {
    this.interrupt();
  }

  /** Move input to the terminal while it takes it; what it cannot take stays in the chip with its interrupt masked. */
  interrupt(): void {
    const receiver = this.receiver;
    if (!receiver) return;
    this.set(IER, IER_RECEIVE);
    while (this.get(LSR) & LSR_DATA_READY) {
      if (receiver.receive(Uint8Array.of(this.get(DATA))) === 0) {
        this.set(IER, 0);
        return;
      }
    }
  }

  private get(register: number): number {
    return this.platform.readMmio(this.base + (register << this.shift), 1);
  }
  private set(register: number, value: number): void {
    this.platform.writeMmio(this.base + (register << this.shift), 1, value);
  }
}
