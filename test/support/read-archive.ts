import { execFileSync } from 'node:child_process';

/** A file of a result archive, as tifffile or numpy read it. */
export interface ArchiveEntry {
  readonly name: string;
  readonly dtype?: string;
  readonly shape?: readonly number[];
  /** C order. */
  readonly values?: readonly number[];
  /** Of a file that is neither TIFF nor `.npy`. */
  readonly text?: string;
}

const SCRIPT = `
import io, json, sys, zipfile
import numpy, tifffile

def describe(name, content):
    if name.endswith('.tif'): array = tifffile.imread(io.BytesIO(content))
    elif name.endswith('.npy'): array = numpy.load(io.BytesIO(content), allow_pickle=False)
    else: return dict(name=name, text=content.decode())
    return dict(name=name, dtype=str(array.dtype), shape=array.shape, values=array.ravel().tolist())

with zipfile.ZipFile(sys.argv[1]) as archive:
    print(json.dumps([describe(name, archive.read(name)) for name in archive.namelist()]))
`;

/** Everything in a result archive, read by Python: an opinion that is not ours. */
export function readArchive(file: string): ArchiveEntry[] {
  const output = execFileSync('/usr/bin/python3', ['-c', SCRIPT, file], { maxBuffer: 2 ** 28 });
  return JSON.parse(output.toString()) as ArchiveEntry[];
}
