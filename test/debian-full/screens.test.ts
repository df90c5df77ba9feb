/** Full-screen programs through a real pty and a terminal emulator. */
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TerminalDriver } from '../support/terminal.ts';
import { root } from './root.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli.js');
/** For each step: a program's first run on a host that is busy elsewhere takes minutes. */
const WAIT_MS = 300_000;

function open(...command: string[]): TerminalDriver {
  const args = [
    CLI,
    'run',
    '--memory',
    '512M',
    '--rootfs',
    root?.image ?? '',
    '--env',
    'TERM=xterm-256color',
    '--',
    ...command,
  ];
  return new TerminalDriver(process.execPath, args, { rows: 24, columns: 80 });
}

describe.skipIf(!root)('screens', () => {
  it('bash: line editing, history, job control', async () => {
    const terminal = open('bash', '--norc', '-i');
    await terminal.waitFor(/bash-5\.\d#$/m, WAIT_MS);
    terminal.type('xecho one two\x01\x04\x1bf\x1bf!\r');
    await terminal.waitFor(/^one! two/m, WAIT_MS);
    terminal.type("sh -c 'echo started; sleep 1000'\r");
    await terminal.waitFor(/^started/m, WAIT_MS);
    terminal.type('\x1a');
    await terminal.waitFor(/Stopped\s+sh -c/, WAIT_MS);
    terminal.type('bg; jobs; kill %1\r');
    await terminal.waitFor(/Running\s+sh -c/, WAIT_MS);
    terminal.type('wait\r');
    await terminal.waitFor(/Terminated\s+sh -c/, WAIT_MS);
    terminal.type('exit 7\r');
    expect(await terminal.exit).toBe(7);
  });

  it('vim edits and writes a file', async () => {
    const terminal = open('bash', '-c', 'vi /root/v; cat /root/v');
    await terminal.waitFor(/~\s+~/, WAIT_MS);
    terminal.type('ihello world\x1b0dwA!\x1b:wq\r');
    await terminal.waitFor(/^world!/m, WAIT_MS);
    expect(await terminal.exit).toBe(0);
  });

  it('nano edits and writes a file', async () => {
    const terminal = open('bash', '-c', 'nano /root/n; cat /root/n');
    await terminal.waitFor(/GNU nano/, WAIT_MS);
    terminal.type('typed\x0f\r\x18');
    await terminal.waitFor(/^typed/m, WAIT_MS);
    expect(await terminal.exit).toBe(0);
  });

  it('less pages and searches', async () => {
    const terminal = open('bash', '-c', 'seq 1000 | less');
    await terminal.waitFor(/^23$/m, WAIT_MS);
    terminal.type('/777\r');
    await terminal.waitFor(/^777$/m, WAIT_MS);
    terminal.type('q');
    expect(await terminal.exit).toBe(0);
  });

  it('htop draws its meters and the processes', async () => {
    const terminal = open('htop');
    await terminal.waitFor(/Tasks:.*\n[\s\S]*Load average[\s\S]*htop/, WAIT_MS);
    terminal.type('q');
    expect(await terminal.exit).toBe(0);
  });

  it('tmux splits a window and passes input on', async () => {
    const terminal = open('tmux', 'new-session', 'bash --norc');
    await terminal.waitFor(/bash-5\.\d#/, WAIT_MS);
    terminal.type('\x02"');
    await terminal.waitFor(/bash-5[\s\S]*─────[\s\S]*#/, WAIT_MS);
    terminal.type('echo $((6*7))\r');
    await terminal.waitFor(/^42/m, WAIT_MS);
    terminal.type('exit\r');
    await terminal.waitFor(/^[^─]*$/, WAIT_MS);
    terminal.type('exit\r');
    expect(await terminal.exit).toBe(0);
  });

  it('script records a session', async () => {
    const terminal = open(
      'bash',
      '-c',
      "script -q -c 'tty; stty size; echo inside' /root/typescript; cat /root/typescript",
    );
    await terminal.waitFor(/inside[\s\S]*\/dev\/pts\/\d+\s+24 80\s+inside/, WAIT_MS);
    expect(await terminal.exit).toBe(0);
  });
});
