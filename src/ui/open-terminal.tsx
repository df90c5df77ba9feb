/** Shows a session on a terminal: Ink's layout and the guest's cells through one compositor. */
import { App } from './App.tsx';
import { enterScreen } from './host-modes.ts';
import { InkChrome } from './ink-chrome.tsx';
import { Compositor, type FrameOutput } from './screen/compositor.ts';
import type { HostCapabilities } from './screen/host-capabilities.ts';
import type { TerminalSession } from './terminal-session.ts';

/** Returns what ends the drawing. The modes of the terminal are reset by whoever gave it: `leaveScreen`. */
export function openTerminal(
  session: TerminalSession,
  host: HostCapabilities,
  output: FrameOutput,
): () => void {
  const { size } = session.chrome.layout;
  const compositor = new Compositor(size, host, output, session);
  const ink = new InkChrome(size, (text) => compositor.setChrome(text));
  let shown: TerminalSession['chrome'] | undefined;
  compositor.onFrame = () => {
    const { chrome } = session;
    if (chrome !== shown) ink.render(<App {...chrome} />, chrome.layout.size);
    shown = chrome;
    return session.controls();
  };
  session.onChange = () => compositor.changed();
  session.onRedraw = () => compositor.redraw();
  session.onResize = (to) => compositor.resize(to);
  output.write(enterScreen(host));
  compositor.changed();
  return () => {
    compositor.close();
    ink.close();
  };
}
