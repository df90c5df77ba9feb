/** The UART as the PC16550D data sheet describes it. */
import { beforeEach, describe, expect, it } from 'vitest';
import { Uart16550 } from './uart16550.ts';

let typed: number[];
let printed: string;
let isHigh: boolean;
let pulses: number;
let uart: Uart16550;
const [DATA, IER, IIR, LCR, MCR, LSR, MSR, SCR] = [0, 1, 2, 3, 4, 5, 6, 7];

const read = (register: number): number => uart.read(register);
const write = (register: number, value: number): number => uart.write(register, 1, value);

beforeEach(() => {
  typed = [];
  printed = '';
  isHigh = false;
  pulses = 0;
  uart = new Uart16550(
    { set: (level) => (isHigh = level), pulse: () => pulses++ },
    {
      read: (into) => {
        const bytes = typed.splice(0, into.length);
        into.set(bytes);
        return bytes.length;
      },
    },
    {
      write: (bytes) => {
        printed += String.fromCharCode(...bytes);
        return bytes.length;
      },
    },
  );
  uart.reset();
});

describe('the UART', () => {
  it('sends at once and is never busy', () => {
    for (const letter of 'hi') write(DATA, letter.charCodeAt(0));
    expect(printed).toBe('hi');
    expect(read(LSR)).toBe(0x60);
  });

  it('receives in order, and interrupts while there is data', () => {
    write(IIR, 1);
    write(IER, 1);
    typed.push(...'abc'.split('').map((letter) => letter.charCodeAt(0)));
    uart.poll();
    expect(isHigh).toBe(true);
    expect(read(IIR)).toBe(0xc4);
    expect(read(LSR) & 1).toBe(1);
    expect([read(DATA), read(DATA), read(DATA)]).toEqual([97, 98, 99]);
    expect(isHigh).toBe(false);
    expect(read(LSR) & 1).toBe(0);
    expect(read(IIR)).toBe(0xc1);
  });

  it('takes no more from the host than fits, and loses nothing', () => {
    write(IIR, 1);
    typed.push(...Array.from({ length: 40 }, (_, i) => i));
    uart.poll();
    uart.poll();
    expect(typed.length).toBe(24);
    expect(Array.from({ length: 40 }, () => read(DATA))).toEqual(
      Array.from({ length: 40 }, (_, i) => i),
    );
  });

  it('reports below the trigger level as a time-out', () => {
    write(IIR, 0x81);
    write(IER, 1);
    typed.push(1, 2);
    uart.poll();
    expect(read(IIR)).toBe(0xcc);
    typed.push(...Array.from({ length: 6 }, () => 3));
    uart.poll();
    expect(read(IIR)).toBe(0xc4);
  });

  it('pulses when the transmitter interrupt is enabled and after each byte', () => {
    write(DATA, 64);
    expect(pulses).toBe(0);
    write(IER, 2);
    expect([pulses, isHigh]).toEqual([1, false]);
    expect(read(IIR)).toBe(2);
    expect(read(IIR)).toBe(1);
    write(IER, 2);
    expect(pulses).toBe(1);
    write(DATA, 65);
    expect([pulses, read(IIR)]).toEqual([2, 2]);
  });

  it('has a divisor, a scratch register, modem lines and loop-back', () => {
    write(LCR, 0x83);
    write(DATA, 0x12);
    write(IER, 0x34);
    expect([read(DATA), read(IER)]).toEqual([0x12, 0x34]);
    write(LCR, 3);
    expect([read(DATA), read(IER), read(LCR)]).toEqual([0, 0, 3]);
    write(SCR, 0xa5);
    expect(read(SCR)).toBe(0xa5);
    expect(read(MSR) & 0xb0).toBe(0xb0);
    write(MCR, 0x1a);
    // Linux's autoconfig: RTS and OUT2 looped back are CTS and DCD.
    expect(read(MSR) & 0xf0).toBe(0x90);
    write(DATA, 0x5a);
    expect(printed).toBe('');
    expect(read(DATA)).toBe(0x5a);
  });

  it('has eight registers, and takes wide accesses to one as QEMU does', () => {
    uart.write(SCR, 4, 0x1234_56a5);
    expect(uart.read(SCR)).toBe(0xa5);
    expect(uart.read(8)).toBe(-1);
    expect(uart.write(8, 1, 0)).toBe(-1);
  });

  it('holds back what the host does not take, and shows that it is busy', () => {
    let room = 0;
    const printed: number[] = [];
    uart = new Uart16550(
      { set: (level) => (isHigh = level), pulse: () => pulses++ },
      { read: () => 0 },
      {
        write: (bytes) => {
          const taken = bytes.slice(0, room);
          printed.push(...taken);
          room -= taken.length;
          return taken.length;
        },
      },
    );
    write(IIR, 1);
    for (let i = 0; i < 18; i++) write(DATA, i);
    expect(read(LSR)).toBe(0);
    room = 10;
    uart.poll();
    expect(read(LSR)).toBe(0);
    room = 10;
    uart.poll();
    // The 17th and 18th found the FIFO full.
    expect(printed).toEqual(Array.from({ length: 16 }, (_, i) => i));
    expect(read(LSR)).toBe(0x60);
  });

  it('overwrites the unread byte without FIFOs, and drops the new one with them', () => {
    write(MCR, 0x10);
    write(IER, 4);
    for (const byte of [1, 2]) write(DATA, byte);
    expect([read(IIR), isHigh]).toEqual([6, true]);
    expect(read(LSR) & 3).toBe(3);
    expect([read(IIR), isHigh, read(LSR) & 3]).toEqual([1, false, 1]);
    expect(read(DATA)).toBe(2);
    write(IIR, 1);
    for (let i = 0; i < 17; i++) write(DATA, i);
    expect(read(LSR) & 3).toBe(3);
    expect(Array.from({ length: 17 }, () => read(DATA))).toEqual([
      ...Array.from({ length: 16 }, (_, i) => i),
      0,
    ]);
  });

  it('receives its own break in loop-back, when that reaches the head of the FIFO', () => {
    write(IIR, 1);
    write(MCR, 0x10);
    write(IER, 4);
    write(DATA, 0x41);
    write(LCR, 0x43);
    write(LCR, 3);
    expect([isHigh, read(LSR)]).toEqual([false, 0xe1]);
    expect([read(DATA), isHigh, read(IIR)]).toEqual([0x41, true, 0xc6]);
    expect(read(LSR)).toBe(0xf1);
    expect([read(LSR) & 0x10, read(DATA), read(LSR)]).toEqual([0, 0, 0x60]);
  });

  it('reports changes of the modem inputs once, the ring only as it ends', () => {
    write(IER, 8);
    // All outputs on: CTS, DSR and DCD stay, RI rises.
    write(MCR, 0x1f);
    expect([isHigh, read(MSR)]).toEqual([false, 0xf0]);
    write(MCR, 0x11);
    expect([isHigh, read(IIR), read(MSR)]).toEqual([true, 0, 0x2d]);
    expect([isHigh, read(IIR), read(MSR)]).toEqual([false, 1, 0x20]);
  });

  it('does not listen to the line in loop-back', () => {
    write(MCR, 0x10);
    typed.push(1);
    uart.poll();
    expect(read(LSR) & 1).toBe(0);
    write(MCR, 0);
    uart.poll();
    expect(read(DATA)).toBe(1);
  });

  it('keeps trigger bits only with FIFOs enabled, and clears them', () => {
    write(IIR, 0xc0);
    expect(read(IIR)).toBe(1);
    write(IIR, 0x81);
    typed.push(1, 2, 3);
    uart.poll();
    write(IIR, 0x83);
    expect(read(LSR) & 1).toBe(0);
    typed.push(1);
    uart.poll();
    write(IIR, 0);
    expect([read(LSR) & 1, read(IIR)]).toEqual([0, 1]);
  });
});
