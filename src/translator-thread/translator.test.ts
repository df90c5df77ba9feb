/** Requests are answered once each; what is known at once, the rest by pages. */
import { expect, test } from 'vitest';
import { EXECUTED, type RegionRequest } from '../jit/control-flow.ts';
import type { KnownPages, TranslatorAnswer } from '../jit/translator-port.ts';
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
  const known: KnownPages[] = [];
  const client = {
    post: (answer: TranslatorAnswer | KnownPages) =>
      'look' in answer ? known.push(answer) : answers.push(answer),
  };
  const send = (batch: number, requests: RegionRequest[]) =>
    translator.request(client, { batch, requests });
  const look = (number: number, ...pages: RegionRequest[]) => {
    const code = new Uint16Array(pages.flatMap((page) => [...page.code]));
    translator.look(client, { look: number, hostPages: pages.map(({ page }) => page), code });
  };
  return { calls, answers, known, send, look };
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

test('who looks at pages hears what is known of them, once for each page', async () => {
  const { answers, known, send, look } = subject();
  send(1, [request(1, 0), request(1, 8), request(2, 16)]);
  await expect.poll(() => answers.length).toBe(2);
  look(1, request(3, 0), request(7, 0, 1), request(8, 0, 2));
  const [first] = known;
  const found = first?.pages.map(({ index, regions }) => [
    index,
    regions.map(({ entry }) => entry),
  ]);
  expect(found).toEqual([
    [1, [0, 8]],
    [2, [16]],
  ]);
  expect(first?.pages[0]?.code).toEqual(request(7, 0, 1).code);
  look(2, request(7, 0, 1));
  expect(known[1]).toEqual({ look: 2, pages: [] });
  send(2, [request(7, 8, 1)]);
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
