import type { NdArray } from '../array/nd-array.js';
import { requireInteger, volumeOf } from '../array/checks.js';
import { maximumAlongAxis } from '../filters/maximum-along-axis.js';

/**
 * Grey dilation: each pixel becomes the greatest value of the square (2-D) or cube (3-D) around it, as far as that lies inside
 * the image. Separable van Herk filter: three comparisons a pixel and axis, whatever the size.
 *
 * @param image  float32, shape (rows, columns) or (planes, rows, columns), without NaN
 * @param radius pixels on each side; the square is 2·radius + 1 wide. 0 copies the image
 * @throws {RangeError} if the rank is neither 2 nor 3, or `radius` is not a whole number ≥ 0
 * @see van Herk 1992, doi:10.1016/0167-8655(92)90069-C; scikit-image `morphology.dilation(image, square(2·radius + 1))`
 */
export function dilateSquare(image: NdArray<Float32Array>, radius: number): NdArray<Float32Array> {
  return boxMaximum('dilateSquare', image, radius, -Infinity);
}

/** The same with `outside` standing for every pixel beyond the border. */
export function boxMaximum(
  caller: string,
  image: NdArray<Float32Array>,
  radius: number,
  outside: number,
): NdArray<Float32Array> {
  const { planes, rows, columns } = volumeOf(caller, 'image', image);
  requireInteger(caller, 'radius', radius, 0);
  let { data } = image;
  data = maximumAlongAxis(data, { outer: planes * rows, length: columns, inner: 1 }, radius, outside);
  data = maximumAlongAxis(data, { outer: planes, length: rows, inner: columns }, radius, outside);
  if (image.shape.length === 3) {
    data = maximumAlongAxis(data, { outer: 1, length: planes, inner: rows * columns }, radius, outside);
  }
  return { shape: image.shape, data };
}
