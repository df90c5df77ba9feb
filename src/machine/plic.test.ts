/** The PLIC by its specification 1.0.0: gateways, priorities, thresholds, claim and complete. */
import { beforeEach, describe, expect, it } from 'vitest';
import { Plic } from './plic.ts';

const lines = new Map<number, boolean>();
const plic = new Plic(4, (context, isPending) => lines.set(context, isPending));
const M0 = 0;
const S0 = 1;
const S1 = 3;

const setPriority = (source: number, priority: number): number =>
  plic.write(4 * source, 4, priority);
const enable = (context: number, ...sources: number[]): void => {
  for (const word of [0, 1, 2]) {
    const inWord = sources.filter((source) => source >>> 5 === word);
    const bits = inWord.reduce((sum, source) => sum + 2 ** (source & 31), 0);
    plic.write(0x2000 + context * 0x80 + 4 * word, 4, bits);
  }
};
const claim = (context: number): number => plic.read(0x20_0004 + context * 0x1000, 4);
const complete = (context: number, source: number): number =>
  plic.write(0x20_0004 + context * 0x1000, 4, source);
const setThreshold = (context: number, value: number): number =>
  plic.write(0x20_0000 + context * 0x1000, 4, value);

beforeEach(() => {
  plic.reset();
  lines.clear();
});

describe('the PLIC', () => {
  it('interrupts the contexts that enable a source, above its threshold', () => {
    setPriority(10, 1);
    enable(S0, 10);
    plic.setLevel(10, true);
    expect([...lines]).toEqual([[S0, true]]);
    expect(plic.read(0x1000, 4)).toBe(1 << 10);
    setThreshold(S0, 1);
    expect(lines.get(S0)).toBe(false);
    setThreshold(S0, 0);
    expect(lines.get(S0)).toBe(true);
    setPriority(10, 0);
    expect(lines.get(S0)).toBe(false);
  });

  it('claims by priority, then by number, whatever the threshold', () => {
    for (const [source, priority] of [
      [5, 2],
      [7, 3],
      [40, 3],
    ] as const) {
      setPriority(source, priority);
      plic.setLevel(source, true);
    }
    enable(M0, 5, 7, 40);
    setThreshold(M0, 7);
    expect(lines.get(M0) ?? false).toBe(false);
    expect([claim(M0), claim(M0), claim(M0), claim(M0)]).toEqual([7, 40, 5, 0]);
  });

  it('makes one request per completion while the line is high', () => {
    setPriority(1, 1);
    enable(S0, 1);
    plic.setLevel(1, true);
    expect(claim(S0)).toBe(1);
    expect(lines.get(S0)).toBe(false);
    plic.setLevel(1, false);
    plic.setLevel(1, true);
    expect(claim(S0)).toBe(0);
    complete(S0, 1);
    expect(lines.get(S0)).toBe(true);
    expect(claim(S0)).toBe(1);
    plic.setLevel(1, false);
    complete(S0, 1);
    expect(lines.get(S0)).toBe(false);
  });

  it('keeps a request whose wire has fallen, and a pulse that comes during a claim', () => {
    setPriority(1, 1);
    enable(S0, 1);
    plic.setLevel(1, true);
    plic.setLevel(1, false);
    expect(lines.get(S0)).toBe(true);
    expect(claim(S0)).toBe(1);
    plic.pulse(1);
    plic.pulse(1);
    expect(claim(S0)).toBe(0);
    complete(S0, 1);
    expect(claim(S0)).toBe(1);
    complete(S0, 1);
    expect(claim(S0)).toBe(0);
  });

  it('gives a source to the first context that claims', () => {
    setPriority(3, 1);
    enable(S0, 3);
    enable(S1, 3);
    plic.setLevel(3, true);
    expect([lines.get(S0), lines.get(S1)]).toEqual([true, true]);
    expect([claim(S1), claim(S0)]).toEqual([3, 0]);
    expect([lines.get(S0), lines.get(S1)]).toEqual([false, false]);
  });

  it('ignores a completion by a context that does not enable the source', () => {
    setPriority(3, 1);
    enable(S0, 3);
    plic.setLevel(3, true);
    claim(S0);
    complete(S1, 3);
    expect(claim(S0)).toBe(0);
    complete(S0, 3);
    expect(claim(S0)).toBe(3);
  });

  it('routes by threshold among four harts: one claim wins, the losers read 0 (INT-02)', () => {
    setPriority(0x14, 2);
    for (let hart = 0; hart < 4; hart++) {
      enable(2 * hart + 1, 0x14);
      setThreshold(2 * hart + 1, hart);
    }
    plic.setLevel(0x14, true);
    expect([0, 1, 2, 3].map((hart) => lines.get(2 * hart + 1) ?? false)).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect([3, 1, 5, 7].map(claim)).toEqual([20, 0, 0, 0]);
    expect([1, 3].map((context) => lines.get(context))).toEqual([false, false]);
    complete(3, 20);
    expect([1, 3, 5, 7].map((context) => lines.get(context) ?? false)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('drives both contexts of a hart, each by its own enables and threshold', () => {
    setPriority(9, 4);
    setPriority(10, 5);
    enable(M0, 9);
    enable(S0, 9, 10);
    setThreshold(S0, 4);
    plic.setLevel(9, true);
    expect([lines.get(M0), lines.get(S0) ?? false]).toEqual([true, false]);
    plic.setLevel(10, true);
    expect(lines.get(S0)).toBe(true);
    expect(claim(S0)).toBe(10);
    expect([lines.get(S0), claim(M0), claim(S0)]).toEqual([false, 9, 0]);
  });

  it('shows pending bits that cannot be written, and keeps them through masking', () => {
    plic.setLevel(33, true);
    plic.write(0x1004, 4, 0);
    expect(plic.read(0x1004, 4)).toBe(2);
    setPriority(33, 7);
    enable(S0, 33);
    expect(lines.get(S0)).toBe(true);
    enable(S0);
    expect([lines.get(S0), plic.read(0x1004, 4)]).toEqual([false, 2]);
  });

  it('ignores completions of what nobody claimed', () => {
    setPriority(4, 1);
    enable(S0, 4);
    for (const source of [0, 4, 96, 0xffff_ffff]) complete(S0, source);
    plic.setLevel(4, true);
    expect([claim(S0), claim(S0)]).toEqual([4, 0]);
  });

  it('is as at power-on after a reset', () => {
    setPriority(4, 1);
    enable(S0, 4);
    plic.setLevel(4, true);
    plic.reset();
    expect(lines.get(S0)).toBe(false);
    expect([0x10, 0x1000, 0x2080, 0x20_1000].map((at) => plic.read(at, 4))).toEqual([0, 0, 0, 0]);
  });

  it('has no source 0, seven priorities, and 32-bit registers', () => {
    setPriority(0, 1);
    expect(plic.read(0, 4)).toBe(0);
    setPriority(2, 0xff);
    expect(plic.read(8, 4)).toBe(7);
    plic.write(0x2000, 4, 0xffff_ffff);
    expect(plic.read(0x2000, 4)).toBe(0xffff_fffe);
    expect(plic.read(0x2000 + 8 * 0x80, 4)).toBe(0);
    expect(plic.read(4, 1)).toBe(-1);
    expect(plic.write(4, 8, 0)).toBe(-1);
  });
});
