/** 16550A UART with FIFOs: National Semiconductor PC16550D data sheet, section 8. */
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
const REGISTERS = 8;
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

const IER = { RECEIVED: 1, EMPTY: 2, LINE: 4, MODEM: 8 } as const;
const IIR = {
  MODEM: 0,
  NONE: 1,
  EMPTY: 2,
  RECEIVED: 4,
  LINE: 6,
  TIMEOUT: 12,
  FIFOS: 0xc0,
} as const;
const FCR = { ENABLE: 1, CLEAR_RECEIVE: 2, CLEAR_TRANSMIT: 4, KEPT: 0xc9 } as const;
const LCR = { BREAK: 0x40, DLAB: 0x80 } as const;
const MCR = { LOOP: 0x10, WRITABLE: 0x1f } as const;
const LSR = {
  READY: 1,
  OVERRUN: 2,
  BREAK: 0x10,
  HOLDING_EMPTY: 0x20,
  EMPTY: 0x40,
  FIFO_ERROR: 0x80,
} as const;
/** Carrier, data set ready, clear to send. */
const MSR_CONNECTED = 0xb0;
const MSR_RING = 0x40;
const FIFO_BYTES = 16;
const TRIGGER: readonly number[] = [1, 4, 8, 14];
/** In the receive FIFO: a zero that was received as a break. */
const BREAK_BYTE = 0x100;

export class Uart16550 implements Device {
  private readonly interrupt: InterruptLine;
  private readonly source: ByteSource;
  private readonly sink: ByteSink;
  private readonly input = new Uint8Array(FIFO_BYTES);
  /** Received bytes, oldest first, each with BREAK_BYTE where it was one. */
  private fifo: number[] = [];
  /** Bytes that the host has not taken yet, oldest first. */
  private unsent: number[] = [];
  private ier = 0;
  private fcr = 0;
  private lcr = 0;
  private mcr = 0;
  private scratch = 0;
  private divisorLow = 0;
  private divisorHigh = 0;
  /** Modem inputs as they were when the MSR was last read, and what has changed since: its lower four bits. */
  private modemInputs = MSR_CONNECTED;
  private modemChanges = 0;
  private hasOverrun = false;
  /** A break has reached the head of the FIFO and LSR was not read since. */
  private hasBreak = false;
  /** The transmitter ran empty and that was not yet reported. */
  private hasEmptyEvent = false;

  constructor(interrupt: InterruptLine, source: ByteSource, sink: ByteSink) {
    this.interrupt = interrupt;
    this.source = source;
    this.sink = sink;
  }

  reset(): void {
    this.fifo = [];
    this.unsent = [];
    this.ier = this.fcr = this.lcr = this.mcr = this.scratch = 0;
    this.divisorLow = this.divisorHigh = this.modemChanges = 0;
    this.modemInputs = MSR_CONNECTED;
    this.hasOverrun = this.hasBreak = this.hasEmptyEvent = false;
    this.update();
  }

  save(): StateValue {
    const { ier, fcr, lcr, mcr, scratch, divisorLow, divisorHigh } = this;
    const { fifo, unsent, modemInputs, modemChanges } = this;
    const { hasOverrun, hasBreak, hasEmptyEvent } = this;
    const registers = { ier, fcr, lcr, mcr, scratch, divisorLow, divisorHigh };
    const queues = { fifo: [...fifo], unsent: [...unsent], modemInputs, modemChanges };
    return { ...registers, ...queues, hasOverrun, hasBreak, hasEmptyEvent };
  }

  restore(state: StateValue): void {
    const fields = new StateFields('uart', state);
    this.ier = fields.index('ier', 0x0f);
    this.fcr = fields.index('fcr', 0xff);
    this.lcr = fields.index('lcr', 0xff);
    this.mcr = fields.index('mcr', MCR.WRITABLE);
    this.scratch = fields.index('scratch', 0xff);
    this.divisorLow = fields.index('divisorLow', 0xff);
    this.divisorHigh = fields.index('divisorHigh', 0xff);
    this.modemInputs = fields.index('modemInputs', 0xf0);
    this.modemChanges = fields.index('modemChanges', 0x0f);
    this.fifo = fields.numbers('fifo').slice(0, FIFO_BYTES);
    this.unsent = fields.numbers('unsent').slice(0, FIFO_BYTES);
    this.hasOverrun = fields.boolean('hasOverrun');
    this.hasBreak = fields.boolean('hasBreak');
    this.hasEmptyEvent = fields.boolean('hasEmptyEvent');
    this.update();
  }

  /** Take what the host has sent, as far as there is room: nothing is lost. Offer again what it did not take. */
  poll(): void {
    this.send();
    const room = this.capacity - this.fifo.length;
    if (room <= 0 || this.isLooped) return;
    const count = this.source.read(this.input.subarray(0, room));
    for (let i = 0; i < count; i++) this.fifo.push(this.input[i] as number);
    if (count > 0) this.update();
  }

  /** Registers are bytes; a wider access reaches the one at its offset, as on QEMU. */
  read(offset: number): number {
    if (offset >= REGISTERS) return BUS_ERROR;
    const isDivisor = (this.lcr & LCR.DLAB) !== 0;
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
      default:
        return this.scratch;
    }
  }

  write(offset: number, _size: number, value: number): number {
    if (offset >= REGISTERS) return BUS_ERROR;
    const byte = value & 0xff;
    const isDivisor = (this.lcr & LCR.DLAB) !== 0;
    switch (offset) {
      case REGISTER.DATA:
        if (isDivisor) this.divisorLow = byte;
        else this.transmit(byte);
        break;
      case REGISTER.IER:
        if (isDivisor) this.divisorHigh = byte;
        else this.setInterrupts(byte & 0x0f);
        break;
      case REGISTER.IIR:
        this.setFifo(byte);
        break;
      case REGISTER.LCR:
        this.setLine(byte);
        break;
      case REGISTER.MCR:
        this.mcr = byte & MCR.WRITABLE;
        this.modemChanged();
        break;
      case REGISTER.SCRATCH:
        this.scratch = byte;
        break;
      default:
        // LSR and MSR are read-only.
        break;
    }
    this.update();
    return 0;
  }

  private get isLooped(): boolean {
    return (this.mcr & MCR.LOOP) !== 0;
  }

  private get hasFifos(): boolean {
    return (this.fcr & FCR.ENABLE) !== 0;
  }

  private get capacity(): number {
    return this.hasFifos ? FIFO_BYTES : 1;
  }

  private get trigger(): number {
    return this.hasFifos ? (TRIGGER[this.fcr >>> 6] as number) : 1;
  }

  private receive(): number {
    const byte = this.fifo.shift() ?? 0;
    this.hasBreak ||= this.fifo[0] !== undefined && this.fifo[0] >= BREAK_BYTE;
    this.poll();
    this.update();
    return byte & 0xff;
  }

  /** A byte on the wire to the receiver, in loop-back. Without FIFOs it overwrites the one that was not read. */
  private loopBack(byte: number): void {
    if (this.fifo.length >= this.capacity) {
      this.hasOverrun = true;
      if (this.hasFifos) return;
      this.fifo = [];
    }
    this.fifo.push(byte);
    if (this.fifo.length === 1) this.hasBreak ||= byte >= BREAK_BYTE;
  }

  private transmit(byte: number): void {
    if (this.isLooped) {
      this.loopBack(byte);
      this.ranEmpty();
      return;
    }
    // A driver that writes although the holding register is full loses the byte, as on the wire.
    if (this.unsent.length >= this.capacity) return;
    this.unsent.push(byte);
    this.send();
  }

  private send(): void {
    if (this.unsent.length === 0) return;
    this.unsent.splice(0, this.sink.write(Uint8Array.from(this.unsent)));
    if (this.unsent.length === 0) this.ranEmpty();
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
    if (isEnabled && this.unsent.length === 0) this.ranEmpty();
  }

  /** Other bits of FCR count only with FIFOs enabled. */
  private setFifo(value: number): void {
    const next = (value & FCR.ENABLE) !== 0 ? value & FCR.KEPT : 0;
    const isToggled = ((next ^ this.fcr) & FCR.ENABLE) !== 0;
    this.fcr = next;
    if (isToggled || (value & FCR.CLEAR_RECEIVE) !== 0) this.fifo = [];
    if ((isToggled || (value & FCR.CLEAR_TRANSMIT) !== 0) && this.unsent.length > 0) {
      this.unsent = [];
      this.ranEmpty();
    }
  }

  /** A break that the driver begins to send reaches its own receiver in loop-back; the host is told nothing. */
  private setLine(value: number): void {
    const isBreak = (value & ~this.lcr & LCR.BREAK) !== 0;
    this.lcr = value;
    if (isBreak && this.isLooped) this.loopBack(BREAK_BYTE);
  }

  private lineStatus(): number {
    let status = this.fifo.length > 0 ? LSR.READY : 0;
    if (this.hasOverrun) status |= LSR.OVERRUN;
    if (this.hasBreak) status |= LSR.BREAK;
    if (this.unsent.length === 0) status |= LSR.HOLDING_EMPTY | LSR.EMPTY;
    if (this.hasFifos && this.fifo.some((byte) => byte >= BREAK_BYTE)) status |= LSR.FIFO_ERROR;
    this.hasOverrun = this.hasBreak = false;
    this.update();
    return status;
  }

  /** In loop-back the modem outputs are wired to the inputs: DTR to DSR, RTS to CTS, OUT1 to RI, OUT2 to DCD. */
  private modemLevels(): number {
    const { mcr } = this;
    if (!this.isLooped) return MSR_CONNECTED;
    return ((mcr & 2) << 3) | ((mcr & 1) << 5) | ((mcr & 4) << 4) | ((mcr & 8) << 4);
  }

  /** Bits 3..0 tell of changes of bits 7..4; of RI only that it fell. */
  private modemChanged(): void {
    const levels = this.modemLevels();
    const changes = (levels ^ this.modemInputs) & ~(levels & MSR_RING);
    this.modemChanges |= changes >>> 4;
    this.modemInputs = levels;
  }

  private modemStatus(): number {
    const status = this.modemInputs | this.modemChanges;
    this.modemChanges = 0;
    this.update();
    return status;
  }

  /** The pending interrupt of highest priority, as IIR shows it. */
  private cause(): number {
    if ((this.ier & IER.LINE) !== 0 && (this.hasOverrun || this.hasBreak)) return IIR.LINE;
    if ((this.ier & IER.RECEIVED) !== 0 && this.fifo.length > 0) {
      // Below the trigger level the data sheet waits four character times; here the time-out comes at once.
      return this.fifo.length >= this.trigger ? IIR.RECEIVED : IIR.TIMEOUT;
    }
    if ((this.ier & IER.EMPTY) !== 0 && this.hasEmptyEvent) return IIR.EMPTY;
    if ((this.ier & IER.MODEM) !== 0 && this.modemChanges !== 0) return IIR.MODEM;
    return IIR.NONE;
  }

  private identify(): number {
    const cause = this.cause();
    if (cause === IIR.EMPTY) this.hasEmptyEvent = false;
    this.update();
    return cause | (this.hasFifos ? IIR.FIFOS : 0);
  }

  private update(): void {
    const cause = this.cause();
    this.interrupt.set(cause !== IIR.NONE && cause !== IIR.EMPTY);
  }
}
