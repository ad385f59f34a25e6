import { expect, test } from '@jest/globals';
import { parseOmeXml, attributesOf } from '../../../src/images/tiff/ome-xml.js';
import { omeXml } from '../../../src/images/tiff/write-ome-xml.js';

const PLANE = { name: 'a', rows: 3, columns: 5, dtype: 'int32' } as const;

test('is ASCII, whatever the name, and names no size that is not known', () => {
  const text = omeXml({ ...PLANE, name: '<Zelle & "Kern"> µ\u0000 細胞 😀' });
  expect(text).toMatch(/^[\x20-\x7e]+$/u);
  expect(text).not.toContain('PhysicalSize');
  const [, name] = /<Image ID="Image:0" Name="([^"]*)"/u.exec(text)!;
  expect(attributesOf(`Name="${name}"`).get('Name')).toBe('<Zelle & "Kern"> µ 細胞 😀');
});

test('says how large a pixel is, in micrometres', () => {
  const [pixels] = parseOmeXml(omeXml({ ...PLANE, pixelSize: { y: 0.65, x: 0.5 } })).pixels;
  expect(pixels!.attributes.get('PhysicalSizeY')).toBe('0.65');
  expect(pixels!.attributes.get('PhysicalSizeXUnit')).toBe('µm');
  expect(pixels!.samplesPerPixel).toEqual([1]);
});
