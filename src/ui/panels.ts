/** Contents of the panels, from the running system. */
import type { System } from '../api/system.ts';
import type { Panel } from './input.ts';
import { formatBytes } from './model.ts';

export interface PanelContent {
  title: string;
  lines: string[];
}

const HELP = [
  '^A p   processes (then m: memory map of the selected one)',
  '^A m   memory map of the selected process',
  '^A t   translator: interpreter and translated regions',
  '^A i   interrupts and devices',
  '^A c   add and remove devices: a line of the monitor',
  '^A [   scroll back (arrows, page up and down; q ends)',
  '^A ^A  send ^A to the program',
  '^A q   end Hartix at once (exit or ^D powers off in order)',
  '',
  'In a panel: arrows or j k move, q or Escape closes.',
  'In the shell: help lists the commands, tour shows the system.',
];

async function processLines(system: System): Promise<{ pids: number[]; lines: string[] }> {
  const processes = await system.processes();
  const lines = processes.map((info) => {
    const command = info.command.join(' ') || `[${info.name}]`;
    const cpu = ((info.userMs + info.systemMs) / 1000).toFixed(2);
    return `${String(info.pid).padStart(5)} ${String(info.parentPid).padStart(5)} ${info.state} ${String(info.threads).padStart(3)} ${formatBytes(info.residentBytes).padStart(6)} ${cpu.padStart(8)} ${command}`;
  });
  return { pids: processes.map((info) => info.pid), lines };
}

async function mapLines(system: System, pid: number): Promise<string[]> {
  const text = await system.fs.readFile(`/proc/${pid}/maps`, 'utf8');
  // The kernel pads up to the path, which would push it off a narrow panel.
  return text.trimEnd().replace(/ {2,}/g, '  ').split('\n');
}

/** `pid` is the selected process. Also returns the pids that the lines stand for, in the process panel. */
export async function readPanel(
  system: System,
  panel: Panel,
  pid: number,
): Promise<PanelContent & { pids?: number[] }> {
  switch (panel) {
    case 'processes': {
      const { pids, lines } = await processLines(system);
      return { title: '  PID  PPID S THR    RSS   CPU (s) COMMAND', lines, pids };
    }
    case 'memory':
      return {
        title: `Memory map of process ${pid} (/proc/${pid}/maps)`,
        lines: await mapLines(system, pid),
      };
    case 'translator':
      return {
        title: 'Translator (/proc/jit)',
        lines: (await system.fs.readFile('/proc/jit', 'utf8')).trimEnd().split('\n'),
      };
    case 'interrupts':
      return {
        title: 'Interrupts (/proc/interrupts)',
        lines: (await system.fs.readFile('/proc/interrupts', 'utf8')).trimEnd().split('\n'),
      };
    case 'help':
      return { title: 'Keys', lines: HELP };
  }
}
