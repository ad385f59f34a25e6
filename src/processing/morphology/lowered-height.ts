/** 2q with q = 10⁻⁶, the decimal resolution of float32. */
const TOLERANCE = Math.fround(2e-6);

/** What a height becomes in the search for h-maxima. */
export class LoweredHeight {
  private readonly lowering: number;

  constructor(private readonly h: number) {
    this.lowering = Math.fround(h);
  }

  /** Height − h in float64: a pixel is a maximum if the reconstruction does not exceed this. */
  level(height: number): number {
    return height - this.h;
  }

  /** Height − h − 2q·|height| in float32: where the reconstruction starts. Not above the height. */
  seed(height: number): number {
    if (height === -Infinity) return height;
    const { fround } = Math;
    return fround(fround(height - this.lowering) - fround(TOLERANCE * Math.abs(height)));
  }
}
