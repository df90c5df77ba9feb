import { describe, expect, it } from 'vitest';
import {
  addSignal,
  emptySet,
  formatSet,
  hasSignal,
  lowestSignal,
  removeSignal,
  setOf,
} from './signal-set.ts';

describe('signal sets', () => {
  it('keep every signal from 1 to 64 apart', () => {
    for (let signal = 1; signal <= 64; signal++) {
      const set = setOf(signal);
      for (let other = 1; other <= 64; other++)
        expect(hasSignal(set, other)).toBe(other === signal);
      expect(lowestSignal(set, emptySet())).toBe(signal);
      removeSignal(set, signal);
      expect(set).toEqual(emptySet());
    }
  });

  it('skip blocked signals, lowest first', () => {
    const pending = setOf(2, 15, 33, 64);
    expect(lowestSignal(pending, setOf(2))).toBe(15);
    expect(lowestSignal(pending, setOf(2, 15))).toBe(33);
    expect(lowestSignal(pending, setOf(2, 15, 33, 64))).toBe(0);
  });

  it('print as /proc/<pid>/status does', () => {
    // SigIgn of a shell on Linux that ignores SIGINT, SIGQUIT and SIGPIPE: 0000000000001006.
    expect(formatSet(setOf(2, 3, 13))).toBe('0000000000001006');
    const set = setOf(32);
    addSignal(set, 64);
    expect(formatSet(set)).toBe('8000000080000000');
  });
});
