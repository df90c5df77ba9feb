/** The view that lists the keys of the screen. */
import { Panel } from './components/Panel.tsx';
import { MOVES } from './list-moves.ts';
import type { SplitView, ViewRow } from './split-view.ts';

const FIXED = [
  '^A [   look back: scroll, search (/ ?), select (v), copy (y), save to a file (w)',
  '^A ]   paste what was copied',
  '^A Tab the keys go to the other half: terminal or view',
  '^A z   the view takes all of the screen, and gives it back',
  '^A c   add and remove devices: a line of the monitor',
  '^A r   draw everything again',
  '^A ^A  send ^A to the program',
  '^A q   end Hartix at once (exit or ^D powers off in order)',
  '',
  'In a view: arrows move, q or Escape closes.',
  'In the shell: help lists the commands, tour shows the system.',
];

/** `rows`: the table of views. */
export function openHelpView(rows: readonly ViewRow[], changed: () => void): SplitView {
  const lines = [...rows.map(({ key, name }) => `^A ${key}   ${name}`), ...FIXED];
  let selected = 0;
  return {
    help: 'arrows PgUp PgDn move',
    element: (size) => <Panel title="Keys" lines={lines} selected={selected} {...size} />,
    key(key) {
      const move = MOVES[key];
      if (move === undefined) return false;
      selected = Math.max(0, Math.min(lines.length - 1, selected + move));
      changed();
      return true;
    },
    dispose: () => undefined,
  };
}
