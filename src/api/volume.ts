/** Answers the machine thread's calls on objects that speak node:fs (memfs volumes) from the main thread's event loop. */
import { serialize } from 'node:v8';
import { VOLUME, type VolumeAnswer } from '../protocol.ts';
import type { VolumeLike } from './options.ts';

/** Results that are class instances become plain data: Stats lose their methods, Dirents too. */
function plain(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(
    Object.entries(value).filter(
      ([, field]) =>
        typeof field === 'number' || typeof field === 'bigint' || typeof field === 'string',
    ),
  );
}

function call(volume: VolumeLike | undefined, method: string, args: unknown[]): VolumeAnswer {
  try {
    const operation = (volume as Record<string, unknown> | undefined)?.[method];
    if (typeof operation !== 'function') return { code: 'ENOSYS' };
    const value: unknown = Reflect.apply(operation, volume, args);
    // readSync fills the caller's buffer, which is a copy here: send it back with the count.
    if (method === 'readSync') return { value: { count: value, bytes: plain(args[1]) } };
    return { value: plain(value) };
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    return { code: typeof code === 'string' ? code : 'EIO' };
  }
}

/** Perform one call and store its answer in the shared area, then wake the machine thread. */
export function answerVolume(
  volume: VolumeLike | undefined,
  request: { method: string; arguments: unknown[] },
  channel: SharedArrayBuffer,
): void {
  let bytes: Uint8Array = serialize(call(volume, request.method, request.arguments));
  if (bytes.length > VOLUME.SIZE - VOLUME.BYTES) bytes = serialize({ code: 'EFBIG' });
  new Uint8Array(channel, VOLUME.BYTES).set(bytes);
  const words = new Int32Array(channel);
  words[VOLUME.LENGTH >> 2] = bytes.length;
  Atomics.store(words, VOLUME.STATE, 1);
  Atomics.notify(words, VOLUME.STATE);
}
