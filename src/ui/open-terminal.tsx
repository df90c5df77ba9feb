/** Draws a session with Ink until the machine powers off. */
import { render } from 'ink';
import { App } from './App.tsx';
import type { TerminalSession } from './terminal-session.ts';

const FRAMES_PER_SECOND = 30;

/** Shows the session on the host's terminal; returns what removes it again. */
export function openTerminal(session: TerminalSession): () => void {
  const instance = render(<App session={session} />, {
    exitOnCtrlC: false,
    patchConsole: false,
    maxFps: FRAMES_PER_SECOND,
    incrementalRendering: true,
    alternateScreen: true,
  });
  return () => instance.unmount();
}
