/** What the console prints, with credit: the machine stands still while its reader is behind. */
import { SCREEN_CREDIT_BYTES } from '../protocol.ts';
import type { Connection } from './connection.ts';

export function listenConsole(
  connection: Connection,
  listener: (bytes: Uint8Array) => void | Promise<void>,
): void {
  let taken = 0;
  const pass = async (bytes: Uint8Array): Promise<void> => {
    await listener(bytes);
    taken += bytes.length;
    if (taken < SCREEN_CREDIT_BYTES / 4) return;
    connection.post({ type: 'consoleConsumed', bytes: taken });
    taken = 0;
  };
  connection.listenConsole((bytes) => void pass(bytes));
}
