"""Reads what was written with other readers, and compares it with the labels and the image that it was made of.

python3 check-outputs.py FOLDER NAME: FOLDER holds truth.tif (int32 labels), image.tif (C, Y, X; 0.5 x 0.25 um pixels)
and the outputs NAME_...
"""
import json
import struct
import sys
import xml.etree.ElementTree as xml
import zipfile

import numpy
import tifffile
import zarr

folder, name = sys.argv[1:]
truth = tifffile.imread(f'{folder}/truth.tif')
image = tifffile.imread(f'{folder}/image.tif')
PIXEL = {'Y': 0.5, 'X': 0.25}


def even_odd(rings, shape):
    """Pixels whose centres lie within an odd number of rings of [x, y] corners."""
    inside = numpy.zeros(shape, bool)
    y, x = numpy.mgrid[: shape[0], : shape[1]] + 0.5
    for ring in rings:
        for (x0, y0), (x1, y1) in zip(ring, ring[1:] + ring[:1]):
            if y0 != y1:
                assert x0 == x1, 'sides are upright or level'
                inside ^= (x0 > x) & ((y0 > y) != (y1 > y))
    return inside


def paint(target, rings, label):
    corners = numpy.array([corner for ring in rings for corner in ring])
    (left, top), (right, bottom) = corners.min(0).astype(int), corners.max(0).astype(int)
    moved = [[(x - left, y - top) for x, y in ring] for ring in rings]
    mask = even_odd(moved, (bottom - top, right - left))
    part = target[top:bottom, left:right]
    assert not part[mask].any(), 'cells do not overlap'
    part[mask] = label


def signed_area(ring):
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(ring, ring[1:])) / 2


def check_labels():
    with tifffile.TiffFile(f'{folder}/{name}_labels.tif') as tif:
        assert tif.is_ome and len(tif.series) == 1
        labels = tif.asarray()
        document = xml.fromstring(tif.ome_metadata)
        page = tif.pages[0]
        resolution = [page.tags[tag].value for tag in ('YResolution', 'XResolution')]
        assert page.tags['ResolutionUnit'].value == 3
    assert labels.dtype == numpy.int32 and (labels == truth).all()
    pixels = document.find('.//{*}Pixels').attrib
    for axis, size in PIXEL.items():
        assert float(pixels[f'PhysicalSize{axis}']) == size and pixels[f'PhysicalSize{axis}Unit'] == 'µm'
    for (numerator, denominator), size in zip(resolution, PIXEL.values()):
        assert abs(1e4 * denominator / numerator - size) < 1e-9


def check_outlines():
    with open(f'{folder}/{name}_outlines.geojson', encoding='utf-8') as file:
        collection = json.load(file)
    assert set(collection) == {'type', 'features'} and collection['type'] == 'FeatureCollection'
    painted = numpy.zeros_like(truth)
    for feature in collection['features']:
        assert set(feature) == {'type', 'geometry', 'properties'} and feature['type'] == 'Feature'
        geometry, properties = feature['geometry'], feature['properties']
        assert set(geometry) == {'type', 'coordinates'} and geometry['type'] in ('Polygon', 'MultiPolygon')
        polygons = geometry['coordinates'] if geometry['type'] == 'MultiPolygon' else [geometry['coordinates']]
        assert geometry['type'] == 'Polygon' or len(polygons) > 1
        for polygon in polygons:
            for index, ring in enumerate(polygon):
                assert len(ring) >= 5 and ring[0] == ring[-1]
                assert all(len(point) == 2 and all(isinstance(v, int) for v in point) for point in ring)
                # RFC 7946: outer rings counter-clockwise in the numbers as they stand, holes clockwise.
                assert (signed_area(ring) > 0) == (index == 0)
        label = int(properties['name'])
        measured = properties['measurements']
        mask = truth == label
        assert properties['objectType'] == 'detection' and measured['Label'] == label
        assert measured['Area px^2'] == mask.sum() and measured['Area µm^2'] == mask.sum() * 0.125
        for channel, plane in enumerate(image):
            assert abs(measured[f'Channel {channel}: Mean'] - plane[mask].mean()) < 1e-6
        paint(painted, [[tuple(point) for point in ring[:-1]] for polygon in polygons for ring in polygon], label)
    assert (painted == truth).all()


def decode_roi(data):
    """Rings of a traced polygon or a composite, its box and its name, after the head comment of ij.io.RoiDecoder."""
    assert data[:4] == b'Iout'
    version, kind, top, left, bottom, right, corners = struct.unpack('>HBx4HH', data[4:18])
    (shape_length,) = struct.unpack('>i', data[36:40])
    (second,) = struct.unpack('>i', data[60:64])
    at, length = struct.unpack('>ii', data[second + 16 : second + 24])
    assert version >= 218 and second + 64 <= len(data) and at + 2 * length == len(data)
    title = data[at:].decode('utf-16-be')
    if shape_length == 0:
        assert kind == 8
        xs = struct.unpack(f'>{corners}H', data[64 : 64 + 2 * corners])
        ys = struct.unpack(f'>{corners}H', data[64 + 2 * corners : 64 + 4 * corners])
        return title, (top, left, bottom, right), [[(x + left, y + top) for x, y in zip(xs, ys)]]
    assert kind == 1
    numbers = list(struct.unpack(f'>{shape_length}f', data[64 : 64 + 4 * shape_length]))
    rings = []
    while numbers:
        step = numbers.pop(0)
        if step == 4:
            continue
        assert step == (0 if len(rings) == 0 or closed else 1)
        closed = numbers[2] == 4
        if step == 0:
            rings.append([])
        rings[-1].append((numbers.pop(0), numbers.pop(0)))
    return title, (top, left, bottom, right), rings


def check_rois():
    painted = numpy.zeros_like(truth)
    kinds = set()
    with zipfile.ZipFile(f'{folder}/{name}_RoiSet.zip') as archive:
        assert archive.testzip() is None
        for info in archive.infolist():
            # Java reads such archives front to back, which needs sizes ahead of stored data.
            assert info.compress_type == zipfile.ZIP_STORED and info.flag_bits & 8 == 0
            data = archive.read(info)
            title, box, rings = decode_roi(data)
            label = int(title)
            assert info.filename == f'{label}.roi'
            rows, columns = numpy.nonzero(truth == label)
            assert box == (rows.min(), columns.min(), rows.max() + 1, columns.max() + 1)
            kinds.add(data[6])
            paint(painted, rings, label)
    assert (painted == truth).all()
    assert kinds == {1, 8}, 'simple cells are traced, others composite'


def check_level(group, data, factor):
    expected = [1, PIXEL['Y'] * factor, PIXEL['X'] * factor]
    transformations = data['coordinateTransformations']
    assert transformations[0] == {'type': 'scale', 'scale': expected}
    shift = (factor - 1) / 2
    if factor > 1:
        assert transformations[1] == {'type': 'translation', 'translation': [0, shift * PIXEL['Y'], shift * PIXEL['X']]}
    return group[data['path']]


def check_multiscales(group, full):
    (multiscale,) = group.attrs['multiscales']
    assert multiscale['version'] == '0.4'
    assert [axis['name'] for axis in multiscale['axes']] == ['c', 'y', 'x']
    assert [axis.get('unit') for axis in multiscale['axes']] == [None, 'micrometer', 'micrometer']
    levels = [check_level(group, data, 2**level) for level, data in enumerate(multiscale['datasets'])]
    assert len(levels) == 2 and levels[1].shape[1:] == tuple((side + 1) // 2 for side in full.shape[1:])
    assert levels[0].dtype == full.dtype and (levels[0][:] == full).all()
    assert all(level.chunks == (1, *(min(side, 512) for side in level.shape[1:])) for level in levels)
    return levels


def check_zarr():
    root = zarr.open_group(f'{folder}/{name}_cells.ome.zarr', mode='r')
    levels = check_multiscales(root, image)
    mean = image[:, :600, :700].astype(float).reshape(2, 300, 2, 350, 2).mean((2, 4))
    assert abs(levels[1][:, :300, :350] - mean).max() <= 0.5
    channels = root.attrs['omero']['channels']
    assert [channel['color'] for channel in channels] == ['3C6EFF', '00DC3C']
    for channel, plane in zip(channels, image):
        window = channel['window']
        assert window['min'] == plane.min() <= window['start'] < window['end'] <= plane.max() == window['max']
    assert root['labels'].attrs['labels'] == ['cells']
    cells = root['labels/cells']
    assert cells.attrs['image-label'] == {'version': '0.4', 'source': {'image': '../../'}}
    levels = check_multiscales(cells, truth[None])
    assert (levels[1][0] == truth[::2, ::2]).all()


def check_table():
    table = numpy.genfromtxt(f'{folder}/{name}_cells.csv', delimiter=',', names=True, deletechars='')
    assert table.dtype.names[8:] == ('intensity_mean', 'eccentricity', 'channel_mean-0', 'channel_mean-1')
    for row in table:
        mask = truth == row['label']
        assert row['area'] == mask.sum() and abs(row['intensity_mean'] - image[1][mask].mean()) < 1e-6
        assert [round(row[f'channel_mean-{c}'] - image[c][mask].mean(), 6) for c in (0, 1)] == [0, 0]


for check in (check_labels, check_outlines, check_rois, check_zarr, check_table):
    check()
    print(check.__name__)
