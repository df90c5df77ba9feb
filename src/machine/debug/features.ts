/** What the stub tells gdb that it can do: the answer to qSupported ("Debugging with GDB", appendix E.4). */
import { MAX_PACKET_BYTES } from './packet.ts';

const FEATURES = [
  `PacketSize=${MAX_PACKET_BYTES.toString(16)}`,
  'QStartNoAckMode+',
  'qXfer:features:read+',
  'vContSupported+',
  'swbreak+',
  'hwbreak+',
];
const REVERSE_FEATURES = ['ReverseStep+', 'ReverseContinue+'];
/** What gdb needs to find where a program that can lie anywhere does. */
const AUXV_FEATURE = 'qXfer:auxv:read+';

/** `auxv`: of a program; `goBack`: in a recording. */
export function featuresOf({ auxv, goBack }: { auxv?: unknown; goBack?: unknown }): string {
  return [...FEATURES, ...(auxv ? [AUXV_FEATURE] : []), ...(goBack ? REVERSE_FEATURES : [])].join(
    ';',
  );
}
