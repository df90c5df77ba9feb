/** Only one process at a time may build into a folder: test files that run side by side all ask for the userland. */
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';

const RETRY_MS = 200;

/** Runs `work` while this process alone holds the lock of `folder`. A lock whose process has ended is taken over. */
export async function withBuildLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const file = path.join(folder, 'lock');
  fs.mkdirSync(folder, { recursive: true });
  while (!take(file)) await setTimeout(RETRY_MS);
  try {
    return await work();
  } finally {
    fs.rmSync(file);
  }
}

function take(file: string): boolean {
  // link() either makes the whole file appear or fails: nobody can read a lock without its pid
  const own = `${file}.${process.pid}`;
  fs.writeFileSync(own, String(process.pid));
  try {
    fs.linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    removeStale(file);
    return false;
  } finally {
    fs.rmSync(own);
  }
}

function removeStale(file: string): void {
  const pid = fs.existsSync(file) ? Number(fs.readFileSync(file, 'utf8')) : 0;
  if (pid > 0 && !isRunning(pid)) fs.rmSync(file, { force: true });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
