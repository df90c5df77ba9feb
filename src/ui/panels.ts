/** Contents of the panels, from the running system. */
import type { System } from '../api/system.ts';
import { formatBytes } from './model.ts';

export type ListName = 'processes' | 'memory' | 'translator' | 'interrupts';

export interface PanelContent {
  title: string;
  lines: string[];
}

async function processLines(system: System): Promise<string[]> {
  const processes = await system.processes();
  return processes.map((info) => {
    const command = info.command.join(' ') || `[${info.name}]`;
    const cpu = ((info.userMs + info.systemMs) / 1000).toFixed(2);
    return `${String(info.pid).padStart(5)} ${String(info.parentPid).padStart(5)} ${info.state} ${String(info.threads).padStart(3)} ${formatBytes(info.residentBytes).padStart(6)} ${cpu.padStart(8)} ${command}`;
  });
}

async function mapLines(system: System, pid: number): Promise<string[]> {
  const text = await system.fs.readFile(`/proc/${pid}/maps`, 'utf8');
  // The kernel pads up to the path, which would push it off a narrow panel.
  return text.trimEnd().replace(/ {2,}/g, '  ').split('\n');
}

/** `pid` is that of the process whose memory is shown. */
export async function readPanel(
  system: System,
  panel: ListName,
  pid: number,
): Promise<PanelContent> {
  switch (panel) {
    case 'processes':
      return {
        title: '  PID  PPID S THR    RSS   CPU (s) COMMAND',
        lines: await processLines(system),
      };
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
  }
}
