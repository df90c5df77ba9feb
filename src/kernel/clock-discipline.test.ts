/** How the wall clock is slewed: adjtime(3), and the loop of RFC 5905 (section 11.3, appendix A.5.5.6) as adjtimex(2) has it. */
import { describe, expect, it } from 'vitest';
import { type TestKernel, testKernel } from '../../test/support/kernel/test-kernel.ts';
import { STA_PLL } from './clock-discipline.ts';

const MS = 1_000_000;
const US = 1000;

/** Wall time less monotonic time, since it was first asked: what was gained. */
function gains({ kernel: { clock } }: TestKernel): () => number {
  const ahead = (): number => {
    const { seconds, nanoseconds } = clock.realtime();
    return (seconds - clock.bootTimeSeconds) * 1e9 + nanoseconds - clock.monotonicNs();
  };
  const boot = clock.bootTimeSeconds;
  const first = ahead();
  return () => ahead() + (clock.bootTimeSeconds - boot) * 1e9 - first;
}

/** Milliseconds go by; the wall clock must not go back. */
function pass({ kernel, platform }: TestKernel, milliseconds: number): void {
  const { timers, clock } = kernel;
  let before = clock.realtime();
  for (let i = 0; i < milliseconds; i++) {
    platform.now += platform.timebaseHz / 1000;
    timers.run(clock.monotonicNs());
    const now = clock.realtime();
    const passed = (now.seconds - before.seconds) * 1e9 + now.nanoseconds - before.nanoseconds;
    expect(passed).toBeGreaterThan(0);
    before = now;
  }
}

function start(): TestKernel {
  const test = testKernel();
  test.kernel.setRealtime({ seconds: 1_700_000_000, nanoseconds: 999_999_000 });
  return test;
}

describe('the wall clock', () => {
  it('works an offset of adjtime off at 500 us a second, and then goes as before', () => {
    for (const [adjust, after] of [
      [1250, [500, 1000, 1250, 1250]],
      [-700, [-500, -700, -700, -700]],
    ] as const) {
      const test = start();
      const gained = gains(test);
      const { discipline } = test.kernel;
      discipline.adjust = adjust;
      discipline.retune();
      // The first whole second is the next.
      pass(test, 1000);
      expect(gained()).toBe(0);
      for (const microseconds of after) {
        pass(test, 1000);
        expect(Math.abs(gained() - microseconds * US)).toBeLessThan(10);
      }
      expect(discipline.adjust).toBe(0);
      expect(test.kernel.clock.rate).toBe(0);
    }
  });

  it('is as much faster as its frequency says, and by what a tick is longer', () => {
    const test = start();
    const gained = gains(test);
    const { discipline } = test.kernel;
    discipline.setFrequency(100 * US);
    discipline.retune();
    pass(test, 5000);
    expect(Math.abs(gained() - 0.5 * MS)).toBeLessThan(10);
    discipline.setFrequency(-501 * US);
    discipline.tick = 10_001;
    discipline.retune();
    pass(test, 2000);
    // 500 ppm is the most; a microsecond in ten milliseconds is 100.
    expect(Math.abs(gained() - (0.5 - 2 * 0.4) * MS)).toBeLessThan(10);
  });

  it('approaches an offset of the loop by a part that its time constant gives', () => {
    const test = start();
    const gained = gains(test);
    const { discipline } = test.kernel;
    discipline.status |= STA_PLL;
    discipline.begin();
    discipline.constant = 1;
    discipline.update(80 * MS);
    expect(discipline.frequencyNs).toBe(0);
    discipline.retune();
    pass(test, 11_000);
    const left = 80 * MS * (7 / 8) ** 10;
    expect(Math.abs(80 * MS - gained() - left)).toBeLessThan(100);
    // 12 of the wall's seconds have begun: offset * seconds / (2^(2 + 2 + 1))^2 nanoseconds per second.
    discipline.update(1 * MS);
    expect(discipline.frequencyNs).toBeCloseTo((1 * MS * 12) / 32 ** 2);
  });

  it('forgets all that when it is set, and its error grows until it counts as unknown', () => {
    const test = start();
    const { kernel } = test;
    const { discipline } = kernel;
    discipline.status = 0;
    discipline.maxerror = 15_999_000;
    pass(test, 1000);
    expect([discipline.maxerror, discipline.status]).toEqual([15_999_500, 0]);
    pass(test, 2000);
    expect([discipline.maxerror, discipline.status]).toEqual([16_000_000, 0x40]);
    discipline.adjust = 500;
    discipline.retune();
    kernel.setRealtime({ seconds: 1_800_000_000, nanoseconds: 0 });
    const gained = gains(test);
    pass(test, 2000);
    expect(gained()).toBe(0);
  });

  it('is waited for by the rate that it has', () => {
    const { kernel } = start();
    for (const rate of [0, 2_000_000, -2_000_000]) {
      kernel.steerClock(rate);
      const time = { seconds: 1_700_003_600, nanoseconds: 5 };
      const at = kernel.clock.monotonicOf(time);
      const shown = kernel.clock.realtimeAt(at);
      const late = (shown.seconds - time.seconds) * 1e9 + shown.nanoseconds - time.nanoseconds;
      expect(late).toBeGreaterThanOrEqual(0);
      expect(late).toBeLessThan(10);
    }
  });
});
