import { readFile, writeFile } from 'node:fs/promises';
import {
  assignSpots,
  KioskError,
  openArchive,
  readLabelPlanes,
  readNpy,
  writeTiff,
  type ImageLimits,
  type LabelPlane,
  type PointList,
  type ResultFile,
} from 'kiosk-consumer';

export interface AssignRequest {
  /** Result archive of the job that found spots. */
  readonly spots: string;
  /** Result archive of the job that labelled cells; undefined if none did. */
  readonly cells: string | undefined;
  readonly folder: string;
  readonly limits: ImageLimits;
}

const POINTS = /_(\d{1,5})\.npy$/u;
/** A spot is two numbers of eight bytes. */
const MOST_POINT_BYTES = 2 ** 30;

/**
 * Thread: the tables of spots with the cells that they lie in, one for each image of the batch, and the labels of the cells.
 * @throws {KioskError} KC_IMAGE_UNREADABLE if the archives are not those of such jobs
 */
export default async function assign({ spots, cells, folder, limits }: AssignRequest): Promise<ResultFile[]> {
  const files: ResultFile[] = [];
  const planes = cells === undefined ? [] : (await readLabelPlanes(cells, folder, limits)).planes;
  if (cells !== undefined && planes.length === 0) {
    throw new KioskError('KC_IMAGE_UNREADABLE', 'The result of the job that labels cells holds no label images.');
  }
  for (const { batch, feature, labels } of planes) {
    const file = `${folder}/batch-${batch}-feature-${feature}.tif`;
    // The Kiosk's archives hold float32 whatever they mean.
    await writeTiff(file, { shape: labels.shape, data: new Float32Array(labels.data) });
    files.push({ suffix: `_batch_${batch}_feature_${feature}.tif`, file });
  }
  for (const [batch, points] of (await readPoints(spots, folder, limits)).entries()) {
    const file = `${folder}/spots-${batch}.csv`;
    await writeFile(
      file,
      tableOf(
        points,
        planes.filter((plane) => plane.batch === batch),
      ),
    );
    files.push({ suffix: `_${batch}.csv`, file });
  }
  return files;
}

/** The positions in each image of the batch. */
async function readPoints(archive: string, folder: string, limits: ImageLimits): Promise<PointList[]> {
  const opened = await openArchive(archive, {
    limits: { maxEntries: 100_000, maxEntryBytes: MOST_POINT_BYTES, maxTotalBytes: MOST_POINT_BYTES },
    wanted: (name) => POINTS.test(name),
  });
  try {
    const points: PointList[] = [];
    for (const name of opened.names) {
      const file = `${folder}/points.npy`;
      await opened.extract(name, file);
      const { shape, data } = readNpy(name, await readFile(file), limits);
      points[Number(POINTS.exec(name)![1])] = { shape, data: Float64Array.from(data as ArrayLike<number>) };
    }
    if (points.length > 0) return points;
    throw new KioskError('KC_IMAGE_UNREADABLE', 'The result of the job that finds spots holds no positions (*.npy).');
  } finally {
    opened.close();
  }
}

/** As the Kiosk's tables: x is the column, y the row; 0 is no cell. */
function tableOf(points: PointList, planes: readonly LabelPlane[]): string {
  const cells = planes.map(({ labels }) => assignSpots(points, labels));
  const lines = [['x', 'y', ...cells.map((_, i) => `cellID${i}`)].join(',')];
  for (let spot = 0; spot < points.shape[0]!; spot += 1) {
    const place = [points.data[2 * spot + 1], points.data[2 * spot]];
    lines.push([...place, ...cells.map((labels) => labels[spot])].join(','));
  }
  return `${lines.join('\n')}\n`;
}
