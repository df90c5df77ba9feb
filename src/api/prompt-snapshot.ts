/** The snapshot that the package brings: its system at the prompt of the console's session, with the options of PROMPT. */
import { bundleFile } from './bundle.ts';

export const SHIPPED_SNAPSHOT = bundleFile('prompt.snapshot');

/**
 * What it was booted with. The session's environment is that of any terminal which the UI draws: its screen is xterm's with all colours, whatever the host's
 * is, and there is one locale.
 */
export const PROMPT = {
  console: true,
  env: { TERM: 'xterm-256color', COLORTERM: 'truecolor', LANG: 'C.UTF-8' },
  windowSize: { rows: 23, columns: 80 },
} as const;
