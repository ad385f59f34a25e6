import type { DType } from '../../processing/array/nd-array.js';
import type { PixelSize } from './pixel-size.js';

/** One plane, as it stands in the first directory of a TIFF. */
export interface OmePlane {
  /** For people. */
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly dtype: Extract<DType, 'uint8' | 'int8' | 'uint16' | 'int16' | 'uint32' | 'int32'>;
  readonly pixelSize?: PixelSize | undefined;
}

const NAMESPACE = 'http://www.openmicroscopy.org/Schemas/OME/2016-06';

/** µm, written so that the text stays ASCII as TIFF wants it. */
const MICROMETRE = '&#181;m';

/**
 * OME-XML for the ImageDescription of a TIFF with one plane, after the schema of June 2016. ASCII; the same for the same
 * plane.
 */
export function omeXml({ name, rows, columns, dtype, pixelSize }: OmePlane): string {
  const size =
    pixelSize === undefined
      ? ''
      : ` PhysicalSizeX="${pixelSize.x}" PhysicalSizeXUnit="${MICROMETRE}"` +
        ` PhysicalSizeY="${pixelSize.y}" PhysicalSizeYUnit="${MICROMETRE}"`;
  return (
    `<?xml version="1.0" encoding="UTF-8"?><OME xmlns="${NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"` +
    ` xsi:schemaLocation="${NAMESPACE} ${NAMESPACE}/ome.xsd" Creator="kiosk-consumer">` +
    `<Image ID="Image:0" Name="${escaped(name)}">` +
    `<Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="${dtype}" BigEndian="false"` +
    ` SizeX="${columns}" SizeY="${rows}" SizeC="1" SizeZ="1" SizeT="1"${size}>` +
    `<Channel ID="Channel:0:0" SamplesPerPixel="1"/><TiffData IFD="0" PlaneCount="1"/></Pixels></Image></OME>`
  );
}

/** For an attribute: markup and everything beyond ASCII as references, what XML cannot hold left out. */
function escaped(text: string): string {
  return text
    .replaceAll(/\p{Cc}|\p{Cs}|[\uFFFE\uFFFF]/gu, '')
    .replaceAll(/[&<>"']|[^\x20-\x7e]/gu, (character) => `&#${character.codePointAt(0)!};`);
}
