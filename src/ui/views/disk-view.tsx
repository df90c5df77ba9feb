/** Disks, and the page cache before them. */
import type { SplitView, ViewHost } from '../split-view.ts';
import { type DiskSample, diskLines, diskSample } from './disks.ts';
import { type Body, type KeyRow, SampledView } from './sampled-view.tsx';

const INTERVAL_MS = 1000;

class DiskView extends SampledView<DiskSample> {
  protected readonly name = 'Disks and page cache';
  private before: DiskSample | undefined;
  protected readonly keys: readonly KeyRow[] = [
    { keys: ['w'], name: 'write back (sync)', act: () => this.run('sync', 'sync') },
    {
      keys: ['d'],
      name: 'drop the cache',
      act: () => this.run('drop', 'sync; echo 1 > /proc/sys/vm/drop_caches'),
    },
  ];

  protected async read(): Promise<DiskSample> {
    const { fs } = this.system;
    const [disks, memory, events] = await Promise.all([
      fs.readFile('/proc/diskstats', 'utf8'),
      fs.readFile('/proc/meminfo', 'utf8'),
      fs.readFile('/proc/vmstat', 'utf8'),
    ]);
    this.before = this.sample;
    return diskSample(performance.now(), { disks, memory, events });
  }

  protected draw(sample: DiskSample): Body {
    return { title: this.name, lines: diskLines(this.before, sample) };
  }

  private run(name: string, commandLine: string): void {
    this.perform(async () => {
      const { exitCode, stderr } = await this.system.exec(commandLine);
      return exitCode === 0 ? `${name}: done` : stderr.trim();
    });
  }
}

export function openDiskView(host: ViewHost): SplitView {
  return new DiskView(host, INTERVAL_MS);
}
