import { writeFile } from 'node:fs/promises';
import {
  drawPicture,
  readImage,
  toImage,
  writeNpy,
  writeTiff,
  type FloatArray,
  type PointList,
  type PrepareRequest,
  type ResultFile,
} from 'kiosk-consumer';
import { drawRings } from '../rings.js';

export interface SaveSpotsRequest {
  /** For each image of the batch. */
  readonly spots: readonly PointList[];
  /** Where the image is, and how the job reads it. */
  readonly image: Pick<PrepareRequest, 'file' | 'limits' | 'dimensionOrder' | 'channels'>;
  readonly csv: boolean;
  readonly folder: string;
}

/** Thread: for each image of the batch a picture with rings (RGB), the positions as `.npy` and, if wanted, as CSV. */
export default async function saveSpots({ spots, image, csv, folder }: SaveSpotsRequest): Promise<ResultFile[]> {
  const { images } = toImage(await readImage(image.file, { limits: image.limits }), {
    ...(image.dimensionOrder === undefined ? {} : { dimensionOrder: image.dimensionOrder }),
    ...(image.channels === undefined ? {} : { channels: image.channels }),
  });
  const saved: ResultFile[] = [];
  for (const [item, points] of spots.entries()) {
    const file = (kind: string): ResultFile => {
      saved.push({ suffix: `_${item}.${kind}`, file: `${folder}/result_${item}.${kind}` });
      return saved.at(-1)!;
    };
    await writePlot(file('tif').file, itemOf(images, item), points);
    await writeNpy(file('npy').file, points);
    if (csv) await writeFile(file('csv').file, csvOf(points));
  }
  return saved;
}

async function writePlot(file: string, image: FloatArray, points: PointList): Promise<void> {
  const [rows, columns] = image.shape as [number, number, number];
  const picture = drawPicture(image);
  drawRings(picture, [rows, columns], points);
  await writeTiff(file, { shape: [rows, columns, 3], data: picture }, { axes: 'YXS' });
}

function itemOf({ shape, data }: FloatArray, item: number): FloatArray {
  const [, rows, columns, channels] = shape as [number, number, number, number];
  const size = rows * columns * channels;
  return { shape: [rows, columns, channels], data: data.subarray(item * size, (item + 1) * size) };
}

/** As the Kiosk's tables of spots: x is the column, y the row. */
function csvOf({ data }: PointList): string {
  const lines = ['x,y'];
  for (let i = 0; i < data.length; i += 2) lines.push(`${data[i + 1]},${data[i]}`);
  return `${lines.join('\n')}\n`;
}
