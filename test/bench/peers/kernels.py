"""scikit-image, scipy and numpy as peers of the kernels. Arrays come as .npy files; each call prepares, then is timed."""
import numpy as np
from scipy import ndimage
from skimage.exposure import equalize_adapthist
from skimage.feature import peak_local_max
from skimage.measure import label, regionprops_table
from skimage.morphology import disk, h_maxima, remove_small_objects
from skimage.segmentation import find_boundaries, relabel_sequential, watershed
from skimage.transform import resize

from peer import serve

ARRAYS = {}


def load(path):
    if path not in ARRAYS:
        ARRAYS[path] = np.load(path)
    return ARRAYS[path]


def peaks(inner, distance, threshold):
    return peak_local_max(inner, min_distance=distance, threshold_abs=threshold, exclude_border=False)


def mask_of(shape, coordinates):
    mask = np.zeros(shape, 'uint8')
    mask[tuple(coordinates.T)] = 1
    return mask


def call_normalize(image):
    array = load(image)
    return lambda: (array - array.mean()) / (array.std() + 1e-7)


def call_equalize(image):
    array = load(image)

    def work():
        low, high = array.min(), array.max()
        return equalize_adapthist((array - low) / (high - low), kernel_size=None).astype('float32')

    return work


def call_gaussian(image, sigma):
    array = load(image)
    return lambda: ndimage.gaussian_filter(array, sigma)


def call_label(mask):
    array = load(mask)
    return lambda: label(array)


def call_peaks(inner, distance, threshold):
    array = load(inner)
    return lambda: mask_of(array.shape, peaks(array, distance, threshold))


def call_hMaxima(inner, radius, height):
    array = load(inner)
    return lambda: h_maxima(array, height, disk(radius))


def call_watershed(inner, outer, mask, distance, threshold):
    """From ready markers."""
    relief, inside = -load(outer), load(mask).astype(bool)
    markers = label(mask_of(relief.shape, peaks(load(inner), distance, threshold)))
    return lambda: watershed(relief, markers, mask=inside)


def call_deepWatershed061(inner, outer, mask, distance, threshold):
    """Steps of deepcell-toolbox 0.6.1, from their description."""
    maxima, relief, inside = load(inner), -load(outer), load(mask).astype(bool)

    def work():
        markers = label(mask_of(maxima.shape, peaks(maxima, distance, threshold)))
        cells = watershed(relief, markers, mask=inside)
        cells[find_boundaries(cells, mode='inner', connectivity=1)] = 0
        return relabel_sequential(remove_small_objects(cells, 0))[0].astype('int32')

    return work


def call_deepWatershed(seeds, outer, threshold):
    """Steps of deepcell-toolbox 0.12.1 behind its h-maxima, which are measured alone."""
    found = load(seeds)
    smooth = ndimage.gaussian_filter(load(outer), 1)
    return lambda: relabel_sequential(watershed(-smooth, label(found), mask=smooth > threshold))[0].astype('int32')


def call_resize(image, rows, columns):
    array = load(image)
    several = array.shape[2] > 1
    options = {'mode': 'constant', 'anti_aliasing': True} if several else {'mode': 'edge', 'anti_aliasing': False}
    return lambda: resize(array, (rows, columns), order=1, preserve_range=True, **options).astype('float32')


def call_tile(image, rows, columns, size):
    """`rows`, `columns`: where tiles start in the padded image, and the padding before and after."""
    array = load(image)

    def work():
        padding = [(0, 0), tuple(rows['padding']), tuple(columns['padding']), (0, 0)]
        padded = np.pad(array, padding)
        tiles = [padded[0, r : r + size, c : c + size] for r in rows['starts'] for c in columns['starts']]
        return np.stack(tiles)

    return work


def call_untile(tiles, rows, columns, size):
    """`windows`: the weights of each tile along an axis."""
    array = load(tiles)

    def work():
        shape = [axis['starts'][-1] + size for axis in (rows, columns)]
        total = np.zeros((1, *shape, array.shape[3]))
        pairs = [(i, j) for i in range(len(rows['starts'])) for j in range(len(columns['starts']))]
        for tile, (i, j) in zip(array, pairs):
            window = np.outer(rows['windows'][i], columns['windows'][j])[..., np.newaxis]
            r, c = rows['starts'][i], columns['starts'][j]
            total[0, r : r + size, c : c + size] += tile * window
        (top, bottom), (left, right) = rows['padding'], columns['padding']
        return total[:, top : shape[0] - bottom, left : shape[1] - right].astype(array.dtype)

    return work


PROPERTIES = ['label', 'area', 'centroid', 'bbox', 'mean_intensity', 'eccentricity']


def call_regionProps(labels, image):
    found, intensity = load(labels), load(image)

    def work():
        table = regionprops_table(found, intensity, properties=PROPERTIES)
        return np.stack([table[name] for name in table], axis=1).astype('float64')

    return work


def save(path, result):
    result = result.astype('int32') if result.dtype == np.int64 else result
    np.save(path, np.ascontiguousarray(result))


serve({name[5:]: call for name, call in list(globals().items()) if name.startswith('call_')}, save)
