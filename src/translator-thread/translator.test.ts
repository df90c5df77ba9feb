/** Requests are answered once each; what is known at once, the rest by pages. */
import { expect, test } from 'vitest';
import { EXECUTED, type RegionRequest } from '../jit/control-flow.ts';
import type { TranslatorAnswer } from '../jit/translator-port.ts';
import { PageLibrary } from './page-library.ts';
import { Translator } from './translator.ts';

const WASM = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
const executed = new Uint8Array(2048).fill(EXECUTED);

function request(page: number, entry: number, content = page): RegionRequest {
  return { page, entry, executed, code: new Uint16Array(2048).fill(content), indirect: [] };
}

/** Entries of each call; one at 666 fails. */
function subject() {
  const calls: number[][] = [];
  const answers: TranslatorAnswer[] = [];
  const translator = new Translator(new PageLibrary('', undefined), undefined, async () => {
    return (requests) => {
      const entries = requests.map(({ entry }) => entry);
      calls.push(entries);
      if (entries.includes(666)) throw new Error('a bug');
      return { bytes: WASM, covered: entries.map((entry) => new Uint16Array([entry / 2])) };
    };
  });
  const client = { post: (answer: TranslatorAnswer) => answers.push(answer) };
  const send = (batch: number, requests: RegionRequest[]) =>
    translator.request(client, { batch, requests });
  return { calls, answers, send };
}
const entriesOf = ({ regions }: TranslatorAnswer) => regions.map(({ entry }) => entry).sort();

test('a module per page; requests that come meanwhile go with it', async () => {
  const { calls, answers, send } = subject();
  send(1, [request(1, 0), request(2, 8), request(1, 16)]);
  send(2, [request(1, 24)]);
  await expect.poll(() => answers.length).toBe(3);
  expect(calls).toEqual([[0, 16, 24], [8]]);
  expect(answers.map(({ batch, answered }) => [batch, answered])).toEqual([
    [1, [0, 2]],
    [2, [0]],
    [1, [1]],
  ]);
  const [first] = answers;
  expect(new Set(first?.regions.map(({ id }) => id)).size).toBe(1);
  expect(first?.regions[0]).toMatchObject({ origin: 'translated' });
});

test('what is known is answered at once, with all that is known of the page, once', async () => {
  const { calls, answers, send } = subject();
  send(1, [request(1, 0), request(1, 8)]);
  await expect.poll(() => answers.length).toBe(1);
  // The same bytes in another frame.
  send(2, [request(7, 8, 1)]);
  expect(answers).toHaveLength(2);
  expect(entriesOf(answers[1] as TranslatorAnswer)).toEqual([0, 8]);
  expect(answers[1]?.regions[0]).toMatchObject({ origin: 'shared' });
  send(3, [request(7, 8, 1)]);
  expect(entriesOf(answers[2] as TranslatorAnswer)).toEqual([8]);
  expect(calls).toHaveLength(1);
});

test('what is known does not wait for what is not', async () => {
  const { answers, send } = subject();
  send(1, [request(1, 0)]);
  await expect.poll(() => answers.length).toBe(1);
  send(2, [request(1, 8), request(1, 0)]);
  expect(answers.map(({ batch, answered }) => [batch, answered])).toEqual([
    [1, [0]],
    [2, [1]],
  ]);
  await expect.poll(() => answers.length).toBe(3);
  expect(answers[2]).toMatchObject({ batch: 2, answered: [0] });
  expect(entriesOf(answers[2] as TranslatorAnswer)).toEqual([8]);
});

test('a failure is told, and leaves the others alone', async () => {
  const { answers, send } = subject();
  send(1, [request(1, 666), request(2, 8)]);
  await expect.poll(() => answers.length).toBe(2);
  expect(answers[0]).toMatchObject({ answered: [0], regions: [] });
  expect(answers[0]?.failure).toContain('a bug');
  expect(entriesOf(answers[1] as TranslatorAnswer)).toEqual([8]);
});
