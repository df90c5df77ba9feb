/** What the user's program does with a machine's devices, as bytes in a log of inputs. */
import { InputLogError } from '../../machine/replay/input-log.ts';
import type { PeripheralRequest, WindowSize } from '../../protocol.ts';

/** Door of these inputs. */
export const HOST_DOOR = 'host';

export type HostInput = PeripheralRequest | { type: 'consoleResize'; size: WindowSize };

export function encodeHostInput(input: HostInput): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(input));
}

type Fields = Readonly<Record<string, unknown>>;

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function inputOf({ type, bytes, code, isDown, x, y, button, size }: Fields): HostInput | undefined {
  if (type === 'balloon' && isNumber(bytes)) return { type, bytes };
  if (type === 'key' && isNumber(code) && typeof isDown === 'boolean')
    return { type, code, isDown };
  if (type === 'pointer' && isNumber(x) && isNumber(y)) return { type, x, y };
  if (type === 'button' && typeof isDown === 'boolean') {
    if (button === 'LEFT' || button === 'RIGHT' || button === 'MIDDLE')
      return { type, button, isDown };
  }
  if (type === 'consoleResize' && typeof size === 'object' && size !== null) {
    const { rows, columns } = size as Fields;
    if (isNumber(rows) && isNumber(columns)) return { type, size: { rows, columns } };
  }
  return undefined;
}

/** Throws InputLogError: a log may come from anybody. */
export function decodeHostInput(bytes: Uint8Array): HostInput {
  let fields: unknown;
  try {
    fields = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new InputLogError('the input log has a damaged request of the host', { cause });
  }
  const input = typeof fields === 'object' && fields !== null ? inputOf({ ...fields }) : undefined;
  if (!input) throw new InputLogError('the input log has a request of the host that is none');
  return input;
}
