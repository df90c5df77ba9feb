import { describe, expect, it } from 'vitest';
import { parseSchedule } from './schedule-policy.ts';

describe('a schedule', () => {
  it.each([
    '',
    'random',
    'random:x',
    'random:1:2',
    'pct',
    'pct:1:0',
    'pct:1:101',
    'pct:1:3:0',
    'pct:1:3:9:9',
    'fair:1',
    'random:-1',
  ])('%j is refused', (text) => {
    expect(() => parseSchedule(text)).toThrow(/^schedule '/);
  });

  /** Instructions between the first points. */
  const points = (text: string): number[] => {
    const policy = parseSchedule(text);
    return Array.from({ length: 50 }, () => policy.untilPoint());
  };

  it('has the same points for the same seed, others for another', () => {
    expect(points('random:5')).toEqual(points('random:5'));
    expect(points('random:5')).not.toEqual(points('random:6'));
    expect(points('random:5').every((count) => Number.isInteger(count) && count >= 1)).toBe(true);
  });

  it('has its changes within the length, where it is PCT', () => {
    for (let seed = 0; seed < 50; seed++)
      expect(parseSchedule(`pct:${seed}:4:1000`).untilPoint()).toBeLessThanOrEqual(1000);
    expect(parseSchedule('pct:1:1:1000').untilPoint()).toBeGreaterThan(1000);
  });
});
