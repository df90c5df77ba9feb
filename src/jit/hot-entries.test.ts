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
  expect(entries.age()).toEqual([]);
  expect(entries.take()).toEqual({ hostPage: 1, slots: [10] });
  expect(entries.take()).toEqual({ hostPage: 2, slots: [20, 21] });
  expect(entries.take()).toBeUndefined();
  expect(entries.size).toBe(0);
});

test('a module for one entry is worth less than one for several that are as hot', () => {
  const { entries, add } = subject();
  add(1, 10, 2000);
  for (const slot of [20, 21, 22]) add(2, slot, 2000);
  expect(entries.take()).toEqual({ hostPage: 2, slots: [20, 21, 22] });
});

test('entries of a page that are much colder than its best wait', () => {
  const { entries, heat, add } = subject();
  add(1, 10, 2000);
  add(1, 11, 2000);
  heat(1, 10, 60_000);
  entries.age();
  expect(entries.take()).toEqual({ hostPage: 1, slots: [10] });
  expect(entries.take()).toEqual({ hostPage: 1, slots: [11] });
});

test('what is not executed any more is forgotten, and what cannot be translated', () => {
  const { entries, heat, add } = subject();
  add(1, 10, 2000);
  add(1, 11, 2000);
  add(2, 20, 2000);
  heat(2, 20, undefined);
  expect(entries.age()).toEqual([{ hostPage: 2, slots: [20] }]);
  let used = 2000;
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
  expect(entries.take()?.hostPage).toBe(1);
});

test('an entry counts once', () => {
  const { entries, add } = subject();
  add(1, 10, 2000);
  add(1, 10, 2000);
  expect(entries.size).toBe(1);
});
