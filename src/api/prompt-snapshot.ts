/** The snapshot that the package brings: its system at the prompt of the console's session, with the options of PROMPT. */
import { bundleFile } from './bundle.ts';

export const SHIPPED_SNAPSHOT = bundleFile('prompt.snapshot');

/** What it was booted with. The session's environment is each start's own. */
export const PROMPT = {
  console: true,
  env: { TERM: 'xterm-256color' },
  windowSize: { rows: 23, columns: 80 },
} as const;
