/** The entries of a directory as the server lists them. */
import { O_RDONLY } from '../../abi/fcntl.ts';
import type { DirectoryEntry } from '../inode.ts';
import type { NinePClient } from './client.ts';

/** All entries; `next` is the index of the one that follows. Throws what the server answers. */
export function listEntries(client: NinePClient, directoryFid: number): DirectoryEntry[] {
  const fid = client.walk(directoryFid);
  const entries: DirectoryEntry[] = [];
  try {
    client.open(fid, O_RDONLY);
    let offset = 0;
    for (;;) {
      const batch = client.readdir(fid, offset);
      const last = batch.at(-1);
      if (last === undefined) break;
      offset = last.next;
      for (const entry of batch) entries.push({ ...entry, next: entries.length + 1 });
    }
  } finally {
    client.clunk(fid);
  }
  return entries;
}
