/**
 * OCI image layouts, and what `docker save` writes: the manifest for riscv64, its layers and their whiteouts. OCI Image Format
 * Specification 1.1: image-layout, image-index, manifest, layer ("Whiteouts").
 */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type FilePart, readAll } from './content.ts';
import { expand } from './expand.ts';
import { ImageSourceError } from './image-source-error.ts';
import { ImageTree } from './image-tree.ts';
import type { Scratch } from './scratch.ts';
import { readTar, type TarEntry } from './tar.ts';

const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';
const MAX_INDEX_DEPTH = 8;
/** A layout has few files: an ordinary root is known by having more. */
const MAX_LAYOUT_FILES = 4096;

/** The files of a layout by path: of an archive, or of a folder. */
export type Layout = (path: string) => FilePart | undefined;

interface Descriptor {
  readonly digest?: string;
  readonly mediaType?: string;
  readonly platform?: { readonly architecture?: string; readonly os?: string };
}

interface Document {
  readonly manifests?: readonly Descriptor[];
  readonly layers?: readonly Descriptor[];
  readonly config?: Descriptor;
}

export function isLayoutFolder(folder: string): boolean {
  return existsSync(join(folder, 'oci-layout')) || existsSync(join(folder, 'manifest.json'));
}

export function folderLayout(folder: string, scratch: Scratch): Layout {
  return (path) => {
    const file = join(folder, path);
    return existsSync(file) && statSync(file).isFile() ? scratch.open(file) : undefined;
  };
}

/** The archive's files, if they are a layout; undefined if it is an ordinary tar. */
export function archiveLayout(archive: FilePart, name: string): Layout | undefined {
  const files = new Map<string, FilePart>();
  for (const { path, node } of readTar(archive, name)) {
    const plain = path.replace(/^\.\//, '');
    if (node.content !== undefined) files.set(plain, node.content as FilePart);
    if (files.size > MAX_LAYOUT_FILES) break;
  }
  return files.has('oci-layout') || files.has('manifest.json')
    ? (path) => files.get(path)
    : undefined;
}

/** Throws ImageSourceError where no image for riscv64 is in it, or a part is missing. */
export async function readOci(layout: Layout, name: string, scratch: Scratch): Promise<ImageTree> {
  const layers = layout('index.json') ? ociLayers(layout, name) : dockerLayers(layout, name);
  const tree = new ImageTree();
  for (const [index, layer] of layers.entries()) {
    const label = `${name}, layer ${index + 1}`;
    applyLayer(tree, await expand(layer, label, scratch), label);
  }
  return tree;
}

function parse(content: FilePart, what: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(readAll(content)));
  } catch (cause) {
    if (cause instanceof ImageSourceError) throw cause;
    throw new ImageSourceError(`${what} is no JSON`, { cause });
  }
}

function blob(layout: Layout, { digest = '' }: Descriptor, name: string): FilePart {
  const [algorithm, hash] = digest.split(':');
  if (!/^[a-z0-9+._-]+:[a-zA-Z0-9=_-]+$/.test(digest))
    throw new ImageSourceError(`${name}: '${digest}' is no digest`);
  const found = layout(`blobs/${algorithm}/${hash}`);
  if (!found) throw new ImageSourceError(`${name}: the blob ${digest} is missing`);
  return found;
}

function ociLayers(layout: Layout, name: string): FilePart[] {
  const index = layout('index.json');
  let document = (index && parse(index, `${name}: index.json`)) as Document;
  const seen: string[] = [];
  for (let depth = 0; document.manifests; depth++) {
    if (depth > MAX_INDEX_DEPTH)
      throw new ImageSourceError(`${name}: its indices lead to each other`);
    const chosen = choose(layout, document.manifests, name, seen);
    document = parse(blob(layout, chosen, name), `${name}: a manifest`) as Document;
  }
  checkConfig(layout, document, name);
  return (document.layers ?? []).map((layer) => blob(layout, layer, name));
}

function platformText({ platform }: Descriptor): string {
  return `${platform?.os ?? '?'}/${platform?.architecture ?? '?'}`;
}

/** The one for linux/riscv64, or one that does not say what it is for. */
function choose(
  layout: Layout,
  manifests: readonly Descriptor[],
  name: string,
  seen: string[],
): Descriptor {
  const usable = manifests.filter((entry) =>
    layout(`blobs/${(entry.digest ?? '').replace(':', '/')}`),
  );
  const chosen =
    usable.find((entry) => platformText(entry) === 'linux/riscv64') ??
    usable.find(({ platform }) => platform === undefined);
  if (chosen) return chosen;
  seen.push(...manifests.map(platformText));
  throw new ImageSourceError(
    `${name} has no image for linux/riscv64, only ${seen.join(', ') || 'none'}; pull it with --platform linux/riscv64`,
  );
}

function checkConfig(layout: Layout, { config }: Document, name: string): void {
  if (!config) return;
  const { architecture = 'riscv64' } = parse(
    blob(layout, config, name),
    `${name}: its configuration`,
  ) as { architecture?: string };
  if (architecture === 'riscv64') return;
  throw new ImageSourceError(
    `${name} is for ${architecture}, not riscv64; pull it with --platform linux/riscv64`,
  );
}

/** manifest.json of `docker save`: a list of images, each with the paths of its layers. */
function dockerLayers(layout: Layout, name: string): FilePart[] {
  const manifest = layout('manifest.json');
  const images = (manifest && parse(manifest, `${name}: manifest.json`)) as {
    Config?: string;
    Layers?: string[];
  }[];
  const [image] = Array.isArray(images) ? images : [];
  if (!image?.Layers) throw new ImageSourceError(`${name}: manifest.json lists no layers`);
  const config = layout(image.Config ?? '');
  if (config) {
    const { architecture = 'riscv64' } = parse(config, `${name}: its configuration`) as {
      architecture?: string;
    };
    if (architecture !== 'riscv64') {
      throw new ImageSourceError(
        `${name} is for ${architecture}, not riscv64; pull it with --platform linux/riscv64`,
      );
    }
  }
  return image.Layers.map((path) => {
    const layer = layout(path);
    if (!layer) throw new ImageSourceError(`${name}: the layer ${path} is missing`);
    return layer;
  });
}

/** Lays a layer over the tree: whiteouts take away what earlier layers had, not what this one brings. */
function applyLayer(tree: ImageTree, archive: FilePart, name: string): void {
  const entries = [...readTar(archive, name)];
  for (const { path } of entries) {
    const slash = path.lastIndexOf('/') + 1;
    const base = path.slice(slash);
    if (base === OPAQUE) tree.clear(path.slice(0, slash));
    else if (base.startsWith(WHITEOUT))
      tree.remove(`${path.slice(0, slash)}${base.slice(WHITEOUT.length)}`);
  }
  addEntries(
    tree,
    entries.filter(({ path }) => !path.slice(path.lastIndexOf('/') + 1).startsWith(WHITEOUT)),
  );
}

/** Lays the entries of an archive over the tree. Throws ImageSourceError. */
export function addEntries(tree: ImageTree, entries: Iterable<TarEntry>): void {
  for (const { path, linkTo, node } of entries) {
    if (linkTo !== undefined) tree.link(path, linkTo);
    else tree.put(path, node);
  }
}
