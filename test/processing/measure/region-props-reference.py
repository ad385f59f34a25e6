"""Measures the objects of a label image with scikit-image and prints them as JSON.

Reads from standard input: {"shape": [rows, columns], "labels": [...], "intensity": [...], "channels": n}.
Run by hand it also makes the fixture: region-props-reference.py --fixture > region-props.json
"""
import json
import sys

import numpy as np
from skimage.measure import regionprops


def measure(labels, intensity):
    found = []
    for region in regionprops(labels, intensity_image=intensity):
        found.append({
            'label': int(region.label),
            'area': int(region.area),
            'centroid': [float(v) for v in region.centroid],
            'bbox': [int(v) for v in region.bbox],
            'meanIntensity': [float(v) for v in np.atleast_1d(region.intensity_mean)],
            'eccentricity': float(region.eccentricity),
        })
    return found


def draw():
    """Ellipses, a single pixel, lines, pieces of one label apart, an object at the border, a gap in the numbers."""
    labels = np.zeros((40, 48), np.int32)
    rows, columns = np.mgrid[:40, :48]
    labels[((rows - 10) / 7) ** 2 + ((columns - 12) / 4) ** 2 <= 1] = 1
    labels[(rows - 25 + (columns - 30) / 2) ** 2 / 9 + (columns - 30) ** 2 / 90 <= 1] = 2
    labels[0, 47] = 3
    labels[39, 2:20] = 5
    labels[30:36, 0] = 9
    labels[3, 30] = labels[5, 34] = labels[8, 31] = 12
    generator = np.random.RandomState(1)
    return labels, np.round(generator.rand(40, 48, 2) * 1000).astype(np.float64)


if '--fixture' in sys.argv:
    labels, intensity = draw()
else:
    given = json.load(sys.stdin)
    labels = np.array(given['labels'], np.int32).reshape(given['shape'])
    intensity = np.array(given['intensity'], np.float64).reshape(given['shape'] + [given['channels']])
out = {'regions': measure(labels, intensity)}
if '--fixture' in sys.argv:
    out = {'shape': list(labels.shape), 'channels': 2, 'labels': labels.ravel().tolist(),
           'intensity': intensity.ravel().astype(int).tolist(), **out}
json.dump(out, sys.stdout)
