#!/usr/bin/env python3
"""Train the small nuclear-segmentation demo model ("nuclear-demo") and export it to ONNX.

The network is a 3-level fully-convolutional U-Net with two heads that a deep-watershed
post-processor needs.  Both targets are scale-invariant and lie in [0, 1]:

  inner_distance  1 / (1 + 4 * d / sqrt(A)) inside a nucleus, 0 outside.  d: distance of the pixel
                  to the nucleus' centroid, A: its area.  Peak 1 at the centre; about 0.31 at the
                  edge of a disc.  -> markers (local maxima).
  outer_distance  0.5 + 0.5 * e / max(e) inside a nucleus, 0 outside.  e: distance to the nucleus'
                  edge.  A pixel whose foreground probability is 1/2 reads about 0.25, so a
                  threshold near 0.25-0.3 gives the mask; above it the value rises to the middle
                  of the nucleus, so -outer is the landscape for the watershed.

Training data: (a) real fluorescence images of the 2018 Data Science Bowl, stage1_train (BBBC038,
CC0), in the Kaggle folder layout <root>/<id>/images/*.png, <root>/<id>/masks/*.png; only the ids
that split.json lists are read; (b) synthetic images made by `synth` below.  Seeds are fixed; the
run is deterministic for one thread, one machine and one library version.

  python3 train_nuclear.py --real stage1_train --split split.json --out ../1 --steps 7500
  python3 train_nuclear.py --export-only run/checkpoint.pt --out ../1
The exported graph takes an image that is already normalised (see MODEL.md); --normalise-in-graph
makes one that does it itself, for images that are not cut into tiles.
Needs: Python 3.11, torch 1.13, numpy, scipy, Pillow (Debian 12: python3-torch python3-onnx ...).
"""
import argparse
import json
import math
import os
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from scipy import ndimage as ndi

SEED = 20261122
CROP = 128          # training crop, pixels
P_LOW, P_HIGH = 0.01, 0.998   # quantiles of the normalisation
INNER_BETA = 4.0


# ------------------------------------------------------------------------------- targets
def targets(lab):
    """label image -> (inner, outer, extra weight), all float32 in [0, 1], from whole nuclei."""
    n = int(lab.max())
    inner = np.zeros(lab.shape, np.float32)
    outer = np.zeros(lab.shape, np.float32)
    if n == 0:
        return inner, outer, np.zeros(lab.shape, np.float32)
    # pixels that have a neighbour of another label are edge pixels (e counts from there)
    big = np.where(lab == 0, n + 1, lab)
    edge = (ndi.maximum_filter(lab, size=3) != lab) | (ndi.minimum_filter(lab, size=3) != lab)
    e = ndi.distance_transform_edt(~edge & (lab > 0)).astype(np.float32) + (lab > 0)
    idx = np.arange(1, n + 1)
    emax = np.concatenate([[1.0], np.maximum(ndi.maximum(e, lab, idx), 1.0)])
    area = np.maximum(np.bincount(lab.ravel(), minlength=n + 1).astype(np.float64), 1.0)
    yy, xx = np.indices(lab.shape)
    cy = np.bincount(lab.ravel(), yy.ravel(), n + 1) / area
    cx = np.bincount(lab.ravel(), xx.ravel(), n + 1) / area
    fg = lab > 0
    d = np.hypot(yy - cy[lab], xx - cx[lab])
    inner[fg] = (1.0 / (1.0 + INNER_BETA * d / np.sqrt(area[lab])))[fg]
    outer[fg] = (0.5 + 0.5 * e / emax[lab])[fg]
    # zones where two nuclei nearly touch, and small nuclei, get a higher loss weight
    touch = (ndi.maximum_filter(lab, size=5) != ndi.minimum_filter(big, size=5)) \
        & (ndi.maximum_filter(lab, size=5) > 0) & (ndi.minimum_filter(big, size=5) <= n)
    return inner, outer, np.maximum(touch, 0.5 * (fg & (area[lab] < 130))).astype(np.float32)


# ------------------------------------------------------------------------------- synthetic data
def _blob(rng, r):
    """one nucleus: boolean mask in a tight box (elongated, wobbly ellipse)"""
    elong = 1.0 + abs(rng.normal(0, 0.22))
    a, b, phi = r * math.sqrt(elong), r / math.sqrt(elong), rng.uniform(0, math.pi)
    h = int(math.ceil(max(a, b) * 1.35)) + 1
    y, x = np.mgrid[-h:h + 1, -h:h + 1].astype(np.float32)
    u = x * math.cos(phi) + y * math.sin(phi)
    v = -x * math.sin(phi) + y * math.cos(phi)
    th = np.arctan2(v, u)
    rad = 1.0
    for k in (2, 3, 4, 5):
        rad = rad + rng.normal(0, 0.09 / k) * np.cos(k * th + rng.uniform(0, 6.3))
    return np.hypot(u / a, v / b) <= rad, h


def synth(rng, size=256):
    """-> (image float32 in arbitrary units, label int32).  Fluorescent nuclei on dark background."""
    S = size
    lab = np.zeros((S, S), np.int32)
    sig = np.zeros((S, S), np.float32)
    dmed = math.exp(rng.uniform(math.log(8), math.log(60)))
    spread = rng.uniform(0.08, 0.35)
    cover = 0.0 if rng.random() < 0.03 else rng.uniform(0.03, 0.55)
    clustered = rng.random() < 0.6
    centres = rng.uniform(0, S, (rng.integers(1, 7), 2))
    csd = rng.uniform(1.0, 3.0) * dmed
    var_b, dome, tex_s = rng.uniform(0.05, 0.6), rng.random() < 0.5, rng.uniform(0, 0.35)
    k, tries, filled, sizes = 0, 0, 0, {}
    while filled < cover * S * S and tries < 900:
        tries += 1
        m, h = _blob(rng, 0.5 * dmed * math.exp(rng.normal(0, spread)))
        if clustered and rng.random() < 0.8:
            cy, cx = centres[rng.integers(len(centres))] + rng.normal(0, csd, 2)
        else:
            cy, cx = rng.uniform(-0.3 * dmed, S + 0.3 * dmed, 2)
        y0, x0 = int(cy) - h, int(cx) - h
        ys, xs = slice(max(y0, 0), min(y0 + 2 * h + 1, S)), slice(max(x0, 0), min(x0 + 2 * h + 1, S))
        if ys.stop <= ys.start or xs.stop <= xs.start:
            continue
        mm = m[ys.start - y0:ys.stop - y0, xs.start - x0:xs.stop - x0]
        area = int(mm.sum())
        hit = lab[ys, xs][mm]
        over = np.count_nonzero(hit)
        if area < 12 or over > 0.12 * min([area] + [sizes[j] for j in np.unique(hit) if j]):
            continue
        free = mm & (lab[ys, xs] == 0)
        k += 1
        lab[ys, xs][free] = k
        sizes[k] = area
        bright = math.exp(rng.normal(0, var_b))
        if rng.random() < 0.04:                      # condensed, bright (mitotic-like)
            bright *= rng.uniform(1.5, 3.5)
        t = np.ones(mm.shape, np.float32)
        if dome:
            e = ndi.distance_transform_edt(np.pad(mm, 1))[1:-1, 1:-1].astype(np.float32)
            t *= 0.45 + 0.55 * np.sqrt(e / max(e.max(), 1))
        if tex_s > 0.05:
            g = ndi.gaussian_filter(rng.normal(0, 1, mm.shape).astype(np.float32), max(0.7, dmed / rng.uniform(8, 20)))
            t *= np.clip(1 + tex_s * g / (g.std() + 1e-6), 0.3, 2.5)
        if rng.random() < 0.1:                       # nucleoli: dark holes
            for _ in range(rng.integers(1, 4)):
                p = rng.uniform(0.3, 0.7, 2) * mm.shape
                yy, xx = np.ogrid[:mm.shape[0], :mm.shape[1]]
                t *= 1 - 0.5 * np.exp(-((yy - p[0]) ** 2 + (xx - p[1]) ** 2) / (2 * (dmed / 10) ** 2))
        # overlapping part adds up, as in wide-field images
        sig[ys, xs] += np.where(mm, bright * t, 0)
        filled += area
    yy, xx = np.mgrid[0:S, 0:S].astype(np.float32) / S - 0.5
    img = ndi.gaussian_filter(sig, rng.uniform(0.3, 0.4 + dmed / 20))
    if rng.random() < 0.6:                           # out-of-focus haze
        img += rng.uniform(0, 0.35) * ndi.gaussian_filter(sig, rng.uniform(0.3, 1.0) * dmed + 3)
    for _ in range(rng.integers(0, 12) if rng.random() < 0.4 else 0):   # debris: specks, not nuclei
        p, s = rng.uniform(0, S, 2), rng.uniform(0.5, 1.6)
        y0, y1, x0, x1 = [int(v) for v in (max(p[0] - 8, 0), p[0] + 9, max(p[1] - 8, 0), p[1] + 9)]
        gy, gx = np.mgrid[y0:min(y1, S), x0:min(x1, S)]
        img[y0:y1, x0:x1] += rng.uniform(0.2, 2.0) * np.exp(-((gy - p[0]) ** 2 + (gx - p[1]) ** 2) / (2 * s * s))
    if rng.random() < 0.25:                          # faint cytoplasm around nuclei
        img += rng.uniform(0.02, 0.2) * ndi.gaussian_filter((ndi.gaussian_filter((lab > 0) * 1.0, dmed / 4) > 0.1) * 1.0, dmed / 10 + 1)
    base = rng.uniform(0.0, 0.6) ** 2
    grad = 1 + rng.uniform(-0.6, 0.6) * xx + rng.uniform(-0.6, 0.6) * yy + rng.uniform(-1, 0.5) * (xx ** 2 + yy ** 2)
    img = (img + base) * np.clip(grad, 0.3, 2.0) if rng.random() < 0.5 else img + base * np.clip(grad, 0.2, 2)
    photons = math.exp(rng.uniform(math.log(15), math.log(3000)))
    img = rng.poisson(np.clip(img, 0, None) * photons) / photons + rng.normal(0, rng.uniform(0, 0.03), (S, S))
    if rng.random() < 0.3:
        levels = rng.integers(20, 256)               # few grey levels, as in dim 8-bit images
        img = np.round(img * levels / max(img.max(), 1e-6))
    return img.astype(np.float32), lab


# ------------------------------------------------------------------------------- real data
def read_real(root, ident):
    from PIL import Image
    d = Path(root) / ident
    img = np.asarray(Image.open(next((d / 'images').glob('*.png'))).convert('RGB')).astype(np.float32).mean(2)
    lab = np.zeros(img.shape, np.int32)
    for k, f in enumerate(sorted((d / 'masks').glob('*.png')), 1):
        m = np.asarray(Image.open(f).convert('L')) > 0
        lab[m & (lab == 0)] = k
    return img, lab


def normalise(img):
    lo, hi = np.percentile(img[::2, ::2], [P_LOW * 100, P_HIGH * 100])
    return (img - lo) / max(hi - lo, 1e-3)


class Pool:
    """images + targets, kept as half floats at scale 1 and 1/2; draws augmented crops"""

    def __init__(self, pairs):
        self.items = []
        for img, lab in pairs:
            planes = np.stack([normalise(img), *targets(lab)]).astype(np.float32)
            areas = np.bincount(lab.ravel())[1:]
            d = 2 * math.sqrt(np.median(areas[areas > 0]) / math.pi) if (areas > 0).any() else 20.0
            t = torch.from_numpy(planes)
            self.items.append((t.half(), F.avg_pool2d(t[None], 2)[0].half(), d))

    def crop(self, rng, i):
        full, half, d = self.items[i]
        # native scale most of the time, else a scale that brings the median diameter to 8..55 px
        s = math.exp(rng.uniform(math.log(0.7), math.log(1.45)))
        if rng.random() < 0.4:
            s = math.exp(rng.uniform(math.log(8), math.log(55))) / d
        s = min(max(s, 0.3, 7 / d), 4.0)
        src, s_eff = (half, 2 * s) if s < 0.7 and min(half.shape[1:]) > 8 else (full, s)
        H, W = src.shape[1:]
        th, flip = rng.uniform(0, 2 * math.pi), (1 if rng.random() < 0.5 else -1)
        if rng.random() < 0.4:
            th = rng.integers(4) * math.pi / 2
        cy, cx = [n / 2 if n * s_eff <= CROP else rng.uniform(0.4 * CROP / s_eff, n - 0.4 * CROP / s_eff) for n in (H, W)]
        r = CROP * 0.75 / s_eff + 2
        y0, x0 = max(int(cy - r), 0), max(int(cx - r), 0)
        win = src[:, y0:int(cy + r) + 1, x0:int(cx + r) + 1].float()[None]
        h, w = win.shape[2:]
        c, sn = math.cos(th) * CROP / s_eff, math.sin(th) * CROP / s_eff
        # output in [-1,1] -> window in [-1,1]
        A = torch.tensor([[[flip * c / w, -sn / w, 2 * (cx - x0) / w - 1], [flip * sn / h, c / h, 2 * (cy - y0) / h - 1]]])
        out = F.grid_sample(win, F.affine_grid(A, (1, 4, CROP, CROP), align_corners=False),
                            padding_mode='reflection', align_corners=False)[0]
        x = out[0]
        if rng.random() < 0.25:                      # as if the crop were the whole image (tiled use)
            q = torch.quantile(x[::2, ::2].flatten(), torch.tensor([P_LOW, P_HIGH]))
            x = (x - q[0]) / max(float(q[1] - q[0]), 0.05)
        if rng.random() < 0.5:
            x = torch.sign(x) * x.abs() ** math.exp(rng.uniform(-0.45, 0.45))
        x = x * math.exp(rng.uniform(-0.35, 0.35)) + rng.normal(0, 0.03)
        if rng.random() < 0.3:
            yx = torch.linspace(-1, 1, CROP)
            x = x + rng.uniform(-0.12, 0.12) * yx[None] + rng.uniform(-0.12, 0.12) * yx[:, None]
        if rng.random() < 0.5:
            x = x + torch.randn(x.shape) * (0.08 * rng.random() ** 2)
        if rng.random() < 0.15:
            k = torch.ones(1, 1, 3, 3) / 9
            x = F.conv2d(F.pad(x[None, None], (1, 1, 1, 1), mode='replicate'), k)[0, 0]
        return x, out[1:]


def batch(rng, pools, probs, n):
    xs, ts = [], []
    for _ in range(n):
        p = pools[rng.choice(len(pools), p=probs)]
        x, t = p.crop(rng, int(rng.integers(len(p.items))))
        xs.append(x)
        ts.append(t)
    return torch.stack(xs)[:, None], torch.stack(ts)


# ------------------------------------------------------------------------------- network
def conv(i, o, dilation=1):
    return nn.Sequential(nn.Conv2d(i, o, 3, padding=dilation, dilation=dilation, bias=False), nn.BatchNorm2d(o), nn.ReLU(inplace=True))


class UNet(nn.Module):
    """normalised image [B,1,H,W] (H, W multiples of 8) -> logits [B,2,H,W]"""

    def __init__(self, ch=(16, 32, 64, 128)):
        super().__init__()
        self.enc = nn.ModuleList([nn.Sequential(conv(i, o), conv(o, o, 2 if o == ch[-1] else 1)) for i, o in zip((2,) + ch[:-1], ch)])
        self.red = nn.ModuleList([nn.Conv2d(ch[i + 1], ch[i], 1) for i in range(len(ch) - 1)])
        self.dec = nn.ModuleList([nn.Sequential(conv(ch[i], ch[i]), conv(ch[i], ch[i])) for i in range(len(ch) - 1)])
        self.head = nn.Conv2d(ch[0], 2, 1)

    def forward(self, x):
        x = torch.clamp(x, 0.0, 2.0)
        x = torch.cat([x, torch.sqrt(x + 1e-4)], 1)   # second channel lifts dim nuclei
        skips = []
        for i, e in enumerate(self.enc):
            x = e(x if i == 0 else F.max_pool2d(x, 2))
            skips.append(x)
        for i in range(len(self.dec) - 1, -1, -1):
            x = self.dec[i](F.interpolate(self.red[i](x), scale_factor=2.0, mode='nearest') + skips[i])
        return self.head(x)


class Served(nn.Module):
    """NHWC in, NHWC heads out; optional in-graph percentile normalisation; pads to a multiple of 8"""

    def __init__(self, net, norm=True):
        super().__init__()
        self.net, self.norm = net, norm

    def forward(self, image):
        B, H, W = image.shape[0], image.shape[1], image.shape[2]
        x = image.permute(0, 3, 1, 2)
        if self.norm:
            s = x[:, 0, ::2, ::2].flatten(1).sort(dim=1)[0]   # every 2nd pixel of every 2nd row
            n = s.shape[1]
            lo = s[:, ((n - 1) * P_LOW + 0.5).to(torch.int64) if torch.is_tensor(n) else int((n - 1) * P_LOW + 0.5)]
            hi = s[:, ((n - 1) * P_HIGH + 0.5).to(torch.int64) if torch.is_tensor(n) else int((n - 1) * P_HIGH + 0.5)]
            lo, hi = lo.view(-1, 1, 1, 1), hi.view(-1, 1, 1, 1)
            x = (x - lo) / torch.clamp(hi - lo, min=1e-6)
        ph, pw = (8 - H % 8) % 8, (8 - W % 8) % 8
        x = F.pad(x, (0, pw, 0, ph), mode='replicate')
        y = torch.sigmoid(self.net(x))[:, :, :H, :W]
        return y[:, 0:1].permute(0, 2, 3, 1), y[:, 1:2].permute(0, 2, 3, 1)


def export(net, path, norm):
    net.eval()
    with torch.no_grad():
        torch.onnx.export(Served(net, norm), torch.rand(2, 96, 112, 1), str(path), opset_version=13,
                          input_names=['image'], output_names=['inner_distance', 'outer_distance'],
                          dynamic_axes={k: {0: 'batch', 1: 'height', 2: 'width'}
                                        for k in ('image', 'inner_distance', 'outer_distance')})
    import onnx
    m = onnx.load(str(path))
    for o in m.graph.output:                          # the channel axis is always 1
        o.type.tensor_type.shape.dim[3].dim_value = 1
    m.doc_string = 'nuclear-demo: nuclear segmentation heads for deep watershed; see metadata.json'
    onnx.checker.check_model(m)
    onnx.save(m, str(path))


# ------------------------------------------------------------------------------- training
def loss_fn(logits, t):
    w = 1.0 + 2.0 * t[:, 2:3]
    return (F.binary_cross_entropy_with_logits(logits, t[:, :2].clamp(0, 1), reduction='none') * w).sum() / w.sum() / 2


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument('--real', help='stage1_train folder')
    ap.add_argument('--split', default='split.json')
    ap.add_argument('--out', default='../1')
    ap.add_argument('--work', default='run', help='folder for checkpoint.pt')
    ap.add_argument('--steps', type=int, default=7500)
    ap.add_argument('--batch', type=int, default=8)
    ap.add_argument('--synthetic', type=int, default=400)
    ap.add_argument('--threads', type=int, default=1)
    ap.add_argument('--lr', type=float, default=3e-3)
    ap.add_argument('--export-only')
    ap.add_argument('--normalise-in-graph', action='store_true')
    a = ap.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(SEED)
    rng = np.random.default_rng(SEED)
    net = UNet()
    os.makedirs(a.work, exist_ok=True)
    if a.export_only:
        net.load_state_dict(torch.load(a.export_only))
    else:
        print('parameters', sum(p.numel() for p in net.parameters()), flush=True)
        pools, t0 = [Pool([synth(rng) for _ in range(a.synthetic)])], time.time()
        probs = [1.0]
        if a.real:
            split = json.loads(Path(a.split).read_text())
            by_kind = {}                              # pools by image shape, so rare kinds are seen too
            for i in split['train']:
                img, lab = read_real(a.real, i)
                by_kind.setdefault(str(img.shape), []).append((img, lab))
            kinds = sorted(by_kind)
            pools += [Pool(by_kind[k]) for k in kinds]
            share = np.sqrt([len(by_kind[k]) for k in kinds])
            probs = [0.25] + list(0.75 * share / share.sum())
            val = batch(np.random.default_rng(7), [Pool([read_real(a.real, i) for i in split['val']])], [1.0], 48)
        print('pools', [len(p.items) for p in pools], 'probs', np.round(probs, 3), f'{time.time() - t0:.0f}s', flush=True)
        net = net.to(memory_format=torch.channels_last)
        opt = torch.optim.AdamW(net.parameters(), lr=a.lr, weight_decay=1e-4)
        sched = torch.optim.lr_scheduler.LambdaLR(opt, lambda k: min(1, (k + 1) / 100) * (0.5 + 0.5 * math.cos(math.pi * k / a.steps)) + 1e-3)
        ema = {k: v.clone() for k, v in net.state_dict().items()}
        run, t0 = 0.0, time.time()
        for step in range(1, a.steps + 1):
            net.train()
            x, t = batch(rng, pools, probs, a.batch)
            loss = loss_fn(net(x.contiguous(memory_format=torch.channels_last)), t)
            opt.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            opt.step()
            sched.step()
            with torch.no_grad():
                decay = min(0.995, step / (step + 10))
                for k, v in net.state_dict().items():
                    ema[k].mul_(decay).add_(v, alpha=1 - decay) if v.is_floating_point() else ema[k].copy_(v)
            run = float(loss) if step == 1 else 0.98 * run + 0.02 * float(loss)
            if step % 100 == 0 or step == a.steps:
                torch.save(ema, f'{a.work}/checkpoint.pt')
                msg = f'step {step} loss {run:.4f} {time.time() - t0:.0f}s'
                if a.real and step % 300 == 0:
                    probe = UNet()
                    probe.load_state_dict(ema)
                    probe.eval()
                    with torch.no_grad():
                        msg += f' val {float(np.mean([float(loss_fn(probe(val[0][j:j+8]), val[1][j:j+8])) for j in range(0, 48, 8)])):.4f}'
                print(msg, flush=True)
        net = UNet()
        net.load_state_dict(ema)
    os.makedirs(a.out, exist_ok=True)
    export(net, Path(a.out) / 'model.onnx', a.normalise_in_graph)
    print('wrote', Path(a.out) / 'model.onnx', os.path.getsize(Path(a.out) / 'model.onnx'), 'bytes')


if __name__ == '__main__':
    main()
