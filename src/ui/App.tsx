/** What Ink lays out: a view beside or below the guest's terminal, and the bottom line. Where the terminal is, it leaves a hole. */
import { Box } from 'ink';
import type { ReactElement } from 'react';
import { StatusLine } from './components/StatusLine.tsx';
import type { Layout } from './layout.ts';

export interface Chrome {
  layout: Layout;
  view: ReactElement | undefined;
  status: string;
  hint: string;
  /** In place of the figures, where the keys have something to say. */
  help: string | undefined;
}

function App({ layout, view, status, hint, help }: Chrome) {
  const { size, terminal, isBeside } = layout;
  return (
    <Box flexDirection="column" height={size.rows} width={size.columns}>
      <Box flexDirection={isBeside ? 'row' : 'column'} height={size.rows - 1}>
        {terminal && <Box width={terminal.columns} height={terminal.rows} flexShrink={0} />}
        {layout.view && (
          <Box width={layout.view.columns} height={layout.view.rows} overflow="hidden">
            {view}
          </Box>
        )}
      </Box>
      <StatusLine text={status} hint={hint} help={help} columns={size.columns} />
    </Box>
  );
}

export function drawApp(chrome: Chrome): ReactElement {
  return <App {...chrome} />;
}
