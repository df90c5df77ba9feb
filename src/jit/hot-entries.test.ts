/** Which hot entries are translated first, and which are forgotten. */
import { expect, test } from 'vitest';
import { HotEntries } from './hot-entries.ts';

/** Entries whose heat the test sets, by page and slot. */
function subject() {
  const heats = new Map<string, number>();
  const entries = new HotEntries((page, slot) => heats.get(`${page} ${slot}`));
  const heat = (page: number, slot: number, value: number | undefined): void => {
    if (value === undefined) heats.delete(`${page} ${slot}`);
    else heats.set(`${page} ${slot}`, value);
  };
  const add = (page: number, slot: number, value: number): void => {
    heat(page, slot, value);
    entries.add(page, slot);
  };
  return { entries, heat, add };
}

test('the page that is executed most now comes first, not the one that was', () => {
  const { entries, heat, add } = subject();
  add(1, 10, 2000);
  add(2, 20, 2000);
  add(2, 21, 2000);
  heat(1, 10, 9000);
  heat(2, 20, 2400);
  heat(2, 21, 2400);
  expect(entries.age()).toEqual([]);
  expect(entries.take(1)).toEqual({ hostPage: 1, slots: [10] });
  expect(entries.take(1)).toEqual({ hostPage: 2, slots: [20, 21] });
  expect(entries.take(1)).toBeUndefined();
  expect(entries.size).toBe(0);
});

test('a module for one entry is worth less than one for several that are as hot', () => {
  const { entries, heat, add } = subject();
  add(1, 10, 2000);
  heat(1, 10, 2500);
  for (const slot of [20, 21, 22]) {
    add(2, slot, 2000);
    heat(2, slot, 2500);
  }
  entries.age();
  expect(entries.take(1)).toEqual({ hostPage: 2, slots: [20, 21, 22] });
});

test('entries of a page that are much colder than its best wait', () => {
  const { entries, heat, add } = subject();
  add(1, 10, 2000);
  add(1, 11, 2000);
  heat(1, 10, 60_000);
  heat(1, 11, 2400);
  entries.age();
  expect(entries.take(1)).toEqual({ hostPage: 1, slots: [10] });
  expect(entries.take(1)).toEqual({ hostPage: 1, slots: [11] });
});

test('what is not executed any more is forgotten, and what cannot be translated', () => {
  const { entries, heat, add } = subject();
  add(1, 10, 2000);
  add(1, 11, 2000);
  add(2, 20, 2000);
  heat(1, 10, 3000);
  heat(1, 11, 3000);
  heat(2, 20, undefined);
  expect(entries.age()).toEqual([{ hostPage: 2, slots: [20] }]);
  let used = 3000;
  const forgotten = Array.from({ length: 7 }, () => {
    heat(1, 11, (used += 40));
    return entries.age();
  });
  expect(forgotten.flat()).toEqual([{ hostPage: 1, slots: [10] }]);
  expect(entries.size).toBe(1);
});

test('heat that wraps is no less', () => {
  const { entries, heat, add } = subject();
  add(1, 10, 65_000);
  add(2, 20, 65_000);
  heat(1, 10, 9000);
  heat(2, 20, 65_400);
  entries.age();
  expect(entries.take(1)?.hostPage).toBe(1);
});

test('an entry counts once', () => {
  const { entries, add } = subject();
  add(1, 10, 2000);
  add(1, 10, 2000);
  expect(entries.size).toBe(1);
});

test('nothing is taken that is not executed often enough, but beside what is', () => {
  const { entries, heat, add } = subject();
  add(1, 10, 2000);
  add(2, 20, 2000);
  add(2, 21, 2000);
  // Nothing is known yet of how often it is executed.
  expect(entries.take(0)).toBeUndefined();
  heat(1, 10, 2900);
  heat(2, 20, 3100);
  heat(2, 21, 2300);
  entries.age();
  expect(entries.take(1200)).toBeUndefined();
  expect(entries.take(1000)).toEqual({ hostPage: 2, slots: [20, 21] });
  expect(entries.take(1000)).toBeUndefined();
});

test('what is proven is taken whatever is known of it', () => {
  const { entries, heat } = subject();
  heat(1, 10, 2000);
  entries.add(1, 10, true);
  expect(entries.take(8000)).toEqual({ hostPage: 1, slots: [10] });
});
