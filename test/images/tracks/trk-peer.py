"""Reads and writes .trk files with tarfile and numpy.

  trk-peer.py read FILE                prints members, types, shapes and sums as JSON
  trk-peer.py write FILE MODE FORMAT   writes a .trk (MODE as tarfile.open takes it, FORMAT gnu or pax) with a division
"""
import io
import json
import os
import sys
import tarfile
import tempfile

import numpy as np


def read(path):
    with tarfile.open(path, 'r') as tar:
        arrays = {}
        for name in ('raw.npy', 'tracked.npy'):
            array = np.load(io.BytesIO(tar.extractfile(name).read()))
            weights = np.arange(array.size, dtype=np.float64).reshape(array.shape)
            arrays[name] = {'dtype': array.dtype.str, 'shape': array.shape, 'sum': float((array * weights).sum())}
        lineage = [json.load(tar.extractfile(name)) for name in tar.getnames() if name.startswith('lineage')]
        return {'members': tar.getnames(), 'arrays': arrays, 'lineage': lineage[0]}


def write(path, mode, form):
    raw = np.arange(2 * 3 * 4, dtype='>f8').reshape(2, 3, 4, 1)
    tracked = np.zeros((2, 3, 4, 1), 'uint16', order='F')
    tracked[0, 1, 1:3] = 1
    tracked[1, 1, 0] = 2
    tracked[1, 1, 3] = 3
    lineage = {
        '1': {'label': 1, 'frames': [0], 'daughters': [2, 3], 'capped': True, 'frame_div': 1, 'parent': None},
        '2': {'label': 2, 'frames': [1], 'daughters': [], 'capped': False, 'frame_div': None, 'parent': 1},
        '3': {'label': 3, 'frames': [1], 'daughters': [], 'capped': False, 'frame_div': None, 'parent': 1},
    }
    with tarfile.open(path, mode, format=form) as tar, tempfile.TemporaryDirectory() as folder:
        for name, save in (
            ('lineage.json', lambda f: f.write(json.dumps(lineage).encode())),
            ('raw.npy', lambda f: np.save(f, raw)),
            ('tracked.npy', lambda f: np.save(f, np.asfortranarray(tracked))),
        ):
            file = os.path.join(folder, name)
            with open(file, 'wb') as f:
                save(f)
            # A time with a fraction makes tarfile write a header of POSIX's longer form in front.
            tar.add(file, name)
            # A name of another member that has no place in a header.
            tar.add(file, f'{"deep/" * 40}{name}')


if sys.argv[1] == 'read':
    json.dump(read(sys.argv[2]), sys.stdout)
else:
    write(sys.argv[2], sys.argv[3], {'gnu': tarfile.GNU_FORMAT, 'pax': tarfile.PAX_FORMAT}[sys.argv[4]])
