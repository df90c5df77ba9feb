/** The goldfish clock: latched reads, setting, alarm. */
import { beforeEach, describe, expect, it } from 'vitest';
import { RtcGoldfish } from './rtc-goldfish.ts';

let now: number;
let isHigh: boolean;
let rtc: RtcGoldfish;

beforeEach(() => {
  now = 1_700_000_000 * 1e9;
  isHigh = false;
  rtc = new RtcGoldfish({ set: (level) => (isHigh = level), pulse: () => undefined }, () => now);
});

describe('the clock', () => {
  it('latches the high word with the low one', () => {
    const low = rtc.read(0, 4);
    now += 2 ** 33;
    expect(rtc.read(4, 4) * 2 ** 32 + low).toBe(1_700_000_000 * 1e9);
  });

  it('can be set', () => {
    rtc.write(4, 4, 1);
    rtc.write(0, 4, 0);
    expect(rtc.read(0, 4)).toBe(0);
    // In the other order, too: each word at once.
    rtc.write(0, 4, 0);
    rtc.write(4, 4, 1);
    now += 1024;
    const low = rtc.read(0, 4);
    expect(rtc.read(4, 4) * 2 ** 32 + low).toBe(2 ** 32 + 1024);
  });

  it('rings once', () => {
    const alarm = now + 1_000_000_000;
    rtc.write(0x10, 4, 1);
    rtc.write(0x0c, 4, Math.floor(alarm / 2 ** 32));
    rtc.write(0x08, 4, alarm % 2 ** 32);
    expect([rtc.read(0x18, 4), isHigh]).toEqual([1, false]);
    expect(rtc.dueInNs()).toBe(1_000_000_000);
    now = alarm + 1024;
    rtc.poll();
    expect([rtc.read(0x18, 4), isHigh]).toEqual([0, true]);
    rtc.write(0x1c, 4, 1);
    rtc.poll();
    expect(isHigh).toBe(false);
    expect(rtc.dueInNs()).toBe(Infinity);
  });

  it('rings at once for a time that has passed, and when the clock is set past the alarm', () => {
    rtc.write(0x10, 4, 1);
    rtc.write(0x0c, 4, 0);
    rtc.write(0x08, 4, 1);
    expect(isHigh).toBe(true);
    rtc.write(0x1c, 4, 1);
    rtc.write(0x0c, 4, 0x7000_0000);
    rtc.write(0x08, 4, 0);
    expect(isHigh).toBe(false);
    rtc.write(4, 4, 0x7000_0001);
    expect([rtc.read(0x18, 4), isHigh]).toEqual([0, true]);
  });

  it('keeps the interrupt until it is enabled, and forgets a cleared alarm', () => {
    rtc.write(0x08, 4, 0);
    expect([rtc.read(0x10, 4), isHigh]).toEqual([0, false]);
    rtc.write(0x10, 4, 1);
    expect(isHigh).toBe(true);
    rtc.reset();
    expect(isHigh).toBe(false);
    rtc.write(0x0c, 4, 0x7000_0000);
    rtc.write(0x08, 4, 0);
    rtc.write(0x14, 4, 1);
    now = 0x7000_0001 * 2 ** 32;
    rtc.poll();
    rtc.write(0x10, 4, 1);
    expect(isHigh).toBe(false);
  });
});
