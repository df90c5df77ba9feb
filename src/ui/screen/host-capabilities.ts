/** What the host's terminal understands, by its environment: it is never asked, answers could be mistaken for keys. */
import { type ColourDepth, colourDepth } from './colour-depth.ts';

export interface HostCapabilities {
  readonly depth: ColourDepth;
  /** Operating System Commands: titles, links, the clipboard. */
  readonly hasStrings: boolean;
  /** Mode 2026, and private modes that a terminal does not know are ignored by it. */
  readonly hasSynchronizedOutput: boolean;
}

export function hostCapabilities(
  env: Readonly<Record<string, string | undefined>>,
): HostCapabilities {
  const isSimple = /^(|dumb|ansi|linux|cons\d+|vt\d+.*)$/.test(env['TERM'] ?? '');
  return { depth: colourDepth(env), hasStrings: !isSimple, hasSynchronizedOutput: !isSimple };
}
