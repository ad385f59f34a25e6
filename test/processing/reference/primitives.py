"""Runs scikit-image and scipy on random images; writes inputs and results as .npy and the parameters as cases.json.

usage: primitives.py FOLDER CASES
"""
import json
import sys
import warnings

import numpy as np
from scipy import ndimage
from skimage.exposure import equalize_adapthist, rescale_intensity
from skimage.feature import peak_local_max
from skimage.measure import label
from skimage.morphology import ball, dilation, disk, h_maxima, reconstruction, remove_small_objects
from skimage.segmentation import find_boundaries, relabel_sequential, watershed

warnings.filterwarnings('ignore')
folder, count = sys.argv[1], int(sys.argv[2])
random = np.random.RandomState(11)


def draw(shape):
    """Noise or blobs: as they are, in steps, cut off at 0, with a wavering top, through a sigmoid, or sparse."""
    image = random.normal(0, 1, shape)
    sigma = random.choice([0, 0.7, 1.5, 3])
    if sigma:
        image = ndimage.gaussian_filter(image, sigma)
        image /= image.std() + 1e-9
    kind = random.randint(7)
    if kind == 1:
        image = np.round(image * 2) / 2
    if kind == 2:
        image = np.maximum(image, 0)
    if kind == 3:
        image = np.clip(image, -0.5, 0.5) + random.normal(0, 1e-7, shape)
    if kind == 4:
        image = 1 / (1 + np.exp(-8 * image))
    if kind == 5:
        image = np.round(image * 20) / 200
    if kind == 6:
        image = np.full(shape, random.choice([0., 1., -1.])) + (random.rand(*shape) < 0.02) * image
    return image.astype(np.float32)


def draw_markers(shape):
    points = random.rand(*shape) < random.choice([0.003, 0.02, 0.1])
    return label(ndimage.binary_dilation(points, iterations=random.randint(1, 3))).astype(np.int32)


cases = []
for number in range(count):
    volume = random.rand() < 0.3
    shape = tuple(random.randint(1, 14, 3)) if volume else tuple(random.randint(1, 60, 2))
    image = draw(shape)
    distance = int(random.choice([0, 1, 2, 3, 5, 10]))
    threshold = float(random.choice([-10, 0, 0.1, 0.5]))
    border = [False, True, 1][random.randint(3)]
    h = float(random.choice([0.01, 0.1, 0.3, 0.7]))
    radius = int(random.choice([0, 1, 2, 3, 5]))
    footprint = ball(radius) if volume else disk(radius)
    lowered = image - h - 2 * np.finfo(np.float32).resolution * np.abs(image)
    sigma = float(random.choice([0, 0.5, 1, 2, 3.3]))
    mask = image > random.choice([-10, 0, 0.5])
    connectivity = int(random.randint(1, len(shape) + 1))
    markers = draw_markers(shape)
    relief = image if random.rand() < 0.7 else image + random.normal(0, 1e-12, shape)
    flooded = watershed(relief, markers, mask=mask).astype(np.int32)
    size = int(random.randint(30))
    kept = remove_small_objects(flooded.copy(), size) if flooded.max() > 0 else flooded
    arrays = dict(
        image=image, mask=mask.astype(np.uint8), markers=markers, relief=relief, lowered=lowered, flooded=flooded, kept=kept,
        peaks=peak_local_max(image, min_distance=distance, threshold_abs=threshold, exclude_border=border).astype(np.int32),
        peaks_of_labels=peak_local_max(image, min_distance=max(distance, 1), threshold_abs=threshold,
                                       exclude_border=border, labels=mask.astype(int)).astype(np.int32),
        maxima=h_maxima(image, h, footprint=footprint),
        rebuilt=reconstruction(lowered, image, method='dilation', footprint=footprint),
        smooth=ndimage.gaussian_filter(image, sigma),
        components=label(mask, connectivity=connectivity).astype(np.int32),
        boundaries=find_boundaries(flooded, mode='inner').astype(np.uint8),
        renumbered=relabel_sequential(kept)[0].astype(np.int32),
        dilated=dilation(image, np.ones((2 * distance + 1,) * len(shape))),
    )
    case = dict(distance=distance, threshold=threshold, border=border, h=h, radius=radius, sigma=sigma,
                connectivity=connectivity, size=size,
                distinct=bool(len(np.unique(image[image > threshold])) == (image > threshold).sum()))
    if not volume and image.max() > image.min():
        stretched = rescale_intensity(image, out_range=(0.0, 1.0))
        kernel = [int(random.randint(1, 40)), int(random.randint(1, 90))]
        arrays.update(stretched=stretched, float_range=rescale_intensity(image, out_range='float'),
                      equalized=equalize_adapthist(stretched, kernel_size=kernel, clip_limit=0.01).astype(np.float32))
        case.update(kernel=kernel)
    percent = float(random.choice([0, 1, 50, 99.9, 100, random.rand() * 100]))
    case.update(percent=percent, percentile=float(np.percentile(image, percent)))
    for name, array in arrays.items():
        np.save(f'{folder}/{number}_{name}.npy', np.ascontiguousarray(array))
    cases.append(case)
with open(f'{folder}/cases.json', 'w') as file:
    json.dump(cases, file)
