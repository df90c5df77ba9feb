/** The views of the machine below the kernel, in a real pty at 80x24: translator, pause and step. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { VIEW_TIMEOUT_MS, ViewDriver } from '../support/view-driver.ts';

let views: ViewDriver;

beforeAll(async () => {
  views = await ViewDriver.start();
});

afterAll(() => views.end());

test('translator: instructions beside their wasm', async () => {
  await views.shell('clear; yes >/dev/null & echo busy', /^busy$/m);
  await views.open('t', /Translator: hot regions/);
  await views.screen.waitFor(/\d+\.\d% [█░]{12} +0x[0-9a-f]+ +\d+ \/(usr\/)?bin/, VIEW_TIMEOUT_MS);
  views.screen.type('\r');
  await views.screen.waitFor(/0x[0-9a-f]+ {2}\w+.* │ +\(/, VIEW_TIMEOUT_MS);
  await views.close();
  await views.shell('clear; pkill yes; echo quiet', /^quiet$/m);
});

test('break: pause, step and slow motion', async () => {
  await views.shell('clear; while :; do :; done & echo busy', /^busy$/m);
  await views.open('b', /runs at full speed/);
  views.screen.type(' ');
  const before = await views.screen.waitFor(
    /sh\[\d+\]: paused, (\d+) instructions/,
    VIEW_TIMEOUT_MS,
  );
  views.screen.type('s');
  const after = await views.screen.waitFor(
    new RegExp(`paused, (${Number(before[1]) + 1}) instructions`),
    VIEW_TIMEOUT_MS,
  );
  expect(Number(after[1])).toBe(Number(before[1]) + 1);
  expect(views.screen.text()).toMatch(/^│ > +0x[0-9a-f]+ {2}\w+/m);
  expect(views.screen.text()).toMatch(/ sp [0-9a-f]+$/m);
  views.screen.type('m');
  await views.screen.waitFor(/slow motion, 10 instructions a second/, VIEW_TIMEOUT_MS);
  views.screen.type('r');
  await views.screen.waitFor(/runs at full speed/, VIEW_TIMEOUT_MS);
  await views.close();
  await views.shell('clear; kill $!; echo still alive', /^still alive$/m);
});
