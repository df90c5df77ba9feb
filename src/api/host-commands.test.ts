/** The host does not trust what comes from the guest's side of a call. */
import { describe, expect, test } from 'vitest';
import type { CommandEvent, Request } from '../protocol.ts';
import type { Connection } from './connection.ts';
import { HostCommands } from './host-commands.ts';

function frame(kind: string, length: number, body = ''): Uint8Array {
  const header = Buffer.alloc(5);
  header.write(kind, 0, 'latin1');
  header.writeUInt32LE(length, 1);
  return Buffer.concat([header, Buffer.from(body)]);
}

/** Requests that a call made of these bytes leads to. */
function requestsFor(...chunks: Uint8Array[]): Request[] {
  const requests: Request[] = [];
  const connection = {
    post: (request: Request) => void requests.push(request),
    halted: new Promise<number>(() => undefined),
    onCommand: (_event: CommandEvent): void => undefined,
  };
  const commands = new HostCommands(connection as unknown as Connection);
  commands.set('quiet', () => new Promise(() => undefined));
  connection.onCommand({ type: 'commandCalled', call: 1, pid: 5, uid: 0, gid: 0 });
  for (const bytes of chunks) connection.onCommand({ type: 'commandInput', call: 1, bytes });
  return requests;
}

const END = { type: 'commandEnd', call: 1 };

describe('a call that is not in the form of host-command', () => {
  test.each([
    ['a frame of 2 GiB', [frame('a', 0x8000_0000)]],
    ['a kind that does not exist', [frame('?', 0)]],
    ['a start without a name', [frame('s', 0)]],
    ['input that nobody asked for', [frame('a', 5, 'quiet'), frame('s', 0), frame('i', 1, 'x')]],
    ['a second start', [frame('a', 5, 'quiet'), frame('s', 0), frame('s', 0)]],
    ['arguments without end', Array.from({ length: 90 }, () => frame('a', 1e5, 'x'.repeat(1e5)))],
  ])('is ended: %s', (_, chunks) => {
    expect(requestsFor(...chunks)).toContainEqual(END);
  });

  test('is not ended by frames that come in pieces', () => {
    const bytes = Buffer.concat([
      frame('e', 11, '__proto__=x'),
      frame('a', 5, 'quiet'),
      frame('s', 0),
    ]);
    expect(requestsFor(...Array.from(bytes, (byte) => Uint8Array.of(byte)))).not.toContainEqual(
      END,
    );
  });
});
