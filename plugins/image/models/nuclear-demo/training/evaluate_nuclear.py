#!/usr/bin/env python3
"""Score nuclear-demo on a folder of images with instance masks, next to a classical baseline.

  python3 evaluate_nuclear.py FOLDER [--checkpoint checkpoint.pt | --raw DIR] [--post ../1/metadata.json]

FOLDER holds <name>.tif and <name>.mask.tif (0 background, 1..n instances).  The model's heads come
from the torch checkpoint, or with --raw from <DIR>/<name>.f32: the two float32 planes inner, outer,
row-major, as another runtime wrote them (so the ONNX file itself can be scored).
Metrics: F1 at IoU 0.5, pooled over all objects and averaged over images; mean AP = mean over images
and over IoU 0.50, 0.55 ... 0.95 of TP / (TP + FP + FN).
"""
import argparse
import json
from pathlib import Path

import numpy as np
from scipy import ndimage as ndi
from skimage.feature import peak_local_max
from skimage.filters import threshold_otsu
from skimage.measure import label
from skimage.morphology import disk, h_maxima, remove_small_objects
from skimage.segmentation import watershed

# the names and meanings are those of DeepCell's deep_watershed
POST = dict(maxima_algorithm='h_maxima', maxima_smooth=2, maxima_threshold=0.05, radius=2,
            interior_smooth=1, interior_threshold=0.3, small_objects_threshold=15)


def deep_watershed(inner, outer, maxima_algorithm, maxima_smooth, maxima_threshold, radius, interior_smooth, interior_threshold, small_objects_threshold):
    """markers: h-maxima (or local maxima) of the inner head; watershed of -outer where outer > threshold"""
    m = ndi.gaussian_filter(inner, maxima_smooth) if maxima_smooth else inner
    o = ndi.gaussian_filter(outer, interior_smooth) if interior_smooth else outer
    mask = o > interior_threshold
    if maxima_algorithm == 'h_maxima':
        peaks = h_maxima(m, maxima_threshold, disk(radius)) > 0
    else:
        peaks = np.zeros(m.shape, bool)
        peaks[tuple(peak_local_max(m, min_distance=radius, threshold_abs=maxima_threshold, exclude_border=False).T)] = True
    markers = label(peaks)
    return tidy(watershed(-o, markers, mask=mask), small_objects_threshold)


def baseline(img, min_distance=7, min_area=15):
    """Otsu threshold, then watershed of the distance transform"""
    g = ndi.gaussian_filter(img.astype(np.float32), 1)
    mask = remove_small_objects(ndi.binary_fill_holes(g > threshold_otsu(g)), min_area) if g.max() > g.min() else np.zeros(g.shape, bool)
    d = ndi.gaussian_filter(ndi.distance_transform_edt(mask), 1)
    xy = peak_local_max(d, min_distance=min_distance, labels=mask.astype(int), exclude_border=False)
    markers = np.zeros(mask.shape, np.int32)
    markers[tuple(xy.T)] = np.arange(1, len(xy) + 1)
    return tidy(watershed(-d, markers, mask=mask), min_area)


def tidy(lab, min_area):
    n = np.bincount(lab.ravel())
    keep = n >= min_area
    keep[0] = False
    return (np.cumsum(keep) * keep)[lab].astype(np.int32)


def ious(truth, pred):
    """best-overlap IoUs of all truth/prediction pairs that could match at >= 0.5"""
    nt, npd = int(truth.max()), int(pred.max())
    c = np.bincount(truth.astype(np.int64).ravel() * (npd + 1) + pred.ravel(), minlength=(nt + 1) * (npd + 1)).reshape(nt + 1, npd + 1)
    at, ap = c.sum(1, keepdims=True), c.sum(0, keepdims=True)
    iou = (c / np.maximum(at + ap - c, 1))[1:, 1:]
    return iou[iou >= 0.5], int((at[1:] > 0).sum()), npd


def score(pairs):
    tp = fp = fn = 0
    aps, f1s = [], []
    for truth, pred in pairs:
        v, nt, npd = ious(truth, pred)
        hit = int((v > 0.5).sum())
        tp, fp, fn = tp + hit, fp + npd - hit, fn + nt - hit
        f1s.append(2 * hit / (nt + npd) if nt + npd else 1.0)
        aps.append(np.mean([(k := int((v > t).sum())) / max(nt + npd - k, 1) if nt + npd else 1.0 for t in np.arange(0.5, 0.96, 0.05)]))
    return dict(images=len(aps), objects=tp + fn, f1_50_pooled=round(2 * tp / max(2 * tp + fp + fn, 1), 4), f1_50_image_mean=round(float(np.mean(f1s)), 4),
                mean_ap_50_95=round(float(np.mean(aps)), 4), tp=tp, fp=fp, fn=fn)


def load(folder):
    import tifffile
    for m in sorted(Path(folder).rglob('*.mask.tif')):
        img = tifffile.imread(str(m).replace('.mask.tif', '.tif'))
        if img.ndim == 2:
            yield m.name[:-9], img.astype(np.float32), tifffile.imread(m).astype(np.int32)


def predictor(checkpoint):
    import torch
    from train_nuclear import Served, UNet
    net = UNet()
    net.load_state_dict(torch.load(checkpoint))
    net = Served(net).eval()

    def run(img):
        with torch.no_grad():
            a, b = net(torch.from_numpy(np.ascontiguousarray(img))[None, :, :, None])
        return a[0, :, :, 0].numpy(), b[0, :, :, 0].numpy()
    return run


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument('folder')
    ap.add_argument('--checkpoint')
    ap.add_argument('--raw')
    ap.add_argument('--post')
    ap.add_argument('--per-image', action='store_true')
    a = ap.parse_args()
    post = json.loads(Path(a.post).read_text())['postprocess'][0]['parameters'] if a.post else POST
    run = predictor(a.checkpoint) if a.checkpoint else None
    model, classical = [], []
    for name, img, truth in load(a.folder):
        if a.raw:
            inner, outer = np.fromfile(Path(a.raw) / f'{name}.f32', '<f4').reshape((2,) + img.shape)
        else:
            inner, outer = run(img)
        model.append((truth, deep_watershed(inner, outer, **post)))
        classical.append((truth, baseline(img)))
        if a.per_image:
            print(name, 'model', score(model[-1:]), 'baseline', score(classical[-1:]))
    print(json.dumps(dict(model=score(model), baseline=score(classical)), indent=1))


if __name__ == '__main__':
    main()
