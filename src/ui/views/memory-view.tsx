/** The memory map of a process, and the walk of its page tables for an address of it. */
import type { MemoryMapping } from '../../api/processes.ts';
import type { System, WindowSize } from '../../api/system.ts';
import type { PageWalk } from '../../protocol.ts';
import type { SplitView, ViewHost } from '../split-view.ts';
import {
  MAP_HEADING,
  type MappingRow,
  mappingLine,
  mappingName,
  mappingRows,
} from './memory-map.ts';
import { hex, parseAddress, walkLines } from './page-walk.ts';
import { type Body, type KeyRow, SampledView } from './sampled-view.tsx';
import { choose, neighbour, subjectOf } from './subject.ts';

const INTERVAL_MS = 1000;
const PAGE_BYTES = 4096;

interface MemorySample {
  pid: number;
  command: string;
  pids: { before: number | undefined; after: number | undefined };
  rows: MappingRow[];
  walk: PageWalk | undefined;
}

/** Throws GuestFileError where the process has gone. */
async function readMemory(system: System, address: number | undefined): Promise<MemorySample> {
  const processes = await system.processes();
  const subject = subjectOf(system, processes);
  if (!subject) throw new Error('there is no program');
  const { pid } = subject;
  const [maps, smaps, walk] = await Promise.all([
    system.maps(pid),
    system.fs.readFile(`/proc/${pid}/smaps`, 'utf8'),
    address === undefined ? undefined : system.inspect.walk(pid, address),
  ]);
  return {
    pid,
    command: subject.command.join(' ') || subject.name,
    pids: { before: neighbour(processes, pid, -1), after: neighbour(processes, pid, 1) },
    rows: mappingRows(maps, smaps),
    walk,
  };
}

class MemoryView extends SampledView<MemorySample> {
  protected readonly name = 'Memory map';
  /** Whose walk is shown; undefined: the map is. */
  private address: number | undefined;
  protected readonly keys: readonly KeyRow[] = [
    { keys: ['\r'], shown: 'Enter', name: 'walk', act: () => this.walkSelected() },
    { keys: ['a'], name: 'address', act: () => this.askAddress() },
    { keys: ['\x1b[D', '\x1bOD'], shown: '←→', name: 'page', act: () => this.turn(-1) },
    { keys: ['\x1b[C', '\x1bOC'], name: '', act: () => this.turn(1) },
    { keys: ['m', '\x7f'], name: 'map', act: () => this.walkTo(undefined) },
    { keys: ['n'], name: 'next process', act: () => this.next(1) },
    { keys: ['N'], name: '', act: () => this.next(-1) },
  ];

  protected read(): Promise<MemorySample> {
    return readMemory(this.system, this.address);
  }

  protected draw(sample: MemorySample, { columns }: WindowSize): Body {
    const { pid, command, rows, walk } = sample;
    if (walk && walk.address === this.address) {
      const title = `Page-table walk of process ${pid} (${command})`;
      const mapping = this.mappingAt(walk.address);
      const lines = walkLines(walk, mapping ? mappingName(mapping) : '', columns - 2);
      return { title, lines };
    }
    const title = `Memory map of process ${pid} (${command})`;
    return { title, head: [MAP_HEADING], lines: rows.map(mappingLine) };
  }

  private mappingAt(address: number): MemoryMapping | undefined {
    const row = this.sample?.rows.find(
      ({ mapping }) => address >= mapping.start && address < mapping.end,
    );
    return row?.mapping;
  }

  private walkSelected(): void {
    if (this.address !== undefined) return;
    this.walkTo(this.sample?.rows[this.selected ?? 0]?.mapping.start);
  }

  /** An address is one of this process: the view stays with it. */
  private walkTo(address: number | undefined): void {
    if (address !== undefined && this.sample) choose(this.system, this.sample.pid);
    this.address = address;
    void this.refresh();
  }

  private turn(pages: number): void {
    const { address } = this;
    if (address === undefined) return;
    this.walkTo(Math.max(0, address - (address % PAGE_BYTES) + pages * PAGE_BYTES));
  }

  private askAddress(): void {
    const from = this.address ?? this.sample?.rows[this.selected ?? 0]?.mapping.start ?? 0;
    this.ask('address', hex(from), (text) => {
      const address = parseAddress(text);
      if (address === undefined) this.say(`'${text}' is no hexadecimal address`);
      else this.walkTo(address);
    });
  }

  private next(step: 1 | -1): void {
    const pid = step === 1 ? this.sample?.pids.after : this.sample?.pids.before;
    if (pid === undefined) return;
    choose(this.system, pid);
    this.walkTo(undefined);
  }
}

export function openMemoryView(host: ViewHost): SplitView {
  return new MemoryView(host, INTERVAL_MS);
}
