/** The end of a recording, before its machine is stopped. */
import type { Connection } from './connection.ts';

/** For the last of it to be written. */
const PATIENCE_MS = 2000;

/** A machine that does not answer any more leaves a recording that is cut short. */
export async function endRecording(connection: Connection): Promise<void> {
  const { reply } = connection.request((id) => ({ type: 'endRecording', id }), 'record', '');
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS);
  });
  await Promise.race([reply.catch(() => undefined), patience]);
  clearTimeout(timer);
}
