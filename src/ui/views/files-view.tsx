/** Files, pipes and sockets of a process, and who holds the other ends. */
import type { ProcessInfo } from '../../api/processes.ts';
import type { System } from '../../api/system.ts';
import type { SplitView, ViewHost } from '../split-view.ts';
import {
  type Descriptor,
  type DescriptorRow,
  descriptorRows,
  descriptorTable,
} from './open-files.ts';
import { type Body, type KeyRow, SampledView } from './sampled-view.tsx';
import { choose, isProgram, neighbour, subjectOf } from './subject.ts';

const INTERVAL_MS = 1000;

interface FilesSample {
  subject: ProcessInfo;
  cwd: string;
  processes: readonly ProcessInfo[];
  rows: DescriptorRow[];
}

/** Of a process that may end meanwhile: undefined. */
async function unlessGone<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if ((error as { code?: unknown }).code === undefined) throw error;
    return undefined;
  }
}

async function descriptorsOf(
  system: System,
  pid: number,
  isSubject: boolean,
): Promise<Descriptor[]> {
  const folder = `/proc/${pid}/fd`;
  const names = (await unlessGone(system.fs.readdir(folder))) ?? [];
  const found = names.map(async (name) => {
    const target = await unlessGone(system.fs.readlink(`${folder}/${name}`));
    if (target === undefined) return undefined;
    const info = isSubject
      ? await unlessGone(system.fs.readFile(`/proc/${pid}/fdinfo/${name}`, 'utf8'))
      : undefined;
    return { pid, fd: Number(name), target, info };
  });
  return (await Promise.all(found)).filter((it) => it !== undefined);
}

async function readFiles(system: System): Promise<FilesSample> {
  const processes = await system.processes();
  const subject = subjectOf(system, processes);
  if (!subject) throw new Error('there is no program');
  const { pid } = subject;
  const programs = processes.filter(isProgram);
  const [cwd, ...lists] = await Promise.all([
    unlessGone(system.fs.readlink(`/proc/${pid}/cwd`)),
    ...programs.map((it) => descriptorsOf(system, it.pid, it.pid === pid)),
  ]);
  const names = new Map(programs.map((it) => [it.pid, it.name]));
  return { subject, cwd: cwd ?? '?', processes, rows: descriptorRows(pid, lists.flat(), names) };
}

class FilesView extends SampledView<FilesSample> {
  protected readonly name = 'Files';
  protected readonly keys: readonly KeyRow[] = [
    { keys: ['n'], name: 'next process', act: () => this.next(1) },
    { keys: ['N'], name: '', act: () => this.next(-1) },
  ];

  protected read(): Promise<FilesSample> {
    return readFiles(this.system);
  }

  protected draw({ subject, cwd, rows }: FilesSample): Body {
    const { head, lines } = descriptorTable(rows);
    return {
      title: `Files and pipes of process ${subject.pid} (${subject.name}), in ${cwd}`,
      head: [head],
      lines,
    };
  }

  private next(step: 1 | -1): void {
    const { sample } = this;
    const pid = sample && neighbour(sample.processes, sample.subject.pid, step);
    if (pid !== undefined) choose(this.system, pid);
    void this.refresh();
  }
}

export function openFilesView(host: ViewHost): SplitView {
  return new FilesView(host, INTERVAL_MS);
}
