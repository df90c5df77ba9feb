/** A program of its own around a machine (run it with tsx): the console on the left, a view on the right. ^T turns the keys over, ^X ends it. */
import { boot } from 'hartix';
import { SystemMonitor, Terminal } from 'hartix/ink';
import { Box, render, useInput, useWindowSize } from 'ink';
import { useState } from 'react';

const TURN = '\x14';
const END = '\x18';
const OURS = [TURN, END];

const os = await boot({ console: true, env: { TERM: 'xterm-256color' } });

function App() {
  const { rows, columns } = useWindowSize();
  const [isMonitor, setIsMonitor] = useState(false);
  useInput((input, key) => {
    if (key.ctrl && input === 't') setIsMonitor(!isMonitor);
    if (key.ctrl && input === 'x') void os.close();
  });
  const half = Math.floor(columns / 2);
  const size = { rows: rows - 1, os, reservedKeys: OURS };
  return (
    <Box>
      <Terminal {...size} columns={half} isFocused={!isMonitor} />
      <SystemMonitor {...size} columns={columns - half} isFocused={isMonitor} />
    </Box>
  );
}

const app = render(<App />, { exitOnCtrlC: false, alternateScreen: true });
// Rejects when it was closed, resolves when the guest powered off.
await os.halted.catch(() => undefined);
app.unmount();
await os.close();
