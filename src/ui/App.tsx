/** The whole screen: the guest's terminal or a panel, and the status line. State is the session's; this only draws it. */
import { Box } from 'ink';
import { useSyncExternalStore } from 'react';
import { Panel } from './components/Panel.tsx';
import { Screen } from './components/Screen.tsx';
import { StatusLine } from './components/StatusLine.tsx';
import type { TerminalSession } from './terminal-session.ts';

export function App(props: { session: TerminalSession }) {
  const view = useSyncExternalStore(props.session.subscribe, props.session.view);
  const { size, panel } = view;
  return (
    <Box flexDirection="column" height={size.rows} width={size.columns}>
      {panel ? (
        <Panel
          title={panel.title}
          lines={panel.lines}
          selected={panel.selected}
          rows={size.rows - 1}
          columns={size.columns}
        />
      ) : (
        <Screen lines={view.lines} cursor={view.cursor} />
      )}
      <StatusLine text={view.status} hint={view.hint} columns={size.columns} />
    </Box>
  );
}
