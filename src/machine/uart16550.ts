/** 16550A UART with FIFOs: National Semiconductor PC16550D data sheet; byte-wide registers. */
import {
  BUS_ERROR,
  type ByteSink,
  type ByteSource,
  type Device,
  type InterruptLine,
} from './device.ts';
import type { StateValue } from './state.ts';
import { StateFields } from './state-fields.ts';

export const UART_BYTES = 0x100;
const REGISTER = {
  /** Receive and transmit; the low byte of the divisor while LCR.DLAB is set. */
  DATA: 0,
  /** Interrupt enable; the divisor's high byte while LCR.DLAB is set. */
  IER: 1,
  /** Interrupt identification when read, FIFO control when written. */
  IIR: 2,
  LCR: 3,
  MCR: 4,
  LSR: 5,
  MSR: 6,
  SCRATCH: 7,
} as const;

const IER = { RECEIVED: 1, EMPTY: 2, LINE: 4 } as const;
const IIR = { NONE: 1, EMPTY: 2, RECEIVED: 4, LINE: 6, TIMEOUT: 12, FIFOS: 0xc0 } as const;
const FCR = { ENABLE: 1, CLEAR_RECEIVE: 2 } as const;
const LCR_DLAB = 0x80;
const MCR_LOOP = 0x10;
const LSR = { READY: 1, OVERRUN: 2, HOLDING_EMPTY: 0x20, EMPTY: 0x40 } as const;
/** Carrier, data set ready, clear to send. */
const MSR_CONNECTED = 0xb0;
const FIFO_BYTES = 16;
const TRIGGER: readonly number[] = [1, 4, 8, 14];

export class Uart16550 implements Device {
  private readonly interrupt: InterruptLine;
  private readonly source: ByteSource;
  private readonly sink: ByteSink;
  private readonly one = new Uint8Array(1);
  private readonly input = new Uint8Array(FIFO_BYTES);
  /** Received bytes, oldest first. */
  private fifo: number[] = [];
  private ier = 0;
  private fcr = 0;
  private lcr = 0;
  private mcr = 0;
  private scratch = 0;
  private divisorLow = 0;
  private divisorHigh = 0;
  private hasOverrun = false;
  /** The transmitter ran empty and that was not yet reported. */
  private hasEmptyEvent = false;

  constructor(interrupt: InterruptLine, source: ByteSource, sink: ByteSink) {
    this.interrupt = interrupt;
    this.source = source;
    this.sink = sink;
  }

  reset(): void {
    this.fifo = [];
    this.ier = this.fcr = this.lcr = this.mcr = this.scratch = 0;
    this.divisorLow = this.divisorHigh = 0;
    this.hasOverrun = this.hasEmptyEvent = false;
    this.update();
  }

  save(): StateValue {
    const { ier, fcr, lcr, mcr, scratch, divisorLow, divisorHigh } = this;
    const { fifo, hasOverrun, hasEmptyEvent } = this;
    const registers = { ier, fcr, lcr, mcr, scratch, divisorLow, divisorHigh };
    return { ...registers, fifo: [...fifo], hasOverrun, hasEmptyEvent };
  }

  restore(state: StateValue): void {
    const fields = new StateFields('uart', state);
    this.ier = fields.index('ier', 0xff);
    this.fcr = fields.index('fcr', 0xff);
    this.lcr = fields.index('lcr', 0xff);
    this.mcr = fields.index('mcr', 0xff);
    this.scratch = fields.index('scratch', 0xff);
    this.divisorLow = fields.index('divisorLow', 0xff);
    this.divisorHigh = fields.index('divisorHigh', 0xff);
    this.fifo = fields.numbers('fifo').slice(0, FIFO_BYTES);
    this.hasOverrun = fields.boolean('hasOverrun');
    this.hasEmptyEvent = fields.boolean('hasEmptyEvent');
    this.update();
  }

  /** Take what the host has sent, as far as there is room: nothing is lost. */
  poll(): void {
    const room = this.capacity - this.fifo.length;
    if (room <= 0) return;
    const count = this.source.read(this.input.subarray(0, room));
    for (let i = 0; i < count; i++) this.fifo.push(this.input[i] as number);
    if (count > 0) this.update();
  }

  read(offset: number, size: number): number {
    if (size !== 1) return BUS_ERROR;
    const isDivisor = (this.lcr & LCR_DLAB) !== 0;
    switch (offset) {
      case REGISTER.DATA:
        return isDivisor ? this.divisorLow : this.receive();
      case REGISTER.IER:
        return isDivisor ? this.divisorHigh : this.ier;
      case REGISTER.IIR:
        return this.identify();
      case REGISTER.LCR:
        return this.lcr;
      case REGISTER.MCR:
        return this.mcr;
      case REGISTER.LSR:
        return this.lineStatus();
      case REGISTER.MSR:
        return this.modemStatus();
      case REGISTER.SCRATCH:
        return this.scratch;
      default:
        return 0;
    }
  }

  write(offset: number, size: number, value: number): number {
    if (size !== 1) return BUS_ERROR;
    const isDivisor = (this.lcr & LCR_DLAB) !== 0;
    switch (offset) {
      case REGISTER.DATA:
        if (isDivisor) this.divisorLow = value;
        else this.transmit(value);
        break;
      case REGISTER.IER:
        if (isDivisor) this.divisorHigh = value;
        else this.setInterrupts(value & 0x0f);
        break;
      case REGISTER.IIR:
        this.setFifo(value);
        break;
      case REGISTER.LCR:
        this.lcr = value;
        break;
      case REGISTER.MCR:
        this.mcr = value & 0x1f;
        break;
      case REGISTER.SCRATCH:
        this.scratch = value;
        break;
      default:
        break;
    }
    this.update();
    return 0;
  }

  private get capacity(): number {
    return (this.fcr & FCR.ENABLE) !== 0 ? FIFO_BYTES : 1;
  }

  private get trigger(): number {
    return (this.fcr & FCR.ENABLE) !== 0 ? (TRIGGER[this.fcr >>> 6] as number) : 1;
  }

  private receive(): number {
    const byte = this.fifo.shift() ?? 0;
    this.poll();
    this.update();
    return byte;
  }

  private transmit(byte: number): void {
    if ((this.mcr & MCR_LOOP) !== 0) {
      if (this.fifo.length < this.capacity) this.fifo.push(byte);
      else this.hasOverrun = true;
    } else {
      this.one[0] = byte;
      // A full sink loses the byte, as a line without flow control does; the transmitter never looks busy.
      this.sink.write(this.one);
    }
    this.ranEmpty();
  }

  /**
   * An event, not a level: drivers that do not read IIR to clear it (xv6 before 2024) would be interrupted for ever, which
   * they are not on QEMU.
   */
  private ranEmpty(): void {
    this.hasEmptyEvent = true;
    if ((this.ier & IER.EMPTY) !== 0) this.interrupt.pulse();
  }

  private setInterrupts(value: number): void {
    const isEnabled = (value & ~this.ier & IER.EMPTY) !== 0;
    this.ier = value;
    // Enabling the transmitter's interrupt while it is empty raises it at once.
    if (isEnabled) this.ranEmpty();
  }

  private setFifo(value: number): void {
    const isToggled = ((value ^ this.fcr) & FCR.ENABLE) !== 0;
    if (isToggled || (value & FCR.CLEAR_RECEIVE) !== 0) this.fifo = [];
    this.fcr = value & 0xc1;
  }

  private lineStatus(): number {
    const overrun = this.hasOverrun ? LSR.OVERRUN : 0;
    this.hasOverrun = false;
    this.update();
    return LSR.HOLDING_EMPTY | LSR.EMPTY | overrun | (this.fifo.length > 0 ? LSR.READY : 0);
  }

  /** In loop-back the modem outputs are wired to the inputs: DTR to DSR, RTS to CTS, OUT1 to RI, OUT2 to DCD. */
  private modemStatus(): number {
    if ((this.mcr & MCR_LOOP) === 0) return MSR_CONNECTED;
    const { mcr } = this;
    return ((mcr & 2) << 3) | ((mcr & 1) << 5) | ((mcr & 4) << 4) | ((mcr & 8) << 4);
  }

  /** The pending interrupt of highest priority, as IIR shows it. */
  private cause(): number {
    if ((this.ier & IER.LINE) !== 0 && this.hasOverrun) return IIR.LINE;
    if ((this.ier & IER.RECEIVED) !== 0 && this.fifo.length > 0) {
      // Below the trigger level the data sheet waits four character times; here the time-out comes at once.
      return this.fifo.length >= this.trigger ? IIR.RECEIVED : IIR.TIMEOUT;
    }
    if ((this.ier & IER.EMPTY) !== 0 && this.hasEmptyEvent) return IIR.EMPTY;
    return IIR.NONE;
  }

  private identify(): number {
    const cause = this.cause();
    if (cause === IIR.EMPTY) this.hasEmptyEvent = false;
    this.update();
    return cause | ((this.fcr & FCR.ENABLE) !== 0 ? IIR.FIFOS : 0);
  }

  private update(): void {
    const cause = this.cause();
    this.interrupt.set(cause !== IIR.NONE && cause !== IIR.EMPTY);
  }
}
