/** Shows a session on a terminal: Ink's layout and the guest's cells through one compositor. The guest's cells come first: Ink is loaded after them. */
import { enterScreen } from './host-modes.ts';
import type { InkChrome } from './ink-chrome.tsx';
import { Compositor, type FrameOutput } from './screen/compositor.ts';
import type { HostCapabilities } from './screen/host-capabilities.ts';
import type { TerminalSession } from './terminal-session.ts';

/** Ink takes 100 ms and 30 MB: it is loaded when the guest has printed nothing for so long, but at the latest after its first output by the second time. */
const QUIET_MS = 15;
const LATEST_MS = 300;

export interface Drawing {
  /** Ends it. The modes of the terminal are reset by whoever gave it: `leaveScreen`. */
  close(): void;
  /** Loads what Ink draws, if that has not begun; resolves when it is there. */
  load(): Promise<void>;
}

export function openTerminal(
  session: TerminalSession,
  host: HostCapabilities,
  output: FrameOutput,
): Drawing {
  const { size } = session.chrome.layout;
  const compositor = new Compositor(size, host, output, session);
  let ink: InkChrome | undefined;
  let drawChrome: () => void = () => undefined;
  let loading: Promise<void> | undefined;
  const begin = async (): Promise<void> => {
    const [{ drawApp }, { InkChrome }, { VIEWS }, { openHelpView }] = await Promise.all([
      import('./App.tsx'),
      import('./ink-chrome.tsx'),
      import('./views/table.ts'),
      import('./help-view.tsx'),
    ]);
    const chromeInk = new InkChrome(size, (text) => compositor.setChrome(text));
    let shown: TerminalSession['chrome'] | undefined;
    ink = chromeInk;
    drawChrome = () => {
      const { chrome } = session;
      if (chrome !== shown) chromeInk.render(drawApp(chrome), chrome.layout.size);
      shown = chrome;
    };
    session.useViews({ VIEWS, openHelpView });
  };
  const load = (): Promise<void> => (loading ??= begin());
  const loader = new QuietTimer(() => void load());
  compositor.onFrame = () => {
    drawChrome();
    return session.controls();
  };
  session.onOutput = () => loader.heard();
  session.onWanted = () => loader.now();
  session.onChange = () => compositor.changed();
  session.onRedraw = () => compositor.redraw();
  session.onResize = (to) => compositor.resize(to);
  output.write(enterScreen(host));
  compositor.changed();
  const close = (): void => {
    loader.cancel();
    compositor.close();
    ink?.close();
  };
  return { close, load };
}

/** Calls back once: when nothing has been heard for QUIET_MS since the first time, or after LATEST_MS. */
class QuietTimer {
  private readonly callback: () => void;
  private quiet: NodeJS.Timeout | undefined;
  private latest: NodeJS.Timeout | undefined;
  private isOver = false;

  constructor(callback: () => void) {
    this.callback = callback;
  }

  heard(): void {
    if (this.isOver) return;
    this.latest ??= setTimeout(() => this.now(), LATEST_MS);
    if (this.quiet) this.quiet.refresh();
    else this.quiet = setTimeout(() => this.now(), QUIET_MS);
  }

  now(): void {
    if (this.isOver) return;
    this.cancel();
    this.callback();
  }

  cancel(): void {
    this.isOver = true;
    clearTimeout(this.quiet);
    clearTimeout(this.latest);
  }
}
