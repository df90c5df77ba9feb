import { describe, expect, it } from 'vitest';
import { Timer, Timers, type TimerTarget } from './timer.ts';

class Recorder implements TimerTarget {
  readonly fired: string[] = [];
  expire(timer: Timer): void {
    this.fired.push(timer.kind);
  }
}

describe('timers', () => {
  it('fire in order of their deadlines, whatever the order of arming', () => {
    const timers = new Timers();
    const recorder = new Recorder();
    const deadlines = Array.from({ length: 200 }, (_, i) => (i * 7919) % 211);
    for (const deadline of deadlines) timers.arm(new Timer(recorder, String(deadline)), deadline);
    timers.run(150);
    const due = deadlines.filter((deadline) => deadline <= 150).sort((a, b) => a - b);
    expect(recorder.fired.map(Number)).toEqual(due);
    expect(timers.nextDeadlineNs).toBe(151);
  });

  it('can be moved and disarmed', () => {
    const timers = new Timers();
    const recorder = new Recorder();
    const [a, b, c] = ['a', 'b', 'c'].map((kind) => new Timer(recorder, kind)) as [
      Timer,
      Timer,
      Timer,
    ];
    timers.arm(a, 10);
    timers.arm(b, 20);
    timers.arm(c, 30);
    timers.arm(a, 40);
    timers.disarm(b);
    timers.disarm(b);
    expect(b.isArmed).toBe(false);
    timers.run(100);
    expect(recorder.fired).toEqual(['c', 'a']);
  });

  it('may be armed again while they fire', () => {
    const timers = new Timers();
    let count = 0;
    const target: TimerTarget = {
      expire: (timer) => {
        if (++count < 3) timers.arm(timer, timer.deadlineNs + 10);
      },
    };
    timers.arm(new Timer(target, 'periodic'), 10);
    timers.run(15);
    expect(count).toBe(1);
    timers.run(100);
    expect(count).toBe(3);
  });
});
