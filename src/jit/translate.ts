/** Translates a batch of regions into one WebAssembly module. Runs in the translator worker: it loads binaryen. */
import binaryen from 'binaryen';
import { addBranchHints } from './branch-hints.ts';
import { type ControlFlow, discover, type RegionRequest } from './control-flow.ts';
import { isMultiplyAddFused } from './fused-probe.ts';
import { importFrame } from './module-frame.ts';
import { EVERY_OPTIMISATION, type Optimisations } from './optimisations.ts';
import { addRegion } from './region-function.ts';

export interface Translation {
  /** Undefined where no region of the batch could be translated. */
  readonly bytes: Uint8Array | undefined;
  /** Per request: page offsets and lengths of the instructions, as halfwords covered; undefined if not translated. */
  readonly covered: readonly (Uint16Array | undefined)[];
}

/** Name of the function of request `index` among the module's exports; engine.ts knows it too. */
function regionName(index: number): string {
  return `r${index}`;
}

/** The page's halfwords that belong to instructions of the region. */
function coveredBy({ blocks }: ControlFlow, code: Uint16Array): Uint16Array {
  const isCovered = new Uint8Array(code.length);
  for (const { instructions } of blocks.values())
    for (const { offset, length } of instructions)
      isCovered.fill(1, offset >> 1, (offset + length) >> 1);
  return Uint16Array.from(isCovered.keys().filter((halfword) => isCovered[halfword] === 1));
}

export function buildRegions(
  requests: readonly RegionRequest[],
  optimisations: Optimisations = EVERY_OPTIMISATION,
): {
  module: binaryen.Module;
  covered: (Uint16Array | undefined)[];
} {
  const module = new binaryen.Module();
  importFrame(module);
  const covered = requests.map((request, index) => {
    const flow = discover(request);
    if (flow === undefined) return undefined;
    addRegion(module, flow, regionName(index), {
      isFused: isMultiplyAddFused(),
      isOrdered: process.arch === 'x64',
      optimisations,
    });
    return coveredBy(flow, request.code);
  });
  return { module, covered };
}

/** Hints come with a source map that locates them. */
function emit(module: binaryen.Module): Uint8Array {
  const { binary, sourceMap } = module.emitBinary('hints');
  return sourceMap === null ? binary : addBranchHints(binary, sourceMap);
}

export function translate(
  requests: readonly RegionRequest[],
  optimisations?: Optimisations,
): Translation {
  const { module, covered } = buildRegions(requests, optimisations);
  try {
    const isEmpty = covered.every((region) => region === undefined);
    return { bytes: isEmpty ? undefined : emit(module), covered };
  } finally {
    module.dispose();
  }
}
