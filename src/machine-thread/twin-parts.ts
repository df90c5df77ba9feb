/** A saved machine on its way to a twin in this process: what is large lies in shared memory, so that messages do not copy it. */
import type { SnapshotContent } from '../machine/snapshot/file.ts';
import type { StateValue } from '../machine/state.ts';
import type { SystemParts } from '../protocol.ts';

/** Fewer bytes are copied with the message sooner than memory is had for them. */
const MIN_SHARED_BYTES = 4096;

/** Its blocks are shared already (sharePages). */
export function partsOf({ state, blocks }: SnapshotContent): SystemParts {
  return { state: shared(state), blocks: [...blocks] };
}

function shared(value: StateValue): StateValue {
  if (value instanceof Uint8Array) return value.length < MIN_SHARED_BYTES ? value : inShared(value);
  if (typeof value !== 'object') return value;
  if (isList(value)) return value.map(shared);
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, shared(field)]));
}

function inShared(bytes: Uint8Array): Uint8Array {
  if (bytes.buffer instanceof SharedArrayBuffer) return bytes;
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}

function isList(value: StateValue): value is readonly StateValue[] {
  return Array.isArray(value);
}
